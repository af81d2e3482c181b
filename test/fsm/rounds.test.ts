import { beforeEach, describe, expect, test } from 'vitest'
import { generationsAheadMax } from '../../src/fsm/limits.js'
import type { Table } from '../../src/table/table.js'
import { applyChange, difference } from '../../src/table/table-change.js'
import { hostOf, Replica } from './replica.js'

describe('rounds:', () => {
  let replica: Replica
  beforeEach(async () => {
    replica = await Replica.begun()
  })

  const at = () => [replica.namespace.disseminated, replica.namespace.newest]

  describe('the record of a finished round', () => {
    test('moves the disseminated generation and its table', () => {
      replica.upsert({ name: 'a:1' })
      expect(replica.namespace.table.size).toBe(0)
      expect(replica.disseminate(1)).toEqual({
        kind: 'disseminated',
        done: true,
        disseminated: 1,
        newest: 1,
      })
      expect(replica.namespace.table.member('a:1')?.epoch).toBe(3)
      expect(at()).toEqual([1, 1])
    })

    test('may be of an earlier generation than the newest one', () => {
      replica.upsert({ name: 'a:1' })
      replica.upsert({ name: 'b:1' })
      replica.upsert({ name: 'c:1' })
      replica.disseminate(2)
      expect(at()).toEqual([2, 3])
      expect([...replica.namespace.table.list()].map(({ name }) => name)).toEqual(['a:1', 'b:1'])
      expect(replica.namespace.newestTable.size).toBe(3)
    })

    test('needs D < g ≤ newest', () => {
      replica.upsert({ name: 'a:1' })
      replica.upsert({ name: 'b:1' })
      replica.disseminate(1)
      for (const generation of [0, 1, 3, 99]) {
        expect(replica.disseminate(generation)).toMatchObject({ done: false, disseminated: 1 })
      }
      expect(at()).toEqual([1, 2])
      expect(replica.disseminate(1, 'nowhere')).toMatchObject({ done: false, newest: 0 })
    })

    test('makes no generation and leaves the newest digest as it was', () => {
      replica.upsert({ name: 'a:1' })
      const { digest } = replica.namespace.newestTable
      replica.disseminate(1)
      expect(replica.namespace.newestTable.digest).toBe(digest)
    })
  })

  describe('what a leader decided in one term does nothing under another:', () => {
    const other = { kind: 'nothing', why: 'other_term' }

    test.each(['upsert', 'remove', 'disseminated', 'lead'] as const)('%s', (kind) => {
      replica.upsert({ name: 'a:1' })
      const state = replica.state.namespace('default')
      const leader = replica.state.leader
      const { atMs } = replica
      const host = { namespace: 'default', name: 'a:1' }
      const next = hostOf({ name: 'a:1', run: 2 })
      const commands = {
        upsert: { kind, atMs, hosts: [next] },
        remove: { kind, atMs, hosts: [{ ...host, epoch: 3, reason: 'left' }] },
        disseminated: { kind, atMs, namespace: 'default', generation: 1 },
        lead: { kind, atMs, replica: 9, key: 'other' },
      }
      replica.term = 5
      for (const term of [4, 6]) {
        const applied = replica.run({ ...commands[kind], term } as never)
        expect(applied).toMatchObject({ result: other, events: [], namespaces: [] })
      }
      expect(replica.state.namespace('default')).toBe(state)
      expect(replica.state.leader).toBe(leader)
      const { result } = replica.run({ ...commands[kind], term: 5 } as never)
      expect(result?.kind).toBe(kind)
    })
  })

  describe('between the disseminated and the newest generation', () => {
    test('the table and digest of every generation are there, and of no other', () => {
      const tables = new Map<number, Table>()
      const remember = () => tables.set(replica.namespace.newest, replica.namespace.newestTable)
      remember()
      replica.upsert({ name: 'a:1' }, { name: 'b:1', types: ['Stock'] })
      remember()
      replica.upsert({ name: 'a:1', run: 2 })
      remember()
      replica.cordon('b:1')
      remember()
      replica.remove('a:1', replica.epochOf('a:1'))
      remember()
      const { atMs } = replica
      replica.run({ kind: 'settings', atMs, settings: { factor: 50 } })
      remember()
      replica.upsert({ name: 'c:1' })
      remember()
      for (const disseminated of [0, 2, 5]) {
        if (disseminated > 0) replica.disseminate(disseminated)
        const { namespace } = replica
        for (const [generation, table] of tables) {
          const there = generation >= disseminated
          expect(namespace.digestAt(generation)).toBe(there ? table.digest : undefined)
          const found = namespace.tableAt(generation)
          expect(found?.digest).toBe(there ? table.digest : undefined)
          if (found === undefined) continue
          expect([found.generation, found.factor]).toEqual([generation, table.factor])
          expect([...found.list()]).toEqual([...table.list()])
        }
        expect(namespace.tableAt(namespace.newest)).toBe(namespace.newestTable)
        expect(namespace.tableAt(disseminated)).toBe(namespace.table)
        for (const generation of [-1, 7, 0.5]) {
          expect(namespace.tableAt(generation)).toBeUndefined()
          expect(namespace.digestAt(generation)).toBeUndefined()
        }
      }
    })

    test('a difference takes a holder of the disseminated table to any later one', () => {
      replica.upsert({ name: 'a:1' })
      replica.disseminate(1)
      replica.upsert({ name: 'b:1' })
      replica.upsert({ name: 'a:1', run: 2 })
      const { table } = replica.namespace
      for (const generation of [2, 3]) {
        const to = replica.namespace.tableAt(generation)!
        expect(applyChange(table, difference(table, to)).digest).toBe(to.digest)
      }
    })

    test('no more than a limit of generations pile up: then upserts wait, removals go on', () => {
      let { newest } = replica.namespace
      for (let run = 1; newest < generationsAheadMax; run += 1) {
        newest = 1
        replica.upsert({ name: 'a:1', run })
        newest = replica.namespace.newest
      }
      const overloaded = { kind: 'refused', why: 'overloaded' }
      expect(replica.upsert({ name: 'a:1', run: 0 }, { name: 'b:1' })).toEqual([
        overloaded,
        overloaded,
      ])
      expect(replica.cordon('a:1').outcome).toBe('overloaded')
      expect(replica.upsert({ name: 'a:1', run: newest })[0]).toMatchObject({ changed: false })
      expect(replica.remove('a:1', replica.epochOf('a:1'))).toBe(true)
      expect(at()).toEqual([0, generationsAheadMax + 1])
      replica.disseminate(generationsAheadMax + 1)
      expect(replica.upsert({ name: 'b:1' })[0]?.kind).toBe('member')
    }, 60_000)
  })
})
