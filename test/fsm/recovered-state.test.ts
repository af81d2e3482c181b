/** What a new history of the cluster begins with. */
import { describe, expect, test } from 'vitest'
import { initialState } from '../../src/fsm/cluster-state.js'
import type { NamespaceState } from '../../src/fsm/namespace-state.js'
import { PlacementState } from '../../src/fsm/placement-state.js'
import { historyStep, type NewOrigin, recoveredState } from '../../src/fsm/recovered-state.js'
import { PartDigests } from '../../src/fsm/state-digest.js'
import { createHasher } from '../../src/hash/hasher.js'
import { compareText } from '../../src/table/code-point-order.js'
import { createTableContext } from '../../src/table/table-context.js'
import { forSeeds } from '../table/seeds.js'
import { lineage, Replica } from './replica.js'
import { randomCommand, runRandom } from './workload.js'

const context = createTableContext(await createHasher())
const atMs = 1_800_000_000_000

function originAt(term: number, of = 'a'): NewOrigin {
  return { clusterId: `c-${of}`, lineage: `l-${of}`, term: term + historyStep }
}

function copyOf(state: PlacementState): PlacementState {
  const copy = new PlacementState(context)
  copy.restore(state.snapshotChunks())
  return copy
}

/** By rising epoch; the state keeps them by the text of their keys. */
function removalsOf(namespace: NamespaceState) {
  return [...namespace.removals()].sort((a, b) => a.epoch - b.epoch || compareText(a.name, b.name))
}

/** Members and what else a namespace says, without what a new history changes. */
function contents(state: PlacementState) {
  return [...state.namespaces()].map((namespace) => ({
    name: namespace.name,
    cordons: [...namespace.cordons()],
    refusals: [...namespace.fields.refusals.entries()],
    members: [...namespace.members()].map(({ name, instance, appId, types, cordoned }) => ({
      ...{ name, instance, appId, types, cordoned },
    })),
    removals: removalsOf(namespace).map(({ name, reason }) => ({ name, reason })),
  }))
}

/** Every index, generation and epoch, in one order. */
function numbers(state: PlacementState): number[] {
  const found = [state.appliedIndex]
  for (const namespace of state.namespaces()) {
    found.push(namespace.disseminated, namespace.newest)
    for (let at = namespace.disseminated; at <= namespace.newest; at += 1) {
      const table = namespace.tableAt(at)!
      found.push(table.generation, ...[...table.list()].map(({ epoch }) => epoch))
    }
    for (const { generation } of namespace.members()) found.push(generation)
    for (const { epoch, generation } of removalsOf(namespace)) found.push(epoch, generation)
  }
  return found
}

/** A cluster that is between two rounds: members that came, went, were cordoned and evicted. */
function busy(): Replica {
  const replica = new Replica(context).begin()
  replica.run({ kind: 'register', atMs, replica: 1, peer: 'a:1', api: 'http://a:2', key: 'k' })
  replica.upsert({ name: 'a:1' }, { name: 'b:1', types: ['Stock'] }, { name: 'c:1' })
  replica.disseminate(1)
  replica.cordon('b:1')
  replica.remove('c:1', replica.epochOf('c:1'), 'evicted', 60_000)
  return replica
}

