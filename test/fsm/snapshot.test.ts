import { describe, expect, test } from 'vitest'
import { PlacementState } from '../../src/fsm/placement-state.js'
import { chunkBytes } from '../../src/fsm/snapshot-format.js'
import { createHasher } from '../../src/hash/hasher.js'
import { Budget } from '../../src/jobs/job.js'
import { createTableContext } from '../../src/table/table-context.js'
import { levels } from '../../src/versions/levels.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { forSeeds } from '../table/seeds.js'
import { Meter } from '../table/tables.js'
import { Replica } from './replica.js'
import { runRandom } from './workload.js'

const hasher = await createHasher()
const context = createTableContext(hasher)

function restored(chunks: Iterable<Uint8Array>): PlacementState {
  const state = new PlacementState(createTableContext(hasher))
  state.restore(chunks)
  return state
}

/** Everything that the read side gives, as plain data. */
function readOut(state: PlacementState) {
  return {
    index: [state.appliedIndex, state.appliedTerm],
    origin: state.origin,
    settings: state.settings,
    ceilings: [state.ceilings.fenceAfterCeilingMs, state.ceilings.hostTimeoutCeilingMs],
    leader: state.leader,
    digest: state.digest,
    namespaces: [...state.namespaces()].map((namespace) => ({
      name: namespace.name,
      generations: [namespace.disseminated, namespace.newest],
      members: [...namespace.members()],
      removals: [...namespace.removals()],
      cordons: [...namespace.cordons()],
      refusals: [...namespace.fields.refusals.entries()],
      tables: Array.from({ length: namespace.newest - namespace.disseminated + 1 }, (_, i) => {
        const generation = namespace.disseminated + i
        const table = namespace.tableAt(generation)
        return [table?.digest, namespace.digestAt(generation), [...(table?.list() ?? [])]]
      }),
    })),
  }
}

function busy(members: number): Replica {
  const replica = new Replica(context).begin()
  const hosts = Array.from({ length: members }, (_, i) => ({
    name: `host-${i}.example.org:5000`,
    types: [`Type${i % 7}`, 'Common'],
  }))
  replica.upsert(...hosts)
  replica.disseminate(1)
  replica.upsert({ name: 'late:1' })
  replica.remove('late:1', replica.epochOf('late:1'), 'evicted', 9999)
  replica.cordon('host-3.example.org:5000')
  return replica
}

describe('a snapshot', () => {
  test('restored equals the replay of the log, then and ever after', () => {
    forSeeds(12, (random) => {
      const replica = new Replica(context).begin()
      const step = () => runRandom(random, replica)
      for (let i = random.below(80); i > 0; i -= 1) step()
      const copy = restored(replica.state.snapshotChunks())
      expect(readOut(copy)).toEqual(readOut(replica.state))
      for (let i = 0; i < 40; i += 1) {
        const applied = step()
        expect(copy.apply(replica.entries.at(-1)!)).toEqual(applied)
      }
      expect(readOut(copy)).toEqual(readOut(replica.state))
    })
  })

  test('is of one moment: what is applied while it is written is not in it', () => {
    const replica = busy(5000)
    const before = readOut(replica.state)
    const chunks: Uint8Array[] = []
    let run = 100
    for (const chunk of replica.state.snapshotChunks()) {
      chunks.push(chunk)
      run += 1
      replica.upsert({ name: 'host-3.example.org:5000', run }, { name: `new-${run}:1` })
      replica.disseminate(replica.namespace.newest)
    }
    expect(chunks.length).toBeGreaterThan(1)
    expect(readOut(restored(chunks))).toEqual(before)
    expect(readOut(replica.state)).not.toEqual(before)
  })

  test('comes in chunks of about 256 KiB, each encoded when it is asked for', () => {
    const chunks = [...busy(8000).state.snapshotChunks()]
    expect(chunks.length).toBeGreaterThan(2)
    for (const chunk of chunks.slice(0, -1)) {
      expect(chunk.length).toBeGreaterThanOrEqual(chunkBytes)
      expect(chunk.length).toBeLessThan(chunkBytes + 1024)
    }
  })

  test('is read chunk by chunk in small steps, and taken over when it is verified', () => {
    const replica = busy(3000)
    const chunks = [...replica.state.snapshotChunks()]
    const state = new PlacementState(createTableContext(hasher))
    const restoring = state.restoring()
    const meter = { steps: 0, largest: 0 }
    const drive = () => {
      for (let done = false; !done; ) {
        const budget = new Meter(1)
        done = restoring.step(budget)
        meter.steps += budget.steps
        meter.largest = Math.max(meter.largest, budget.largest)
      }
    }
    for (const chunk of chunks) {
      restoring.add(chunk)
      drive()
      // There is nothing to do until more comes.
      expect(restoring.step(new Budget(1))).toBe(true)
      expect(state.appliedIndex).toBe(0)
    }
    restoring.end()
    drive()
    expect(readOut(state)).toEqual(readOut(replica.state))
    expect(meter.steps).toBeGreaterThan(3000 * 2)
    expect(meter.largest).toBeLessThan(3000)
    expect(restoring.step(new Budget(1))).toBe(true)
  })

  test('whose reading is dropped has changed nothing, and one that is damaged stays so', () => {
    const chunks = [...busy(3000).state.snapshotChunks()]
    const replica = new Replica(context).begin()
    replica.upsert({ name: 'mine:1' })
    const before = readOut(replica.state)
    const dropped = replica.state.restoring()
    for (const chunk of chunks) dropped.add(chunk)
    expect(dropped.step(new Budget(500))).toBe(false)
    expect(readOut(replica.state)).toEqual(before)
    const damaged = replica.state.restoring()
    for (const chunk of chunks.slice(1)) damaged.add(chunk)
    const corrupt = expect.objectContaining({ code: 'storage_damaged' }) as Error
    for (let i = 0; i < 2; i += 1) expect(() => damaged.step(new Budget(1e9))).toThrow(corrupt)
    const short = replica.state.restoring()
    for (const chunk of chunks.slice(0, -1)) short.add(chunk)
    short.end()
    expect(() => short.step(new Budget(1e9))).toThrow(corrupt)
    expect(readOut(replica.state)).toEqual(before)
  })

  test('of the empty state is one too', () => {
    const state = new PlacementState(context)
    expect(readOut(restored(state.snapshotChunks()))).toEqual(readOut(state))
  })

  test('lets the newest table share its memory with the disseminated one', () => {
    const copy = restored(busy(300).state.snapshotChunks()).namespace('default')!
    const name = 'host-7.example.org:5000'
    expect(copy.newestTable.member(name)).toBe(copy.table.member(name))
    expect(copy.member('host-14.example.org:5000')?.typeSet).toBe(copy.member(name)?.typeSet)
  })
})

