import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { components } from '../../src/api/openapi.generated.js'
import { BerthError } from '../../src/errors/berth-error.js'
import { get } from './support/api-client.js'
import { type ApiServer, startApi } from './support/api-server.js'
import { TestReplica } from './support/test-replica.js'

type Event = components['schemas']['Event']

let replica: TestReplica
let server: ApiServer

beforeAll(async () => {
  replica = await TestReplica.create()
  server = await startApi(replica)
  return () => server.app.close()
})

beforeEach(() => replica.begin())

async function events(query = ''): Promise<Event[]> {
  const { body } = await get(server, `/v1/events?${query}`)
  return body.items
}

const kinds = (list: readonly Event[]) => list.map(({ kind }) => kind)

describe('events', () => {
  beforeEach(() => {
    replica.join({ name: 'node1:5000' }, { name: 'node2:5000' })
    replica.leave('node1:5000', 'expired')
    replica.join({ namespace: 'other', name: 'node3:5000' })
    replica.disseminate()
  })

  test('come newest first, or oldest first when asked', async () => {
    const oldest = await events('order=oldest')
    expect(kinds(oldest)).toEqual([
      'genesis',
      'joined',
      'joined',
      'removed',
      'joined',
      'disseminated',
    ])
    expect(await events()).toEqual(oldest.toReversed())
  })

  test('tell index, generation, namespace, member, reason and time', async () => {
    const [removed] = await events('kind=removed')
    expect(removed).toMatchObject({
      index: 3,
      position: 0,
      namespace: 'default',
      generation: 2,
      kind: 'removed',
      member: 'node1:5000',
      reason: 'expired',
      at: '2026-11-20T12:00:02.000Z',
    })
    expect(removed?.detail).toMatchObject({ before: { epoch: 2 }, after: null })
  })

  test('are filtered by namespace, kind, member and index', async () => {
    expect(kinds(await events('namespace=other'))).toEqual(['joined'])
    expect(kinds(await events('member=node1:5000'))).toEqual(['removed', 'joined'])
    expect(kinds(await events('member=node1:5000&kind=joined'))).toEqual(['joined'])
    expect(kinds(await events('fromIndex=3&toIndex=4'))).toEqual(['joined', 'removed'])
    expect(await events('namespace=nobody')).toEqual([])
  })

  test.for(['newest', 'oldest'])('are paged, each once, %s first', async (order) => {
    const all = await events(`order=${order}`)
    for (let limit = 1; limit <= all.length + 1; limit += 1) {
      const paged: Event[] = []
      let query = `order=${order}&limit=${limit}`
      for (;;) {
        const { body } = await get(server, `/v1/events?${query}`)
        expect(body.items.length).toBeLessThanOrEqual(limit)
        paged.push(...body.items)
        if (body.next === null) break
        query = `order=${order}&limit=${limit}&cursor=${body.next}`
      }
      expect(paged).toEqual(all)
    }
  })

  test('show a gap, whatever the filters say', async () => {
    const gap = { index: 2, position: 0, kind: 'gap', generation: null, namespace: null }
    replica.stored = [
      { ...gap, member: null, reason: 'snapshot', atMs: replica.atMs, detail: { from: 1, to: 3 } },
      ...replica.stored.filter(({ index }) => index > 3),
    ]
    expect(kinds(await events('kind=disseminated'))).toEqual(['disseminated', 'gap'])
    expect(kinds(await events('namespace=other&member=node3:5000'))).toEqual(['joined', 'gap'])
  })

  test('wait for the projection to be as far as the state, unless stale will do', async () => {
    await events()
    await events('consistency=stale')
    expect(replica.eventQueries.map(({ projectedThrough }) => projectedThrough)).toEqual([
      replica.state.appliedIndex,
      0,
    ])
  })

  test('a cursor of another order or filter is refused', async () => {
    const { body } = await get(server, '/v1/events?limit=1')
    for (const other of ['order=oldest', 'kind=joined', 'fromIndex=1']) {
      const answer = await get(server, `/v1/events?limit=1&${other}&cursor=${body.next}`)
      expect(answer.status).toBe(400)
      expect(answer.body.code).toBe('invalid_request')
    }
  })

  test('are 503 when the state cannot be as new as asked', async () => {
    replica.failure = new BerthError('no_leader', 'No leader: ask with consistency=stale.')
    const { status, body } = await get(server, '/v1/events')
    expect(status).toBe(503)
    expect(body.code).toBe('no_leader')
  })
})

describe('rounds', () => {
  test('show the running one, whom it waits for, and recent ones with stragglers', async () => {
    replica.join({ name: 'node1:5000' })
    replica.running = {
      term: 1,
      from: 0,
      to: 1,
      elapsedMs: 120,
      deadlineMs: 10_000,
      hosts: 1,
      acknowledged: 0,
      waitingFor: [{ name: 'node1:5000', epoch: 2, losesKeys: false }],
    }
    replica.recent = [
      {
        term: 1,
        from: 0,
        to: 0,
        finishedAt: '2026-11-20T11:59:00.000Z',
        durationMs: 31,
        hosts: 5,
        stragglers: [{ name: 'node9:5000', epoch: 1 }],
      },
    ]
    const { status, body } = await get(server, '/v1/namespaces/default/rounds')
    expect(status).toBe(200)
    expect(body).toEqual({
      namespace: 'default',
      generation: 0,
      committed: 1,
      running: replica.running,
      recent: replica.recent,
    })
  })

  test('may be none', async () => {
    const { body } = await get(server, '/v1/namespaces/default/rounds')
    expect(body).toMatchObject({ running: null, recent: [] })
  })
})
