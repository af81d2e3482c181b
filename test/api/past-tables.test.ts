import { beforeEach, describe, expect, test } from 'vitest'
import { defaultPastTableLimits, PastTables } from '../../src/api/past-tables.js'
import { Random } from '../table/seeds.js'
import { TestReplica } from './support/test-replica.js'

let replica: TestReplica

beforeEach(async () => {
  replica = await TestReplica.create()
  for (let n = 1; n <= 20; n += 1) replica.join({ name: `node${n}:5000` })
  replica.disseminate()
})

const tables = (limits: Partial<typeof defaultPastTableLimits> = {}) =>
  new PastTables(replica, { ...defaultPastTableLimits, ...limits })

describe('a rebuild of a past table', () => {
  test('that would read more events than the limit is too_far_back', async () => {
    await expect(tables({ eventsMax: 10 }).at(replica.state, 'default', 3)).rejects.toMatchObject({
      code: 'too_far_back',
    })
  })

  test('waits for the one before it, and beyond the limit is overloaded', async () => {
    const past = tables({ waitingMax: 3 })
    const asked = [5, 4, 3, 2].map((generation) => past.at(replica.state, 'default', generation))
    await expect(asked[3]).rejects.toMatchObject({ code: 'overloaded', retryable: true })
    const found = await Promise.all(asked.slice(0, 3))
    expect(found.map(({ generation }) => generation)).toEqual([5, 4, 3])
    expect((await past.at(replica.state, 'default', 2)).generation).toBe(2)
  })

  test('that fails does not stop those that wait', async () => {
    const past = tables()
    const events = replica.stored
    replica.stored = []
    const failing = past.at(replica.state, 'default', 5)
    await expect(failing).rejects.toMatchObject({ code: 'compacted' })
    replica.stored = events
    expect((await past.at(replica.state, 'default', 5)).generation).toBe(5)
  })

  test('forgets the tables that were not used for longest', async () => {
    const past = tables({ rememberedMax: 2 })
    for (const generation of [10, 9, 8]) await past.at(replica.state, 'default', generation)
    replica.eventQueries = []
    await past.at(replica.state, 'default', 8)
    await past.at(replica.state, 'default', 9)
    expect(replica.eventQueries).toHaveLength(0)
    await past.at(replica.state, 'default', 10)
    expect(replica.eventQueries.length).toBeGreaterThan(0)
  })

  test('of one namespace never uses the tables of another', async () => {
    for (const name of ['a:1', 'b:1', 'c:1']) replica.join({ name, namespace: 'other' })
    replica.disseminate('other')
    const past = tables()
    await past.at(replica.state, 'default', 2)
    const other = await past.at(replica.state, 'other', 1)
    expect(Array.from(other.list(), ({ name }) => name)).toEqual(['a:1'])
  })
})

/** A namespace that comes and goes: what each of its generations was, as it was made. */
class Lives {
  readonly replica: TestReplica
  /** Digests by generation. */
  readonly made = new Map<number, string>()
  readonly #random: Random

  constructor(replica: TestReplica, random: Random) {
    this.replica = replica
    this.#random = random
  }

  get #blue() {
    return this.replica.state.namespace('blue')
  }

  live(steps: number): void {
    for (let step = 0; step < steps; step += 1) this.#step()
    // The last life is here, and past its beginning.
    this.#note(() => this.replica.join({ name: 'last:1', namespace: 'blue' }))
    this.replica.disseminate('blue')
  }

  #step(): void {
    const { replica } = this
    const random = this.#random
    const names = Array.from(this.#blue?.members() ?? [], ({ name }) => name)
    const act = random.below(10)
    if (act < 3) {
      const hosts = Array.from({ length: 1 + random.below(3) }, () => {
        return { name: `h${random.below(6)}:1`, namespace: 'blue', types: [`T${random.below(3)}`] }
      })
      this.#note(() => replica.join(...new Map(hosts.map((host) => [host.name, host])).values()))
    } else if (act < 5) {
      if (names.length > 0) this.#note(() => replica.leave(random.pick(names), 'left', 'blue'))
    } else if (act < 7) {
      for (const name of names) this.#note(() => replica.leave(name, 'left', 'blue'))
      const name = `c${random.below(9)}:1`
      const { atMs } = replica
      // One that keeps it from being dropped by itself, and makes events in between.
      const isKept = random.chance(0.5)
      if (isKept) replica.apply({ kind: 'cordon', atMs, namespace: 'blue', name, cordoned: true })
      if (this.#blue !== undefined) replica.disseminate('blue')
      replica.apply({ kind: 'drop', atMs, namespace: 'blue', spent: false })
    } else if (act < 8) {
      replica.join({ name: 'z:1', namespace: 'green' })
      replica.leave('z:1', 'left', 'green')
      replica.disseminate('green')
    } else if (act < 9) {
      const settings = { factor: 50 + random.below(3) }
      this.#note(() => replica.apply({ kind: 'settings', atMs: replica.atMs, settings }))
    } else if (this.#blue !== undefined) replica.disseminate('blue')
  }

  #note(act: () => unknown): void {
    const before = this.#blue?.newest
    act()
    const { newest, newestTable } = this.#blue ?? {}
    if (newest === undefined || newestTable === undefined) return
    if (newest !== before) this.made.set(newest, newestTable.digest)
  }
}

