import { beforeEach, describe, expect, test } from 'vitest'
import type { Command } from '../../src/fsm/command.js'
import { pastTable } from '../../src/fsm/past-table.js'
import type { PlacementEvent } from '../../src/fsm/placement-event.js'
import { Table } from '../../src/table/table.js'
import { forSeeds } from '../table/seeds.js'
import { hostOf, instanceOf, lineage, Replica } from './replica.js'
import { randomCommand } from './workload.js'

describe('events:', () => {
  let replica: Replica
  beforeEach(async () => {
    replica = await Replica.begun()
  })

  const upsert = (...hosts: Parameters<typeof hostOf>[0][]) =>
    replica.run({
      kind: 'upsert',
      atMs: replica.atMs,
      term: replica.term,
      hosts: hosts.map(hostOf),
    }).events

  describe('the events of an entry', () => {
    test('say who joined, restarted, changed and was removed, and why', () => {
      const kinds = (events: readonly PlacementEvent[]) =>
        events.map(({ kind, member, reason }) => [kind, member, reason])
      expect(kinds(upsert({ name: 'a:1' }, { name: 'b:1' }))).toEqual([
        ['joined', 'a:1', null],
        ['joined', 'b:1', null],
      ])
      expect(kinds(upsert({ name: 'a:1', run: 2 }, { name: 'b:1', types: ['Stock'] }))).toEqual([
        ['restarted', 'a:1', 'replaced'],
        ['changed', 'b:1', 'replaced'],
      ])
      expect(kinds(upsert({ name: 'a:1', run: 2 }, { name: 'b:1', types: [] }))).toEqual([
        ['removed', 'b:1', 'left'],
      ])
      const { atMs, term } = replica
      const hosts = [
        {
          namespace: 'default',
          name: 'a:1',
          epoch: replica.epochOf('a:1'),
          reason: 'straggler' as const,
        },
      ]
      expect(kinds(replica.run({ kind: 'remove', atMs, term, hosts }).events)).toEqual([
        ['removed', 'a:1', 'straggler'],
      ])
    })

    test('carry index, position, generation, time, and what was before and after', () => {
      upsert({ name: 'a:1', types: ['Cart'] })
      const events = upsert({ name: 'b:1' }, { name: 'a:1', run: 2, types: ['Order', 'Cart'] })
      expect(events[1]).toEqual({
        index: 4,
        position: 1,
        namespace: 'default',
        generation: 2,
        kind: 'restarted',
        member: 'a:1',
        reason: 'replaced',
        atMs: replica.atMs,
        detail: {
          digest: replica.namespace.newestTable.digest,
          factor: 100,
          factorBefore: 100,
          level: 1,
          levelBefore: 1,
          before: {
            epoch: 3,
            instance: instanceOf(1),
            appId: 'app',
            cordoned: false,
            typeSet: 1,
            types: ['Cart'],
          },
          after: {
            epoch: 4,
            instance: instanceOf(2),
            appId: 'app',
            cordoned: false,
            typeSet: 2,
            types: ['Cart', 'Order'],
          },
        },
      })
      expect(events[0]).toMatchObject({ position: 0, kind: 'joined', detail: { before: null } })
    })

    test('tell of cordons, finished rounds, settings, leaders and the beginning', () => {
      const kinds = (events: readonly PlacementEvent[]) => events.map(({ kind }) => kind)
      upsert({ name: 'a:1' })
      const { atMs } = replica
      const of = { kind: 'cordon', atMs, namespace: 'default', name: 'a:1' } as const
      expect(kinds(replica.run({ ...of, cordoned: true }).events)).toEqual(['cordoned'])
      expect(kinds(replica.run({ ...of, cordoned: true }).events)).toEqual([])
      expect(kinds(replica.run({ ...of, cordoned: false }).events)).toEqual(['uncordoned'])
      expect(kinds(replica.run({ ...of, name: 'z:1', cordoned: true }).events)).toEqual([])
      const settings = replica.run({ kind: 'settings', atMs, settings: { factor: 5 } }).events
      expect(kinds(settings)).toEqual(['settings', 'factor'])
      expect(settings[1]).toMatchObject({
        position: 1,
        generation: 4,
        member: null,
        detail: { factorBefore: 100, factor: 5, before: null, after: null },
      })
      const { digest } = replica.namespace.newestTable
      const round = {
        kind: 'disseminated',
        atMs,
        term: 1,
        namespace: 'default',
        generation: 4,
      } as const
      expect(replica.run(round).events).toMatchObject([
        { kind: 'disseminated', generation: 4, detail: { digest, from: 0 } },
      ])
      replica.term = 2
      const lead = replica.run({ kind: 'lead', atMs, term: 2, replica: 3, key: 'x' }).events
      expect(lead).toMatchObject([{ kind: 'lead', namespace: null, detail: { replica: 3 } }])
      const fresh = new Replica(replica.context)
      fresh.begin()
      const [genesis] = fresh.entries
      const again = new Replica(replica.context)
      expect(again.apply(genesis!).events).toMatchObject([
        { kind: 'genesis', namespace: null, generation: null, detail: { lineage } },
      ])
    })

    test('are none where nothing was done', () => {
      upsert({ name: 'a:1' })
      expect(upsert({ name: 'a:1' })).toEqual([])
      expect(replica.apply({ kind: 'noop', data: new Uint8Array(0) }).events).toEqual([])
    })
  })

  describe('any past table', () => {
    test('can be rebuilt from the events alone, from nothing forward and from now backward', () => {
      forSeeds(12, (random) => {
        const other = new Replica(replica.context).begin()
        const tables = new Map([[0, other.namespace.newestTable]])
        const events: PlacementEvent[] = []
        for (let i = 0; i < 60; i += 1) {
          const applied = other.run(randomCommand(random, other))
          events.push(...(JSON.parse(JSON.stringify(applied.events)) as PlacementEvent[]))
          tables.set(other.namespace.newest, other.namespace.newestTable)
        }
        const { newest, newestTable } = other.namespace
        const own = random.shuffle(events.filter(({ namespace }) => namespace === 'default'))
        const empty = Table.empty(replica.context, { factor: 100, level: 1 })
        for (const [generation, table] of tables) {
          for (const known of [empty, newestTable, tables.get(random.below(newest + 1)) ?? empty]) {
            const past = pastTable(known, generation, own)
            expect(past.digest).toBe(table.digest)
            expect([...past.list()]).toEqual([...table.list()])
            expect([past.generation, past.factor]).toEqual([table.generation, table.factor])
          }
        }
      })
    })

    test('of an earlier life of a namespace is found, and none between two lives', async () => {
      const other = await Replica.begun()
      const events: PlacementEvent[] = []
      const run = (command: Command) => events.push(...other.run(command).events)
      const { atMs, term } = other
      const blue = () => other.state.namespace('blue')!
      const tables: Table[] = []
      for (let life = 0; life < 3; life += 1) {
        for (const name of ['a:1', 'b:1']) {
          run({ kind: 'upsert', atMs, term, hosts: [hostOf({ name, namespace: 'blue' })] })
          tables.push(blue().newestTable)
        }
        for (const { name, epoch } of [...blue().newestTable.list()]) {
          const hosts = [{ namespace: 'blue', name, epoch, reason: 'left' } as const]
          run({ kind: 'remove', atMs, term, hosts })
          tables.push(blue().newestTable)
        }
        const generation = blue().newest
        run({ kind: 'disseminated', atMs, term, namespace: 'blue', generation })
        expect(other.state.namespace('blue')).toBeUndefined()
        run({ kind: 'settings', atMs, settings: { factor: 50 + life } })
      }
      const own = events.filter(({ namespace }) => namespace === 'blue')
      const newest = other.state.namespaceOrEmpty('blue').table
      for (const table of tables) {
        for (const known of [
          newest,
          Table.empty(other.context, { factor: 100, level: 1 }),
          tables[2]!,
          tables.at(-2)!,
        ]) {
          const past = pastTable(known, table.generation, own)
          expect([past.digest, past.generation]).toEqual([table.digest, table.generation])
        }
      }
      const between = tables[3]!.generation + 1
      expect(between).toBeLessThan(tables[4]!.generation)
      const compacted = expect.objectContaining({ code: 'compacted' })
      expect(() => pastTable(tables.at(-1)!, between - 1, own.slice(6))).toThrow(compacted)
    })

    test('behind a gap in the events is not made up', () => {
      upsert({ name: 'a:1' })
      const events = upsert({ name: 'b:1' })
      const empty = Table.empty(replica.context, { factor: 100, level: 1 })
      expect(() => pastTable(empty, 2, events)).toThrow(
        expect.objectContaining({ code: 'compacted' }),
      )
      expect(() => pastTable(replica.namespace.newestTable, 0, events)).toThrow(
        expect.objectContaining({ code: 'compacted' }),
      )
      expect(pastTable(replica.namespace.newestTable, 1, events).size).toBe(1)
    })

    test('that does not have the digest in its events is refused', () => {
      const [event] = upsert({ name: 'a:1' })
      const { detail } = event!
      const wrong = [{ ...event!, detail: { ...(detail as object), digest: '0'.repeat(43) } }]
      const corrupt = expect.objectContaining({ code: 'storage_damaged' })
      expect(() =>
        pastTable(Table.empty(replica.context, { factor: 100, level: 1 }), 1, wrong),
      ).toThrow(corrupt)
      expect(() => pastTable(replica.namespace.newestTable, 0, wrong)).toThrow(corrupt)
    })
  })
})
