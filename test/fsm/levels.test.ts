import { beforeEach, describe, expect, test } from 'vitest'
import { pastTable } from '../../src/fsm/past-table.js'
import { PlacementState } from '../../src/fsm/placement-state.js'
import { defaultSettings } from '../../src/fsm/settings.js'
import { createHasher } from '../../src/hash/hasher.js'
import { Table } from '../../src/table/table.js'
import { applyChange, difference, whole } from '../../src/table/table-change.js'
import { createTableContext } from '../../src/table/table-context.js'
import { Levels, levels } from '../../src/versions/levels.js'
import { decode } from '../../src/wire/msgpack.js'
import { nextLevels, nextLevelsOfReplicas } from '../simulation/cluster/next-levels.js'
import { Replica } from './replica.js'

const hasher = await createHasher()
const contextOf = (known: Levels) => createTableContext(hasher, known)
const newest = nextLevels.newest
const unheld = { ...defaultSettings, levelMax: 65_535 }

/** Of the next build, at the level of this one. */
let replica: Replica
beforeEach(() => {
  replica = new Replica(contextOf(nextLevels)).begin(unheld)
})

const raise = (level = newest) => {
  const { atMs, context } = replica
  const tableLevel = context.levels.ofTables(level)
  return replica.result('level', replica.run({ kind: 'level', atMs, level, tableLevel }))
}

/** A replica of the build with these levels that applies the same log. */
function replay(known: Levels): PlacementState {
  const state = new PlacementState(contextOf(known))
  for (const entry of replica.entries) state.apply(entry)
  return state
}

describe('the feature level', () => {
  test('is that of the genesis, and both builds have the same state there', () => {
    replica.upsert({ name: 'a:1' })
    expect(replica.state.level).toBe(1)
    const old = replay(levels)
    expect(old.digest).toBe(replica.state.digest)
    const chunks = [...replica.state.snapshotChunks()]
    expect([...old.snapshotChunks()]).toEqual(chunks)
    for (const known of [levels, nextLevels]) {
      const copy = new PlacementState(contextOf(known))
      copy.restore(chunks)
      expect(copy.digest).toBe(old.digest)
    }
  })

  test('rises when all members know it, and never falls', () => {
    const old = { name: 'old:1' }
    const next = { name: 'next:1', level: newest }
    replica.upsert(old, next)
    expect(raise()).toMatchObject({ outcome: 'unknown_to_hosts', level: 1 })
    replica.remove('old:1', replica.epochOf('old:1'))
    // It has still to let go, by tables that it can read.
    expect(raise()).toMatchObject({ outcome: 'unknown_to_hosts', level: 1 })
    replica.disseminate(2)
    expect(raise()).toMatchObject({ outcome: 'raised', level: newest })
    expect(raise()).toMatchObject({ outcome: 'unchanged', level: newest })
    expect(raise(1)).toMatchObject({ outcome: 'unchanged', level: newest })
    expect(replica.state.level).toBe(newest)
  })

  test('does not ask hosts where it does not concern them, nor alters their tables', () => {
    replica = new Replica(contextOf(nextLevelsOfReplicas)).begin(unheld)
    replica.upsert({ name: 'old:1' })
    const { digest, generation } = replica.namespace.newestTable
    expect(raise()).toMatchObject({ outcome: 'raised' })
    expect(replica.namespace.newestTable).toMatchObject({ digest, generation, level: 1 })
    expect(replica.upsert({ name: 'another:1' })).toMatchObject([{ kind: 'member' }])
  })

  test('is held by the settings for as long as an operator wants', () => {
    const { atMs } = replica
    replica.run({ kind: 'settings', atMs, settings: { levelMax: 1 } })
    expect(raise()).toMatchObject({ outcome: 'held', level: 1 })
    replica.run({ kind: 'settings', atMs, settings: { levelMax: newest } })
    expect(raise()).toMatchObject({ outcome: 'raised' })
    const back = replica.run({ kind: 'settings', atMs, settings: { levelMax: 1 } })
    expect(replica.result('settings', back).faults).toEqual([
      `levelMax is 1; the cluster is at ${newest}, and a level never falls.`,
    ])
  })

  test('stops a replica that does not know it, at the entry and at the snapshot', () => {
    const newer = expect.objectContaining({ code: 'newer_version' })
    raise()
    expect(() => replay(levels)).toThrow(newer)
    const chunks = [...replica.state.snapshotChunks()]
    expect(() => new PlacementState(contextOf(levels)).restore(chunks)).toThrow(newer)
    const copy = new PlacementState(contextOf(nextLevels))
    copy.restore(chunks)
    expect(copy.level).toBe(newest)
    expect(copy.digest).toBe(replica.state.digest)
  })

  test('that did not rise stops nobody: the old build reads over its entry', () => {
    replica.upsert({ name: 'old:1' })
    expect(raise()).toMatchObject({ outcome: 'unknown_to_hosts' })
    expect(replay(levels).digest).toBe(replica.state.digest)
  })

  test('gives the state digest and snapshots other layouts', () => {
    const versionOf = (state: PlacementState) => {
      const [[, , version]] = decode([...state.snapshotChunks()][0]!) as [[string, string, number]]
      return version
    }
    expect(versionOf(replica.state)).toBe(levels.of(1).snapshot)
    raise()
    expect(versionOf(replica.state)).toBe(nextLevels.of(newest).snapshot)
    const other = { ...nextLevels.of(newest), stateDigest: 'another' }
    const layouts = new Levels([levels.of(1), levels.of(2), other], 1)
    expect(replay(layouts).digest).not.toBe(replica.state.digest)
  })
})