describe('a snapshot that is not right is refused and leaves the state as it was:', () => {
  const corrupt = expect.objectContaining({ code: 'storage_damaged' })

  function expectRefused(chunks: Iterable<Uint8Array>, error: unknown = corrupt): void {
    const state = new Replica(context).begin()
    state.upsert({ name: 'mine:1' })
    const before = readOut(state.state)
    expect(() => state.state.restore(chunks)).toThrow(error as Error)
    expect(readOut(state.state)).toEqual(before)
  }

  type Records = unknown[][]
  const rewritten = (change: (records: Records) => Records): Uint8Array[] => {
    const [chunk] = [...busy(20).state.snapshotChunks()]
    return [encode(change(decode(chunk!) as Records))]
  }

  test('the unchanged one is right', () => {
    expect(restored(rewritten((records) => records)).namespace('default')?.newest).toBe(4)
  })

  test('one of a newer version says so', () => {
    const newer = rewritten(([header, ...rest]) => [
      ['header', 'berth.fsm', levels.newestSnapshot + 1, header![3]],
      ...rest,
    ])
    expectRefused(newer, expect.objectContaining({ code: 'newer_version' }))
  })

  test('one of a version that is not read any more says so', () => {
    const older = rewritten(([header, ...rest]) => [
      ['header', 'berth.fsm', 1, header![3]],
      ...rest,
    ])
    expectRefused(older, expect.objectContaining({ code: 'older_version' }))
  })

  test('one of something else', () => {
    expectRefused(rewritten(([header, ...rest]) => [['header', 'other', 1, header![3]], ...rest]))
  })

  test('no chunks, a chunk missing, chunks in another order, one too many', () => {
    const chunks = [...busy(3000).state.snapshotChunks()]
    expect(chunks.length).toBeGreaterThanOrEqual(3)
    expectRefused([])
    for (let i = 0; i < chunks.length; i += 1) expectRefused(chunks.toSpliced(i, 1))
    expectRefused(chunks.toReversed())
    expectRefused([...chunks, chunks[1]!])
    expectRefused([...chunks, ...chunks])
  })

  test('any record missing, and any value altered', () => {
    const refused = expect.objectContaining({
      code: expect.stringMatching(/^(storage_damaged|newer_version)$/),
    })
    const records = decode([...busy(20).state.snapshotChunks()][0]!) as Records
    records.forEach((record, i) => {
      expectRefused(rewritten((all) => all.toSpliced(i, 1)))
      record.forEach((value, at) => {
        const other =
          typeof value === 'number' ? value + 1 : typeof value === 'string' ? `${value}x` : 0
        expectRefused(
          rewritten((all) => all.with(i, record.with(at, other))),
          refused,
        )
      })
    })
  })

  test('a value of another type that stands for the same in the digest', () => {
    const others = (value: unknown): unknown[] => {
      if (value === false) return [null, 0, '']
      if (value === true) return [1, 'x', {}]
      if (typeof value === 'number')
        return [String(value), value + 2 ** 32, value + 2 ** 52, value + 2 ** 64, value + 0.5]
      return typeof value === 'string' ? [[value]] : [null, 0]
    }
    const altered = (value: unknown): unknown[] =>
      Array.isArray(value)
        ? [...value.flatMap((item, i) => altered(item).map((other) => value.with(i, other)))]
        : others(value)
    const records = decode([...busy(20).state.snapshotChunks()][0]!) as Records
    const kinds = new Set<unknown>()
    records.forEach((record, i) => {
      kinds.add(record[0])
      // Its version says more than that it is damaged.
      if (i === 0) return
      for (const other of altered(record.slice(1))) {
        expectRefused(rewritten((all) => all.with(i, [record[0], ...(other as unknown[])])))
      }
    })
    expect([...kinds]).toEqual(expect.arrayContaining(['member', 'upsert', 'admission']))
    const [[, format, version, header]] = records as [unknown[], ...Records]
    for (const more of [{ extra: 1 }, { registryIndex: '0' }, { settings: null }]) {
      const changed = ['header', format, version, { ...(header as object), ...more }]
      expectRefused(rewritten((all) => all.with(0, changed)))
    }
  })

  test('bytes that are no snapshot', () => {
    for (const bytes of [[], [0xc1], [0x90], [0x91, 0x90], [0x93, 1, 2, 3]]) {
      expectRefused([Uint8Array.from(bytes)])
    }
  })
})
