/** Namespaces come with their first member and go with their last. */
import { beforeEach, describe, expect, test } from 'vitest'
import type { RemoveReason } from '../../src/fsm/command.js'
import { namespacesMax } from '../../src/fsm/limits.js'
import { PlacementState } from '../../src/fsm/placement-state.js'
import { createTableContext } from '../../src/table/table-context.js'
import { Replica } from './replica.js'

let replica: Replica

beforeEach(async () => {
  replica = await Replica.begun()
})

const join = (namespace: string, name = 'a:1') => replica.upsert({ name, namespace })

function removeFrom(namespace: string, name = 'a:1', reason: RemoveReason = 'left', refuseMs = 0) {
  const { atMs, term } = replica
  const { epoch } = replica.state.namespace(namespace)!.member(name)!
  const refuse = reason === 'evicted' ? { refuseMs } : {}
  const hosts = [{ namespace, name, epoch, reason, ...refuse }]
  return replica.run({ kind: 'remove', atMs, term, hosts })
}

/** Joins, is removed, and both are disseminated. */
function comeAndGo(namespace: string) {
  join(namespace)
  removeFrom(namespace)
  return replica.disseminate(replica.state.namespace(namespace)!.newest, namespace)
}

const drop = (namespace: string, spent = false) =>
  replica.run({ kind: 'drop', atMs: replica.atMs, namespace, spent })

const cordon = (namespace: string, name: string, cordoned: boolean) =>
  replica.run({ kind: 'cordon', atMs: replica.atMs, namespace, name, cordoned })

const newest = (namespace: string) => replica.state.namespaceOrEmpty(namespace).newest

describe('a namespace', () => {
  test('is there as long as it has a member, or somebody may not know that it has none', () => {
    expect(replica.state.namespace('blue')).toBeUndefined()
    join('blue')
    replica.disseminate(1, 'blue')
    removeFrom('blue')
    expect(replica.state.namespace('blue')?.newestTable.size).toBe(0)
    replica.disseminate(2, 'blue')
    expect(replica.state.namespace('blue')).toBeUndefined()
  })

  test('goes with an event, behind that of its last round', () => {
    join('blue')
    removeFrom('blue')
    const { atMs, term } = replica
    const record = { kind: 'disseminated', atMs, term, namespace: 'blue', generation: 2 } as const
    const { events, namespaces } = replica.run(record)
    expect(events.map(({ kind, generation }) => [kind, generation])).toEqual([
      ['disseminated', 2],
      ['dropped', 2],
    ])
    expect(namespaces).toEqual(['blue'])
  })

  test('comes back with generations above all that it ever had', () => {
    let last = 0
    for (let life = 0; life < 5; life += 1) {
      comeAndGo('blue')
      expect(newest('blue')).toBeGreaterThan(last)
      last = newest('blue')
      join('blue')
      expect(replica.state.namespace('blue')!.disseminated).toBeGreaterThanOrEqual(last)
      expect(newest('blue')).toBeGreaterThan(last)
      last = newest('blue')
      removeFrom('blue')
      replica.disseminate(newest('blue'), 'blue')
    }
  })

  test('that never was begins above all that were: no generation of a name is used twice', () => {
    comeAndGo('blue')
    comeAndGo('blue')
    const floor = newest('blue')
    expect(newest('green')).toBe(floor)
    const empty = replica.state.namespaceOrEmpty('green')
    expect([empty.disseminated, empty.table.size]).toEqual([floor, 0])
    join('green')
    const green = replica.state.namespace('green')!
    expect([green.disseminated, green.newest]).toEqual([floor, floor + 1])
    expect(green.table.digest).toBe(empty.table.digest)
  })

  test('"default" is always there', () => {
    comeAndGo('default')
    expect(replica.namespace.newest).toBe(2)
    expect(drop('default').result).toEqual({ kind: 'drop', outcome: 'default' })
    expect(replica.state.namespace('default')).toBeDefined()
  })

  test('with a cordoned name stays, until an operator drops it with that', () => {
    join('blue')
    cordon('blue', 'b:1', true)
    removeFrom('blue')
    replica.disseminate(newest('blue'), 'blue')
    expect(replica.state.namespace('blue')?.isCordoned('b:1')).toBe(true)
    expect(drop('blue', true).result).toEqual({ kind: 'drop', outcome: 'in_use' })
    const before = newest('blue')
    expect(drop('blue').result).toEqual({ kind: 'drop', outcome: 'dropped' })
    expect(replica.state.namespace('blue')).toBeUndefined()
    expect(newest('blue')).toBe(before)
    expect(drop('blue').result).toEqual({ kind: 'drop', outcome: 'no_namespace' })
  })

  test('with a refused name stays until that is over', () => {
    join('blue')
    removeFrom('blue', 'a:1', 'evicted', 5_000)
    replica.disseminate(2, 'blue')
    expect(drop('blue', true).result).toEqual({ kind: 'drop', outcome: 'in_use' })
    expect(join('blue')).toEqual([expect.objectContaining({ kind: 'refused', why: 'evicted' })])
    replica.atMs += 5_000
    expect(drop('blue', true).result).toEqual({ kind: 'drop', outcome: 'dropped' })
  })

  test('with a member, or with a round to come, is not dropped', () => {
    join('blue')
    expect(drop('blue').result).toEqual({ kind: 'drop', outcome: 'in_use' })
    replica.disseminate(1, 'blue')
    expect(drop('blue').result).toEqual({ kind: 'drop', outcome: 'in_use' })
    removeFrom('blue')
    expect(drop('blue').result).toEqual({ kind: 'drop', outcome: 'in_use' })
  })
})

describe('the empty table of a namespace that is not there', () => {
  test('has another generation when the factor makes it another table', () => {
    const { digest, generation } = replica.state.namespaceOrEmpty('blue').table
    replica.run({ kind: 'settings', atMs: replica.atMs, settings: { factor: 7 } })
    const after = replica.state.namespaceOrEmpty('blue').table
    expect(after.digest).not.toBe(digest)
    expect(after.generation).toBeGreaterThan(generation)
  })

  test('is made once for each generation', () => {
    const { table } = replica.state.namespaceOrEmpty('blue')
    expect(replica.state.namespaceOrEmpty('green').table).toBe(table)
    comeAndGo('blue')
    expect(replica.state.namespaceOrEmpty('green').table).not.toBe(table)
  })
})

test('a client that makes one namespace after the other leaves room for the next', () => {
  const empty = replica.state.digest
  for (let i = 0; i < namespacesMax + 50; i += 50) {
    const names = Array.from({ length: 50 }, (_, at) => `n${i + at}`)
    replica.upsert(...names.map((namespace) => ({ name: 'a:1', namespace })))
    for (const name of names) removeFrom(name)
    for (const name of names) replica.disseminate(newest(name), name)
  }
  expect([...replica.state.namespaces()].map(({ name }) => name)).toEqual(['default'])
  expect(replica.state.digest).not.toBe(empty)
  expect(join('next')).toEqual([expect.objectContaining({ kind: 'member' })])
})

test('the floor is in the digest and in snapshots', () => {
  comeAndGo('blue')
  const copy = new PlacementState(createTableContext(replica.context.hasher))
  copy.restore(replica.state.snapshotChunks())
  expect(copy.namespaceOrEmpty('blue').newest).toBe(newest('blue'))
  expect(copy.digest).toBe(replica.state.digest)
})
