import { beforeEach, describe, expect, test } from 'vitest'
import {
  cordonsMax,
  leadersMax,
  namespacesMax,
  refusalsMax,
  replicasMax,
} from '../../src/fsm/limits.js'
import { defaultSettings, type Settings } from '../../src/fsm/settings.js'
import { createHasher } from '../../src/hash/hasher.js'
import { createTableContext } from '../../src/table/table-context.js'
import { hostOf, lineage, Replica } from './replica.js'

describe('the cluster:', () => {
  let replica: Replica
  beforeEach(async () => {
    replica = await Replica.begun()
  })

  const set = (settings: Partial<Settings>) =>
    replica.result('settings', replica.run({ kind: 'settings', atMs: replica.atMs, settings }))

  describe('genesis', () => {
    test('is the first command of a lineage and does nothing when there is one already', () => {
      const origin = { clusterId: 'c-1', cluster: 'test', lineage }
      expect(replica.state.origin).toEqual(origin)
      const again = {
        kind: 'genesis',
        atMs: replica.atMs,
        clusterId: 'c-2',
        cluster: 'other',
        lineage: 'other',
        level: 1,
        settings: { ...defaultSettings, factor: 7 },
      } as const
      expect(replica.run(again).result).toEqual({
        kind: 'genesis',
        created: false,
        lineage,
        faults: [],
      })
      expect(replica.state.origin).toEqual(origin)
      expect(replica.state.settings).toEqual(defaultSettings)
    })

    test('comes before everything but a leader that names its key', async () => {
      const bare = new Replica(createTableContext(await createHasher()))
      const { atMs, term } = bare
      const nothing = { kind: 'nothing', why: 'no_cluster' }
      const host = hostOf({ name: 'a:1' })
      expect(bare.run({ kind: 'upsert', atMs, term, hosts: [host] }).result).toEqual(nothing)
      expect(bare.run({ kind: 'settings', atMs, settings: { factor: 3 } }).result).toEqual(nothing)
      expect(bare.run({ kind: 'lead', atMs, term, replica: 2, key: 'k' }).result).toEqual({
        kind: 'lead',
        accepted: true,
      })
      expect(bare.state.origin).toBeNull()
      expect(bare.state.namespace('default')?.newest).toBe(0)
    })

    test('sets the factor of generation 0 and the ceilings of the times', async () => {
      const settings = { ...defaultSettings, factor: 7, fenceAfterMs: 5000, hostTimeoutMs: 7000 }
      const small = await Replica.begun(settings)
      expect(small.namespace.table.factor).toBe(7)
      expect(small.state.ceilings).toMatchObject({
        fenceAfterCeilingMs: 5000,
        hostTimeoutCeilingMs: 7000,
      })
    })

    test('with settings that break the promise makes no cluster and says why', async () => {
      const bare = new Replica(createTableContext(await createHasher()))
      bare.begin({ ...defaultSettings, hostTimeoutMs: 7000 })
      expect(bare.state.origin).toBeNull()
      bare.begin()
      expect(bare.state.origin?.lineage).toBe(lineage)
    })
  })

  describe('the leader', () => {
    test('of the newest lead command is known, and those of the last few terms', () => {
      expect(replica.state.leader).toEqual({ term: 1, replica: 1, key: 'k'.repeat(43) })
      for (let term = 2; term < 20; term += 1) {
        replica.term = term
        replica.run({ kind: 'lead', atMs: 1, term, replica: term % 3, key: `key ${term}` })
      }
      expect(replica.state.leader).toEqual({ term: 19, replica: 1, key: 'key 19' })
      expect(replica.state.leaderOf(15)?.key).toBe('key 15')
      expect(replica.state.leaderOf(19 - leadersMax)).toBeUndefined()
      expect(replica.state.leaderOf(20 - leadersMax)?.key).toBe(`key ${20 - leadersMax}`)
    })

    test('names its key once in a term', () => {
      const { result } = replica.run({ kind: 'lead', atMs: 1, term: 1, replica: 2, key: 'x' })
      expect(result).toEqual({ kind: 'lead', accepted: false })
      expect(replica.state.leaderOf(1)?.replica).toBe(1)
    })
  })

  describe('settings', () => {
    test('of the factor make generation +1 in every namespace, empty ones too', () => {
      replica.upsert({ name: 'a:1', namespace: 'blue' }, { name: 'b:1' })
      expect(set({ factor: 10 })).toMatchObject({ changed: true, settings: { factor: 10 } })
      const blue = replica.state.namespace('blue')!
      expect([blue.newest, blue.newestTable.factor]).toEqual([2, 10])
      expect(blue.newestTable.ring('Cart')?.size).toBe(10)
      expect(replica.namespace.newest).toBe(2)
      expect(replica.namespace.table.factor).toBe(100)
      replica.upsert({ name: 'c:1', namespace: 'green' })
      expect(replica.state.namespace('green')?.newestTable.factor).toBe(10)
      const empty = replica.remove('b:1', 3)
      expect(empty).toBe(true)
      set({ factor: 11 })
      expect(replica.namespace.newest).toBe(4)
    })

    test('of times make no generation', () => {
      replica.upsert({ name: 'a:1' })
      expect(set({ heartbeatMs: 900, coalesceMs: 10 })).toMatchObject({ changed: true, faults: [] })
      expect(replica.state.settings).toEqual({
        ...defaultSettings,
        heartbeatMs: 900,
        coalesceMs: 10,
      })
      expect(replica.namespace.newest).toBe(1)
    })

    test('that are as they were change nothing', () => {
      expect(set({ factor: 100 })).toMatchObject({ changed: false, faults: [] })
      expect(set({})).toMatchObject({ changed: false })
      expect(replica.namespace.newest).toBe(0)
    })

    test('that break the promise are refused whole, with the inequality that fails', () => {
      const { changed, faults, settings } = set({ hostTimeoutMs: 7000, factor: 10 })
      expect([changed, settings]).toEqual([false, defaultSettings])
      expect(faults).toEqual([
        'hostTimeoutMs is 7000, at least fenceAfterMs 6000 + fenceMarginMs 1500 = 7500 ms is ' +
          'needed: 500 ms too little.',
      ])
      expect(replica.state.settings).toEqual(defaultSettings)
      expect(replica.namespace.newest).toBe(0)
    })

    test('leave ceilings behind that never fall: leases of earlier times may still run', () => {
      const read = () => {
        const { fenceAfterCeilingMs, fenceMarginCeilingMs, hostTimeoutCeilingMs } =
          replica.state.ceilings
        return [fenceAfterCeilingMs, fenceMarginCeilingMs, hostTimeoutCeilingMs]
      }
      expect(read()).toEqual([6000, 1500, 8000])
      set({ fenceAfterMs: 20_000, fenceMarginMs: 3000, hostTimeoutMs: 30_000 })
      set({ fenceAfterMs: 6000, fenceMarginMs: 1500, hostTimeoutMs: 8000 })
      expect(replica.state.settings).toEqual(defaultSettings)
      expect(read()).toEqual([20_000, 3000, 30_000])
    })
  })

  describe('limits:', () => {
    test('beyond its number of namespaces another one is not created, those there go on', () => {
      const host = (i: number) => ({ name: 'a:1', namespace: `n${i}` })
      const count = namespacesMax - 1
      const outcomes = replica.upsert(...Array.from({ length: count + 2 }, (_, i) => host(i)))
      expect(outcomes.filter(({ kind }) => kind === 'member')).toHaveLength(count)
      expect(outcomes.at(-1)).toEqual({ kind: 'refused', why: 'overloaded' })
      expect(replica.state.namespace(`n${count}`)).toBeUndefined()
      expect(replica.upsert({ ...host(0), run: 2 })[0]).toMatchObject({ changed: true })
    }, 20_000)

    test('beyond its number of cordoned names a cordon is refused, an uncordon is not', () => {
      for (let i = 0; i < cordonsMax; i += 1) replica.cordon(`h${i}:1`)
      expect(replica.cordon('more:1').outcome).toBe('overloaded')
      expect(replica.cordon('h5:1', false).outcome).toBe('changed')
      expect(replica.cordon('more:1').outcome).toBe('changed')
    }, 20_000)

    test('beyond its number of refused names the one whose time ends first is forgotten', () => {
      const { atMs, term } = replica
      const names = Array.from({ length: refusalsMax + 1 }, (_, i) => `h${i}:1`)
      replica.upsert(...names.map((name) => ({ name })))
      const first = names.slice(0, -1).map((name, i) => ({
        namespace: 'default',
        name,
        epoch: 3,
        reason: 'evicted' as const,
        refuseMs: i === 7 ? 1000 : 5000,
      }))
      replica.run({ kind: 'remove', atMs, term, hosts: first })
      replica.remove(names.at(-1)!, 3, 'evicted', 5000)
      const refused = [...replica.namespace.refusals()].map(([name]) => name)
      expect(refused).toHaveLength(refusalsMax)
      expect(refused).not.toContain('h7:1')
    }, 60_000)
  })
})