describe('tables', () => {
  const next = { name: 'a:1', level: newest }

  test('get the level with a generation of their own, in every namespace and of none', () => {
    replica.upsert(next, { ...next, namespace: 'blue' })
    const before = replica.namespace.newestTable
    const floor = replica.state.namespaceOrEmpty('nobody').newest
    raise()
    for (const name of ['default', 'blue']) {
      const { newestTable } = replica.state.namespace(name)!
      expect(newestTable).toMatchObject({ generation: 2, level: newest, size: 1 })
    }
    expect(replica.namespace.newestTable.digest).not.toBe(before.digest)
    const empty = replica.state.namespaceOrEmpty('nobody')
    expect(empty.newestTable).toMatchObject({ level: newest, generation: floor + 1 })
  })

  test('take no host any more that does not know it', () => {
    raise()
    expect(replica.upsert({ name: 'old:1' })).toEqual([{ kind: 'refused', why: 'outdated' }])
    expect(replica.upsert(next)).toMatchObject([{ kind: 'member' }])
  })

  test('travel with it, whole and as a difference; who does not know it takes nothing', () => {
    replica.upsert(next)
    const before = replica.namespace.newestTable
    raise()
    const after = replica.namespace.newestTable
    const empty = (known: Levels) => Table.empty(contextOf(known), { factor: 1, level: 1 })
    expect(applyChange(empty(nextLevels), whole(after)).digest).toBe(after.digest)
    expect(difference(before, after)).toMatchObject({ level: newest, upserts: [] })
    const held = applyChange(empty(levels), whole(before))
    expect(held.digest).toBe(before.digest)
    for (const change of [whole(after), difference(before, after)]) {
      expect(() => applyChange(held, change)).toThrow(/feature level 3, known are 1 to 2: upgrade/)
    }
  })

  test('are found again in the past, on either side of a rise', () => {
    replica.upsert(next)
    const first = replica.namespace.newestTable
    const events = [raise, () => replica.upsert({ ...next, name: 'b:1' })].flatMap((act) => {
      const from = replica.entries.length
      act()
      const copy = new Replica(contextOf(nextLevels))
      const all = replica.entries.map((entry) => copy.apply(entry).events)
      return all.slice(from).flat()
    })
    const last = replica.namespace.newestTable
    expect(events.map(({ kind }) => kind)).toEqual(['level', 'reshaped', 'joined'])
    expect(pastTable(first, 3, events).digest).toBe(last.digest)
    expect(pastTable(last, 1, events).digest).toBe(first.digest)
  })
})
