/** Members whose types change while their epoch stays. */
import { beforeEach, describe, expect, test } from 'vitest'
import { hostTypeBytesMax } from '../../src/fsm/limits.js'
import { pastTable } from '../../src/fsm/past-table.js'
import type { PlacementEvent } from '../../src/fsm/placement-event.js'
import { PlacementState } from '../../src/fsm/placement-state.js'
import { losers } from '../../src/table/losers.js'
import type { Table } from '../../src/table/table.js'
import { typesLevel } from '../../src/versions/versions.js'
import { hostOf, Replica } from './replica.js'

const ids = Array.from({ length: 200 }, (_, i) => `id-${i}`)
const ownersOf = (table: Table, type: string) => ids.map((id) => table.owner(type, id)?.name)

let replica: Replica
beforeEach(async () => {
  replica = (await Replica.begun()).raise(typesLevel)
  replica.upsert({ name: 'a:1', types: ['Cart', 'Order'] }, { name: 'b:1', types: ['Order'] })
  replica.upsert({ name: 'c:1', types: ['Cart', 'Order'] })
})

test('a retype gives a member other types under its epoch, by a generation of its own', () => {
  const { epoch, generation } = replica.namespace.member('a:1')!
  const { newest } = replica.namespace
  expect(replica.retype('a:1', 1, ['Stock', 'Order', 'Stock'])).toEqual({
    kind: 'taken',
    generation: newest + 1,
    changed: true,
  })
  const types = ['Order', 'Stock']
  expect(replica.namespace.member('a:1')).toMatchObject({ epoch, generation, types })
  expect(replica.namespace.newest).toBe(newest + 1)
})

test('it moves keys of the types that come or go, and no others', () => {
  const before = replica.namespace.newestTable
  replica.retype('a:1', 1, ['Order', 'Stock'])
  const after = replica.namespace.newestTable
  expect(ownersOf(after, 'Order')).toEqual(ownersOf(before, 'Order'))
  expect(new Set(ownersOf(before, 'Cart'))).toEqual(new Set(['a:1', 'c:1']))
  expect(new Set(ownersOf(after, 'Cart'))).toEqual(new Set(['c:1']))
  expect(new Set(ownersOf(after, 'Stock'))).toEqual(new Set(['a:1']))
  expect(losers(before, after).map(({ name }) => name)).toEqual(['a:1'])
  replica.retype('a:1', 2, ['Order', 'Stock', 'Cart'])
  const again = replica.namespace.newestTable
  expect(ownersOf(again, 'Cart')).toEqual(ownersOf(before, 'Cart'))
  expect(losers(after, again).map(({ name }) => name)).toEqual(['c:1'])
})

test('none withdraws them: the member stays, owns nothing, and can have some again', () => {
  const before = replica.namespace.newestTable
  const { epoch } = replica.namespace.member('a:1')!
  replica.retype('a:1', 1, [])
  expect(replica.namespace.member('a:1')).toMatchObject({ epoch, types: [], cordoned: true })
  expect(replica.namespace.isCordoned('a:1')).toBe(false)
  expect(ownersOf(replica.namespace.newestTable, 'Order')).not.toContain('a:1')
  expect(replica.retype('a:1', 2, [])).toMatchObject({ changed: false })
  replica.retype('a:1', 3, ['Cart', 'Order'])
  expect(replica.namespace.newestTable.digest).toBe(before.digest)
  expect(replica.namespace.member('a:1')).toMatchObject({ epoch, cordoned: false })
})

test('an operator gives no share back to one that has withdrawn, and a host lifts no cordon', () => {
  replica.retype('a:1', 1, [])
  replica.cordon('a:1')
  replica.cordon('a:1', false)
  expect(replica.namespace.newestTable.member('a:1')?.cordoned).toBe(true)
  replica.cordon('a:1')
  replica.retype('a:1', 2, ['Order'])
  expect(replica.namespace.newestTable.member('a:1')?.cordoned).toBe(true)
  replica.cordon('a:1', false)
  expect(replica.namespace.newestTable.member('a:1')?.cordoned).toBe(false)
})