describe('the table of each generation that there was is found', () => {
  /** Each by itself, and all by one that remembers, in any order. */
  async function findAll({ replica: of, made }: Lives, pageEvents: number, random: Random) {
    const limits = { ...defaultPastTableLimits, pageEvents }
    const wanted = random.shuffle([...made.keys()])
    const all = new PastTables(of, { ...limits, rememberedMax: 4 })
    const found = new Map<number, (string | undefined)[]>()
    for (const generation of wanted) {
      const digests = [new PastTables(of, limits), all].map(async (past) => {
        const table = await past.at(of.state, 'blue', generation)
        return table.digest
      })
      found.set(generation, await Promise.all(digests))
    }
    const right = wanted.map((generation) => [
      generation,
      [made.get(generation), made.get(generation)],
    ])
    expect([...found]).toEqual(right)
  }

  test('across lives of its namespace, their last ones too', async () => {
    const lives = new Lives(await TestReplica.create(), new Random(1))
    const { replica: of, made } = lives
    const note = () => {
      const { newest, newestTable } = of.state.namespace('blue')!
      made.set(newest, newestTable.digest)
    }
    for (let life = 0; life < 3; life += 1) {
      for (const name of ['a:1', 'b:1']) {
        of.join({ name, namespace: 'blue' })
        note()
      }
      for (const name of ['a:1', 'b:1']) {
        of.leave(name, 'left', 'blue')
        note()
      }
      of.disseminate('blue')
      for (const name of ['x:1', 'y:1', 'z:1']) of.join({ name, namespace: `green${life}` })
      for (const name of ['x:1', 'y:1', 'z:1']) of.leave(name, 'left', `green${life}`)
      of.disseminate(`green${life}`)
    }
    of.join({ name: 'a:1', namespace: 'blue' })
    note()
    of.disseminate('blue')
    expect(made.size).toBe(13)
    await findAll(lives, 1_000, new Random(1))
  })

  test('wherever a page ends: between the end of a life and its last generation too', async () => {
    const lives = new Lives(await TestReplica.create(), new Random(1))
    const { replica: of, made } = lives
    const { atMs } = of
    of.join({ name: 'a:1', namespace: 'blue' })
    made.set(1, of.state.namespace('blue')!.newestTable.digest)
    of.apply({ kind: 'cordon', atMs, namespace: 'blue', name: 'b:1', cordoned: true })
    of.leave('a:1', 'left', 'blue')
    made.set(2, of.state.namespace('blue')!.newestTable.digest)
    of.disseminate('blue')
    of.apply({ kind: 'drop', atMs, namespace: 'blue', spent: false })
    for (const name of ['x:1', 'y:1']) of.join({ name, namespace: 'green' })
    for (const name of ['x:1', 'y:1']) of.leave(name, 'left', 'green')
    of.disseminate('green')
    for (let i = 0; i < 12; i += 1) of.join({ name: `h${i}:1`, namespace: 'blue' })
    for (let size = 1; size <= 20; size += 1) await findAll(lives, size, new Random(size))
  })

  test('in any history, by pages of any size', async () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const random = new Random(seed)
      const lives = new Lives(await TestReplica.create(), random)
      lives.live(40)
      for (const size of [1, 2, 3, 5, 8, 1_000]) {
        await findAll(lives, size, random).catch((error: Error) => {
          error.message = `seed ${seed}, pages of ${size}: ${error.message}`
          throw error
        })
      }
    }
  })
})
