import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Table } from '../../src/table/table.js'
import { get } from './support/api-client.js'
import { type ApiServer, startApi } from './support/api-server.js'
import { TestReplica } from './support/test-replica.js'

let replica: TestReplica
let server: ApiServer

beforeAll(async () => {
  replica = await TestReplica.create()
  server = await startApi(replica)
  return () => server.app.close()
})

beforeEach(() => replica.begin())

const base = '/v1/namespaces/default'
const nodes = (...numbers: number[]) => numbers.map((n) => ({ name: `node${n}:5000` }))
const newest = () => replica.state.namespace('default')!.newestTable

describe('the table', () => {
  test('of an empty namespace is generation 0', async () => {
    const { status, body } = await get(server, `${base}/table`)
    expect(status).toBe(200)
    expect(body).toEqual({
      namespace: 'default',
      lineage: replica.lineage,
      generation: 0,
      disseminated: 0,
      committed: 0,
      digest: newest().digest,
      factor: 100,
      level: 1,
      hash: 'blake2b512-le64',
      typeSets: [],
      members: [],
    })
  })

  test('is the last disseminated one, and names the newest as committed', async () => {
    replica.join(...nodes(1, 2))
    replica.disseminate()
    replica.join({ name: 'node3:5000', types: ['Order'] })
    const { body } = await get(server, `${base}/table`)
    expect(body).toMatchObject({ generation: 1, disseminated: 1, committed: 2 })
    expect(body.typeSets).toEqual([{ id: 1, types: ['Cart', 'Order'] }])
    expect(body.members).toEqual([
      { name: 'node1:5000', epoch: 2, appId: 'shop', types: 1, cordoned: false },
      { name: 'node2:5000', epoch: 2, appId: 'shop', types: 1, cordoned: false },
    ])
  })

  test('is given for any generation up to the newest', async () => {
    replica.join(...nodes(1))
    replica.disseminate()
    replica.join(...nodes(2))
    replica.join({ name: 'node3:5000', types: ['Order'] })
    for (const [generation, members] of [
      [1, 1],
      [2, 2],
      [3, 3],
    ] as const) {
      const { body } = await get(server, `${base}/table?generation=${generation}`)
      expect(body).toMatchObject({ generation, disseminated: 1, committed: 3 })
      expect(body.members).toHaveLength(members)
    }
  })

  test('above the newest generation is 404', async () => {
    replica.join(...nodes(1))
    const { status, body } = await get(server, `${base}/table?generation=2`)
    expect(status).toBe(404)
    expect(body).toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining('newest is 1'),
    })
  })

  test('has members and no virtual nodes', async () => {
    replica.join(...nodes(1, 2, 3))
    replica.disseminate()
    const { body } = await get(server, `${base}/table`)
    expect(JSON.stringify(body).length).toBeLessThan(700)
  })
})