describe('in whatever order changes come, the one with the highest number stays:', () => {
  test('a lower one, or the same again, does nothing', () => {
    replica.retype('a:1', 5, ['Stock'])
    const { newest } = replica.namespace
    for (const number of [5, 4, 1]) {
      const outcome = { kind: 'taken', generation: newest, changed: false }
      expect(replica.retype('a:1', number, ['Order'])).toEqual(outcome)
    }
    expect(replica.namespace).toMatchObject({ newest })
    expect(replica.namespace.member('a:1')?.types).toEqual(['Stock'])
  })

  test('one with the types that are there makes no generation, and counts', () => {
    const { newest } = replica.namespace
    const before = replica.state.digest
    expect(replica.retype('a:1', 3, ['Order', 'Cart'])).toMatchObject({ changed: false })
    expect(replica.namespace.newest).toBe(newest)
    expect(replica.state.digest).not.toBe(before)
    expect(replica.retype('a:1', 2, ['Stock'])).toMatchObject({ changed: false })
    expect(replica.namespace.member('a:1')?.types).toEqual(['Cart', 'Order'])
  })

  test('another admission counts anew, and takes nothing of the one before', () => {
    const { epoch } = replica.namespace.member('a:1')!
    replica.retype('a:1', 7, [])
    replica.upsert({ name: 'a:1', run: 2, types: ['Cart'] })
    expect(replica.namespace.member('a:1')).toMatchObject({ types: ['Cart'], cordoned: false })
    expect(replica.retype('a:1', 9, ['Order'], epoch)).toEqual({ kind: 'gone' })
    expect(replica.retype('a:1', 1, ['Order'])).toMatchObject({ changed: true })
  })
})

test('who is no member is gone, and who is named twice counts once', () => {
  expect(replica.retype('z:1', 1, ['Order'])).toEqual({ kind: 'gone' })
  const { atMs, term } = replica
  const of = { namespace: 'default', name: 'a:1', epoch: replica.epochOf('a:1') }
  const hosts = [
    { ...of, number: 1, types: ['Order'] },
    { ...of, number: 2, types: ['Stock'] },
    { ...of, namespace: 'nobody', number: 2, types: ['Stock'] },
  ]
  const { hosts: outcomes } = replica.result(
    'retype',
    replica.run({ kind: 'retype', atMs, term, hosts }),
  )
  expect(outcomes.slice(1)).toEqual([{ kind: 'refused', why: 'repeated' }, { kind: 'gone' }])
  expect(replica.namespace.member('a:1')?.types).toEqual(['Order'])
})

test('what was decided in another term does nothing', () => {
  const { atMs, term } = replica
  const hosts = [{ ...hostOf({ name: 'a:1' }), epoch: 4, number: 1 }].map(
    ({ namespace, name, epoch, number }) => ({ namespace, name, epoch, number, types: [] }),
  )
  const { result } = replica.run({ kind: 'retype', atMs, term: term - 1, hosts })
  expect(result).toEqual({ kind: 'nothing', why: 'other_term' })
})

test('more bytes of types than a host may have are refused', () => {
  const types = Array.from({ length: 200 }, (_, i) => `${i}`.padEnd(100, 'x'))
  expect(types.join('').length).toBeGreaterThan(hostTypeBytesMax)
  expect(replica.retype('a:1', 1, types)).toEqual({ kind: 'refused', why: 'overloaded' })
  expect(replica.namespace.member('a:1')?.types).toEqual(['Cart', 'Order'])
})

test('before its feature level nobody writes it', async () => {
  const old = await Replica.begun()
  old.upsert({ name: 'a:1' })
  const { newest } = old.namespace
  expect(() => old.retype('a:1', 1, ['Stock'])).toThrow(
    expect.objectContaining({ code: 'level_too_low' }),
  )
  expect(old.namespace.newest).toBe(newest)
})

test('a snapshot has them, and a recovery keeps them', () => {
  replica.retype('a:1', 4, [])
  replica.retype('c:1', 2, ['Stock'])
  const copy = new PlacementState(replica.context)
  copy.restore(replica.state.snapshotChunks())
  expect(copy.digest).toBe(replica.state.digest)
  expect(copy.namespace('default')!.member('a:1')).toEqual(replica.namespace.member('a:1'))
  const origin = { clusterId: 'c-2', lineage: '2'.repeat(36), term: 2 ** 33 }
  copy.recover(origin, 1)
  const a = copy.namespace('default')!.member('a:1')!
  expect(a).toMatchObject({ types: [], retyped: { number: 4, withdrawn: true } })
})

test('events say what was and what is, and give every table back', () => {
  const events: PlacementEvent[] = []
  const tables = [replica.namespace.newestTable]
  const { atMs, term } = replica
  const change = (number: number, types: readonly string[]) => {
    const host = { namespace: 'default', name: 'a:1', epoch: replica.epochOf('a:1') }
    const hosts = [{ ...host, number, types }]
    events.push(...replica.run({ kind: 'retype', atMs, term, hosts }).events)
    tables.push(replica.namespace.newestTable)
  }
  change(1, ['Stock'])
  change(2, [])
  change(3, ['Cart', 'Stock'])
  expect(events).toMatchObject([
    {
      kind: 'retyped',
      member: 'a:1',
      reason: null,
      detail: { before: { types: ['Cart', 'Order'] }, after: { types: ['Stock'] } },
    },
    { kind: 'retyped', detail: { after: { cordoned: true, withdrawn: true } } },
    { kind: 'retyped', detail: { after: { types: ['Cart', 'Stock'], cordoned: false } } },
  ])
  for (const from of tables) {
    for (const to of tables) {
      expect(pastTable(from, to.generation, events).digest).toBe(to.digest)
    }
  }
})