describe('a new history', () => {
  test('has another cluster id and lineage, no leader, no addresses, and the settings of before', () => {
    const { state } = busy()
    const { settings, ceilings } = state
    const { fenceAfterCeilingMs } = ceilings
    state.recover(originAt(1), atMs)
    expect(state.origin).toEqual({ clusterId: 'c-a', cluster: 'test', lineage: 'l-a' })
    expect([state.leader, state.replicas]).toEqual([undefined, []])
    expect(state.settings).toEqual(settings)
    expect(state.ceilings.fenceAfterCeilingMs).toBe(fenceAfterCeilingMs)
    expect(state.appliedTerm).toBe(1 + historyStep)
  })

  test('has all members, cordons, refusals and removals, each number 2^32 higher', () => {
    forSeeds(12, (random) => {
      const replica = new Replica(context).begin()
      for (let i = random.below(80); i > 0; i -= 1) replica.run(randomCommand(random, replica))
      const { state } = replica
      const [before, were] = [contents(state), numbers(state)]
      state.recover(originAt(replica.term), atMs)
      expect(contents(state)).toEqual(before)
      expect(numbers(state)).toEqual(were.map((number) => number + historyStep))
    })
  })

  test('keeps the round that is not finished: both tables, and the way from one to the other', () => {
    const { state } = busy()
    state.recover(originAt(1), atMs)
    const namespace = state.namespace('default')!
    const generations = [namespace.disseminated, namespace.newest]
    expect(generations).toEqual([1 + historyStep, 3 + historyStep])
    const names = (generation: number) =>
      [...namespace.tableAt(generation)!.list()].map(({ name }) => name)
    expect(names(1 + historyStep)).toEqual(['a:1', 'b:1', 'c:1'])
    expect(names(3 + historyStep)).toEqual(['a:1', 'b:1'])
    for (let at = namespace.disseminated; at <= namespace.newest; at += 1) {
      expect(namespace.digestAt(at)).toBe(namespace.tableAt(at)!.digest)
    }
  })

  test('is the same wherever it is made of the same state, and is what its snapshot gives', () => {
    forSeeds(12, (random) => {
      const replica = new Replica(context).begin()
      const step = () => runRandom(random, replica)
      for (let i = random.below(80); i > 0; i -= 1) step()
      const { state } = replica
      const [copy, before] = [copyOf(state), state.digest]
      const origin = originAt(replica.term)
      expect(copy.recover(origin, atMs)).toEqual(state.recover(origin, atMs))
      expect(copy.digest).toBe(state.digest)
      expect(state.digest).not.toBe(before)
      replica.term = origin.term
      const restored = copyOf(state)
      for (let i = 0; i < 40; i += 1) {
        const applied = step()
        expect(copy.apply(replica.entries.at(-1)!)).toEqual(applied)
        expect(restored.apply(replica.entries.at(-1)!)).toEqual(applied)
      }
      expect([copy.digest, restored.digest]).toEqual([state.digest, state.digest])
    })
  })

  test('no admission of the old one is named in it, and a host that comes again keeps its place', () => {
    const replica = busy()
    const { state } = replica
    const old = replica.epochOf('a:1')
    state.recover(originAt(1), atMs)
    replica.term = 1 + historyStep
    expect(replica.remove('a:1', old)).toBe(false)
    const [came] = replica.upsert({ name: 'a:1' })
    expect(came).toMatchObject({ kind: 'member', changed: false, epoch: old + historyStep })
    const [restarted] = replica.upsert({ name: 'a:1', run: 2 })
    expect(restarted).toMatchObject({ changed: true, generation: 4 + historyStep })
  })

  test('a retry of a write that the old one answered gets that answer', () => {
    const replica = busy()
    const command = { kind: 'cordon', namespace: 'default', name: 'a:1', cordoned: true } as const
    const first = replica.run({ ...command, atMs: replica.atMs }, 'key')
    replica.state.recover(originAt(1), atMs)
    replica.term = 1 + historyStep
    const again = replica.run({ ...command, atMs: replica.atMs + 1 }, 'key')
    expect(again).toMatchObject({ repeated: true, result: first.result, of: first.of })
  })

  test('its event says what it comes from and what it is', () => {
    const { state } = busy()
    const { appliedIndex } = state
    expect(state.recover(originAt(1), atMs)).toEqual({
      ...{ index: appliedIndex + historyStep, position: 0, namespace: null, generation: null },
      ...{ kind: 'recovered', member: null, reason: null, atMs },
      detail: {
        lineage: 'l-a',
        former: { cluster: 'test', lineage, index: appliedIndex, term: 1 },
      },
    })
  })

  test('a second recovery adds as much again, and is another history', () => {
    const { state } = busy()
    const were = numbers(state)
    state.recover(originAt(1), atMs)
    const digest = state.digest
    state.recover(originAt(state.appliedTerm, 'b'), atMs)
    expect(numbers(state)).toEqual(were.map((number) => number + 2 * historyStep))
    expect(state.origin?.lineage).toBe('l-b')
    expect(state.digest).not.toBe(digest)
  })

  test('numbers stay exact: where they would not, it is refused', () => {
    const parts = new PartDigests(context)
    const origin = { clusterId: 'c', cluster: 'test', lineage }
    const last = Number.MAX_SAFE_INTEGER - historyStep
    const stateAt = (appliedIndex: number) => ({
      ...initialState(context),
      ...{ origin, appliedIndex },
    })
    const { appliedIndex } = recoveredState(stateAt(last), originAt(1), parts)
    expect(appliedIndex).toBe(Number.MAX_SAFE_INTEGER)
    const exhausted = expect.objectContaining({ code: 'conflict' }) as Error
    expect(() => recoveredState(stateAt(last + 1), originAt(1), parts)).toThrow(exhausted)
  })
})
