import { describe, expect, test } from 'vitest'
import { LosersJob, losers, moves } from '../../src/table/losers.js'
import { Table } from '../../src/table/table.js'
import { applyChange, difference, whole } from '../../src/table/table-change.js'
import { forSeeds } from './seeds.js'
import {
  allTypes,
  drive,
  makeContext,
  makeCrowdedContext,
  member,
  plainOwner,
  plainRing,
  randomEdit,
  tableOf,
  typeSet,
} from './tables.js'

const context = await makeContext()
const crowded = await makeCrowdedContext()

const cart = typeSet(1, 'Cart')
const everything = typeSet(4, 'Cart', 'Order', 'Stock')

/** Who loses a key, by asking for the owner of the end of every range of every type. */
function plainLosers(from: Table, to: Table): string[] {
  const lost = new Set<string>()
  for (const type of allTypes) {
    const ring = (table: Table) => {
      const hosts = [...table.list()].filter(
        (host) => !host.cordoned && host.typeSet.types.includes(type),
      )
      return plainRing(
        table.context.hasher,
        hosts.map(({ name }) => name),
        table.factor,
      )
    }
    const [before, after] = [ring(from), ring(to)]
    for (const { hash: at } of [...before, ...after]) {
      const owner = plainOwner(before, at)
      if (owner === undefined) continue
      const next = plainOwner(after, at)
      const admission = `${owner} ${from.member(owner)?.epoch}`
      if (next === undefined || `${next} ${to.member(next)?.epoch}` !== admission)
        lost.add(admission)
    }
  }
  return [...lost].sort()
}

const found = (from: Table, to: Table) =>
  losers(from, to).map(({ name, epoch }) => `${name} ${epoch}`)

describe('the losers of a change', () => {
  test('are exactly those that brute force finds, be the change small or large', () => {
    forSeeds(100, (random) => {
      const factor = random.pick([1, 2, 13])
      const empty = Table.empty(random.pick([context, crowded]), { factor: factor, level: 1 })
      let from = randomEdit(random, empty, 40, random.pick([3, 60]))
      from = randomEdit(random, from, 40, 5)
      if (random.chance(0.5)) for (const type of allTypes) from.ring(type)
      let to = from
      for (let round = 1 + random.below(3); round > 0; round -= 1) {
        to = randomEdit(random, to, 40, random.pick([1, 2, 3, 30]))
        if (random.chance(0.3)) to.ring('Cart')
      }
      expect(found(from, to).sort()).toEqual(plainLosers(from, to))
      expect(found(to, from).sort()).toEqual(plainLosers(to, from))
    })
  })

  test('are found for each of the types that shared a ring and no longer do', () => {
    forSeeds(30, (random) => {
      const hosts = Array.from({ length: 20 }, (_, i) => member(`h${i}:1`, i + 1, everything))
      const from = tableOf(context, 1, hosts, 1)
      const joins = [cart, typeSet(2, 'Order'), typeSet(3, 'Stock')].map((set) =>
        member(`j${random.below(1000)}:${set.id}`, 99, set),
      )
      const to = from.edit({ generation: 2, upserts: joins, removes: [] })
      expect(from.ring('Cart')).toBe(from.ring('Stock'))
      expect(found(from, to).sort()).toEqual(plainLosers(from, to))
    })
  })

  test('are the same by tables that travelled', () => {
    forSeeds(20, (random) => {
      const from = randomEdit(random, Table.empty(context, { factor: 8, level: 1 }), 40, 60)
      const to = randomEdit(random, from, 40, 3)
      const held = applyChange(Table.empty(context, { factor: 8, level: 1 }), whole(from))
      const next = applyChange(held, difference(from, to))
      expect(found(held, next)).toEqual(found(from, to))
      expect(
        found(held, applyChange(Table.empty(context, { factor: 8, level: 1 }), whole(to))),
      ).toEqual(found(from, to))
    })
  })

  test('are found when the factor changes', () => {
    forSeeds(20, (random) => {
      const from = randomEdit(random, Table.empty(context, { factor: 3, level: 1 }), 20, 15)
      const shape = { factor: random.pick([2, 4]), level: 1 }
      const to = from.edit({ generation: 2, shape, upserts: [], removes: [] })
      expect(found(from, to).sort()).toEqual(plainLosers(from, to))
    })
  })

  test('include a host that is admitted anew, for all that it had', () => {
    const from = tableOf(context, 1, [member('a:1', 1, cart), member('b:1', 2, cart)])
    const to = from.edit({ generation: 2, upserts: [member('a:1', 3, cart)], removes: [] })
    expect(found(from, to)).toEqual(['a:1 1'])
  })

  test('include a cordoned host, and leave out the one that only joins', () => {
    const from = tableOf(context, 1, [member('a:1', 1, cart), member('b:1', 2, cart)], 100)
    const cordon = member('a:1', 1, cart, { cordoned: true })
    expect(found(from, from.edit({ generation: 2, upserts: [cordon], removes: [] }))).toEqual([
      'a:1 1',
    ])
    const join = from.edit({ generation: 2, upserts: [member('c:1', 3, cart)], removes: [] })
    expect(found(from, join)).toEqual(['a:1 1', 'b:1 2'])
  })

  test('leave out a host all of whose pairs are shadowed: it has nothing to lose', () => {
    let shadowed = 0
    forSeeds(60, (random) => {
      const from = randomEdit(random, Table.empty(crowded, { factor: 1, level: 1 }), 60, 80)
      const owners = new Set<string>()
      for (const type of allTypes) {
        const cursor = from.ring(type)?.cursor()
        for (; cursor?.isAtEnd === false; cursor.nextHash()) owners.add(cursor.host.name)
      }
      for (const { name } of from.list()) {
        const to = from.edit({ generation: 2, upserts: [], removes: [name] })
        const lost = losers(from, to).map((loser) => loser.name)
        expect(lost).toEqual(owners.has(name) ? [name] : [])
        if (!owners.has(name)) shadowed += 1
      }
    })
    expect(shadowed).toBeGreaterThan(10)
  })

  test('are nobody when nothing moves: equal tables, or a join of a type of its own', () => {
    const from = tableOf(context, 1, [member('a:1', 1, cart)])
    const join = from.edit({
      generation: 2,
      upserts: [member('b:1', 2, typeSet(2, 'Stock'))],
      removes: [],
    })
    expect(losers(from, from)).toEqual([])
    expect(losers(from, join)).toEqual([])
    expect(losers(Table.empty(context, { factor: 8, level: 1 }), from)).toEqual([])
  })
})