describe('a past table', () => {
  /** Every generation's table as it was, by generation. */
  function history(): Map<number, Table> {
    const tables = new Map([[0, newest()]])
    const keep = () => tables.set(newest().generation, newest())
    const { term } = replica
    for (let round = 1; round <= 12; round += 1) {
      replica.join(...nodes(round, round + 100))
      keep()
      if (round % 3 === 0) {
        replica.leave(`node${round - 1}:5000`)
        keep()
        const cordoned = { namespace: 'default', name: `node${round}:5000`, cordoned: true }
        replica.apply({ kind: 'cordon', atMs: replica.atMs, ...cordoned })
        keep()
        replica.join({ namespace: 'other', name: `node${round}:5000` })
      }
      if (round === 7) {
        replica.apply({ kind: 'settings', atMs: replica.atMs, settings: { factor: 50 } })
        keep()
      }
      if (round % 2 === 0) {
        const generation = newest().generation
        replica.apply({
          kind: 'disseminated',
          atMs: replica.atMs,
          term,
          namespace: 'default',
          generation,
        })
      }
    }
    replica.disseminate()
    return tables
  }

  test('is rebuilt from the events, whichever generation is asked for first', async () => {
    const tables = history()
    const generations = [...tables.keys()]
    for (const order of [generations, generations.toReversed()]) {
      const fresh = await startApi(replica)
      for (const generation of order) {
        const { status, body } = await get(fresh, `${base}/table?generation=${generation}`)
        expect(status).toBe(200)
        const table = tables.get(generation)!
        expect(body).toMatchObject({ generation, digest: table.digest, factor: table.factor })
        expect(body.members.map(({ name }: { name: string }) => name)).toEqual(
          Array.from(table.list(), ({ name }) => name),
        )
      }
      await fresh.app.close()
    }
  })

  test('waits for the projection to be as far as the state', async () => {
    history()
    await get(server, `${base}/table?generation=3`)
    expect(replica.eventQueries[0]).toMatchObject({
      namespace: 'default',
      projectedThrough: replica.state.appliedIndex,
    })
  })

  test('is remembered: stepping on reads no event twice', async () => {
    history()
    await get(server, `${base}/table?generation=5`)
    const queries = replica.eventQueries.length
    await get(server, `${base}/table?generation=5`)
    expect(replica.eventQueries).toHaveLength(queries)
    await get(server, `${base}/table?generation=4`)
    const last = replica.eventQueries.at(-1)
    expect(last?.toIndex).toBeLessThan(replica.state.appliedIndex)
  })

  test('is rebuilt across pages, an entry of many events cut in two included', async () => {
    const many = Array.from({ length: 700 }, (_, i) => ({ name: `10.1.${i >> 8}.${i & 255}:1` }))
    replica.join(...nodes(1))
    const before = newest()
    replica.join(...many)
    const between = newest()
    replica.leave('10.1.0.0:1')
    replica.join(...many.map(({ name }) => ({ name: name.replace('10.1', '10.2') })))
    replica.disseminate()
    const first = await get(server, `${base}/table?generation=1`)
    expect(first.body.digest).toBe(before.digest)
    expect(replica.eventQueries.map(({ limit }) => limit)).toEqual([1000, 1000])
    const second = await get(server, `${base}/table?generation=2`)
    expect(second.body.digest).toBe(between.digest)
  })

  test('whose events are gone is 410, and tells how far back the history goes', async () => {
    replica.join(...nodes(1))
    replica.join(...nodes(2))
    replica.join(...nodes(3))
    replica.join(...nodes(4))
    replica.disseminate()
    replica.stored = replica.stored.filter(({ generation }) => (generation ?? 9) > 2)
    // Its own events are gone, those that lead to it are not.
    expect((await get(server, `${base}/table?generation=2`)).status).toBe(200)
    const { status, body } = await get(server, `${base}/table?generation=1`)
    expect(status).toBe(410)
    expect(body).toMatchObject({
      code: 'compacted',
      detail: expect.stringContaining('that of generation 2'),
    })
  })

  test('behind a gap in the middle is 410 and never a wrong table', async () => {
    for (const n of [1, 2, 3, 4]) replica.join(...nodes(n))
    replica.disseminate()
    replica.stored = replica.stored.filter(({ generation }) => generation !== 3)
    expect((await get(server, `${base}/table?generation=3`)).status).toBe(200)
    for (const generation of [2, 1, 0]) {
      const { status, body } = await get(server, `${base}/table?generation=${generation}`)
      expect(status).toBe(410)
      expect(body.code).toBe('compacted')
    }
  })

  test('that does not give the digest of its events is 500 and never a wrong table', async () => {
    for (const n of [1, 2, 3]) replica.join(...nodes(n))
    replica.disseminate()
    const event = replica.stored.find(({ generation }) => generation === 3)
    const detail = event?.detail as { before: object | null; after: object }
    detail.before = { ...detail.after, epoch: 77 }
    for (const generation of [2, 1]) {
      const { status, body } = await get(server, `${base}/table?generation=${generation}`)
      expect(status).toBe(500)
      expect(body.code).toBe('storage_damaged')
    }
  })
})