describe('the registry of replicas', () => {
  let replica: Replica
  beforeEach(async () => {
    replica = await Replica.begun()
  })

  const register = (id: number, peer: string, api: string, key = '') =>
    replica.run({ kind: 'register', atMs: replica.atMs, replica: id, peer, api, key }).result

  test('keeps where each replica is reached, by rising id', () => {
    register(2, 'b:7410', 'http://b:7400')
    register(1, 'a:7410', 'http://a:7400')
    expect(replica.state.replicas).toEqual([
      { replica: 1, peer: 'a:7410', api: 'http://a:7400', key: '' },
      { replica: 2, peer: 'b:7410', api: 'http://b:7400', key: '' },
    ])
    expect(register(1, 'a:7410', 'http://a:7400')).toMatchObject({ outcome: 'unchanged' })
    expect(replica.state.replicas.length).toBe(2)
  })

  test('does not lose an API address and a key to an operator who does not know them', () => {
    register(1, 'a:7410', 'http://a:7400', 'k')
    register(1, 'elsewhere:7410', '')
    expect(replica.state.replicas).toEqual([
      { replica: 1, peer: 'elsewhere:7410', api: 'http://a:7400', key: 'k' },
    ])
    expect(register(1, 'elsewhere:7410', '', 'k')).toMatchObject({ outcome: 'unchanged' })
    expect(register(1, 'elsewhere:7410', '', 'new')).toMatchObject({ outcome: 'changed' })
  })

  test('tells by a number that rises which list is the newer one', () => {
    const { state } = replica
    expect(state.registryIndex).toBe(0)
    register(1, 'a:7410', '', 'k')
    const first = state.registryIndex
    expect(first).toBe(state.appliedIndex)
    register(1, 'a:7410', '', 'k')
    expect(state.registryIndex).toBe(first)
    replica.run({ kind: 'unregister', atMs: replica.atMs, replica: 1 })
    expect(state.registryIndex).toBe(state.appliedIndex)
  })

  test('forgets a replica that is none of the cluster any more, and is part of the digest', () => {
    const before = replica.state.digest
    register(1, 'a:7410', 'http://a:7400')
    expect(replica.state.digest).not.toBe(before)
    const unregister = { kind: 'unregister', atMs: replica.atMs, replica: 1 } as const
    expect(replica.run(unregister).result).toMatchObject({ outcome: 'changed' })
    expect(replica.run(unregister).result).toMatchObject({ outcome: 'unchanged' })
    expect(replica.state.replicas).toEqual([])
  })

  test('has room for a limited number of replicas', () => {
    for (let id = 1; id <= replicasMax; id += 1) register(id, `r${id}:1`, '')
    expect(register(replicasMax + 1, 'more:1', '')).toMatchObject({ outcome: 'overloaded' })
  })
})