describe('a key moves', () => {
  test('exactly when its owner has another name or epoch', () => {
    forSeeds(30, (random) => {
      const from = randomEdit(random, Table.empty(context, { factor: 8, level: 1 }), 10, 8)
      const to = randomEdit(random, from, 10, 3)
      const lost = new Set(found(from, to))
      for (const type of allTypes) {
        for (let i = 0; i < 30; i += 1) {
          const [before, after] = [from.owner(type, `${i}`), to.owner(type, `${i}`)]
          const moved = before?.name !== after?.name || before?.epoch !== after?.epoch
          expect(moves(from, to, type, `${i}`)).toBe(moved)
          if (moved && before) expect(lost).toContain(`${before.name} ${before.epoch}`)
        }
      }
    })
  })

  test('when a type gets its first host or loses its last', () => {
    const none = Table.empty(context, { factor: 8, level: 1 })
    const one = tableOf(context, 1, [member('a:1', 1, cart)])
    expect([moves(none, one, 'Cart', '1'), moves(one, none, 'Cart', '1')]).toEqual([true, true])
    expect(moves(none, one, 'Stock', '1')).toBe(false)
  })
})

describe('the job', () => {
  test('finds the same in small steps, and makes the rings that it needs', () => {
    forSeeds(40, (random) => {
      const factor = random.pick([1, 13])
      let from = Table.empty(random.pick([context, crowded]), { factor, level: 1 })
      from = randomEdit(random, from, 60, 80)
      let to = randomEdit(random, from, 60, random.pick([1, 3, 30]))
      if (random.chance(0.3)) {
        const shape = { factor: factor + 1, level: 1 }
        to = to.edit({ generation: to.generation + 1, shape, upserts: [], removes: [] })
      }
      const job = new LosersJob(from, to)
      drive(job)
      expect([...job.result].map(([name, epoch]) => `${name} ${epoch}`).sort()).toEqual(
        plainLosers(from, to),
      )
    })
  })

  test('of one join into many hosts makes no large step, cold or warm', () => {
    const hosts = Array.from({ length: 2000 }, (_, i) => member(`h${i}:1`, i + 1, everything))
    const from = tableOf(context, 1, hosts, 50)
    const join = (name: string) =>
      from.edit({ generation: 2, upserts: [member(name, 99, cart)], removes: [] })
    const cold = drive(new LosersJob(from, join('a:1')))
    expect(cold.largest).toBeLessThan(1000)
    const warm = drive(new LosersJob(from, join('b:1')))
    expect(warm.largest).toBeLessThan(1000)
    expect(warm.steps).toBeLessThan(100)
    expect(cold.steps).toBeGreaterThan(2000)
  })
})