describe('the difference of two generations', () => {
  test('names who came, went and changed', async () => {
    replica.join(...nodes(1, 2))
    replica.join({ name: 'node1:5000', instance: 'bbbbbbbb-0000-4000-8000-000000000002' })
    replica.leave('node2:5000')
    replica.join({ name: 'node3:5000', types: ['Mail'] })
    replica.disseminate()
    const { status, body } = await get(server, `${base}/diff?from=1`)
    expect(status).toBe(200)
    const member = { appId: 'shop', cordoned: false, types: ['Cart', 'Order'] }
    expect(body).toEqual({
      namespace: 'default',
      lineage: replica.lineage,
      from: 1,
      to: 4,
      factor: { from: 100, to: 100 },
      added: [{ ...member, name: 'node3:5000', epoch: 5, types: ['Mail'] }],
      removed: [{ ...member, name: 'node2:5000', epoch: 2 }],
      changed: [
        {
          before: { ...member, name: 'node1:5000', epoch: 2 },
          after: { ...member, name: 'node1:5000', epoch: 3 },
        },
      ],
    })
  })

  test('of a generation and itself is empty', async () => {
    replica.join(...nodes(1))
    const { body } = await get(server, `${base}/diff?from=1&to=1`)
    expect(body).toMatchObject({ added: [], removed: [], changed: [] })
  })

  test('shows a changed factor', async () => {
    replica.apply({ kind: 'settings', atMs: replica.atMs, settings: { factor: 7 } })
    const { body } = await get(server, `${base}/diff?from=0`)
    expect(body).toMatchObject({ from: 0, to: 1, factor: { from: 100, to: 7 } })
  })

  test('backwards is 400', async () => {
    replica.join(...nodes(1))
    const { status, body } = await get(server, `${base}/diff?from=1&to=0`)
    expect(status).toBe(400)
    expect(body).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining('below'),
    })
  })

  test('with a generation that is not there yet is 404', async () => {
    expect((await get(server, `${base}/diff?from=0&to=5`)).status).toBe(404)
    expect((await get(server, `${base}/diff?from=5`)).status).toBe(400)
  })
})

describe("a type's table", () => {
  test('has the hosts of the type, cordoned ones included', async () => {
    replica.join(...nodes(1), { name: 'node2:5000', types: ['Mail', 'Order'] })
    const { atMs } = replica
    const cordon = { namespace: 'default', name: 'node1:5000', cordoned: true }
    replica.apply({ kind: 'cordon', atMs, ...cordon })
    replica.disseminate()
    const { body } = await get(server, `${base}/types/Order/table`)
    expect(body).toEqual({
      namespace: 'default',
      type: 'Order',
      lineage: replica.lineage,
      generation: 2,
      committed: 2,
      factor: 100,
      hosts: [
        { host: 'node1:5000', appId: 'shop', epoch: 2, cordoned: true },
        { host: 'node2:5000', appId: 'shop', epoch: 2, cordoned: false },
      ],
    })
    const mail = await get(server, `${base}/types/Mail/table`)
    expect(mail.body.hosts).toHaveLength(1)
  })

  test('of a type that nobody offers is 404', async () => {
    const { status, body } = await get(server, `${base}/types/Order/table`)
    expect(status).toBe(404)
    expect(body.code).toBe('not_found')
  })

  test('of a type with a slash and a space in its name is found', async () => {
    replica.join({ name: 'node1:5000', types: ['a/b c'] })
    replica.disseminate()
    const { status, body } = await get(server, `${base}/types/a%2Fb%20c/table`)
    expect(status).toBe(200)
    expect(body.type).toBe('a/b c')
  })
})
