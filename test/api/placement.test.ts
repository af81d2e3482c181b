import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import { call, get } from './support/api-client.js'
import { type ApiServer, startApi } from './support/api-server.js'
import { defaultHost, TestReplica } from './support/test-replica.js'

let replica: TestReplica
let server: ApiServer

beforeAll(async () => {
  replica = await TestReplica.create()
  server = await startApi(replica)
  return () => server.app.close()
})

beforeEach(() => replica.begin())

const hosts = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `10.0.0.${i + 1}:5000` }))

describe('namespaces', () => {
  test('default exists at generation 0 before anybody joined', async () => {
    const { status, body } = await get(server, '/v1/namespaces/default')
    expect(status).toBe(200)
    expect(body).toMatchObject({ name: 'default', generation: 0, committed: 0, members: 0 })
  })

  test('a namespace tells what is disseminated and what is committed', async () => {
    replica.join(...hosts(3))
    replica.disseminate()
    replica.leave('10.0.0.1:5000')
    const { body } = await get(server, '/v1/namespaces/default')
    expect(body).toEqual({
      name: 'default',
      generation: 1,
      committed: 2,
      digest: replica.state.namespace('default')?.table.digest,
      members: 2,
    })
  })

  test('a namespace that never had a member is 404', async () => {
    for (const path of ['', '/members', '/table', '/rounds', '/diff?from=0']) {
      const { status, body } = await get(server, `/v1/namespaces/nobody${path}`)
      expect(status).toBe(404)
      expect(body).toMatchObject({ code: 'not_found', detail: expect.stringContaining('nobody') })
    }
  })

  test('the list is paged by name, each namespace once', async () => {
    const names = Array.from({ length: 7 }, (_, i) => `ns-${i}`)
    for (const namespace of names) replica.join({ namespace, name: '10.0.0.1:5000' })
    const pages: string[][] = []
    let path = '/v1/namespaces?limit=3'
    for (;;) {
      const { body } = await get(server, path)
      pages.push(body.items.map(({ name }: { name: string }) => name))
      if (body.next === null) break
      path = `/v1/namespaces?limit=3&cursor=${body.next}`
    }
    expect(pages.map((page) => page.length)).toEqual([3, 3, 2])
    expect(pages.flat()).toEqual(['default', ...names])
  })

  test('a full last page has no page after it', async () => {
    replica.join({ namespace: 'other', name: '10.0.0.1:5000' })
    const { body } = await get(server, '/v1/namespaces?limit=2')
    expect(body.items).toHaveLength(2)
    expect(body.next).toBeNull()
  })
})

describe('members', () => {
  test('a member is shown as committed', async () => {
    replica.join({ name: '10.0.0.1:5000' })
    const path = '/v1/namespaces/default/members/10.0.0.1:5000'
    const joined = await get(server, path)
    expect(joined.body).toEqual({
      name: '10.0.0.1:5000',
      instance: defaultHost.instance,
      appId: 'shop',
      types: ['Cart', 'Order'],
      epoch: 2,
      level: 1,
      generation: 1,
      admittedAt: '2026-11-20T12:00:01.000Z',
      cordoned: false,
      disseminated: false,
    })
    replica.disseminate()
    expect((await get(server, path)).body.disseminated).toBe(true)
  })

  test('a restarted member is not in the disseminated table under its new epoch', async () => {
    replica.join({ name: '10.0.0.1:5000' })
    replica.disseminate()
    replica.join({ name: '10.0.0.1:5000', instance: 'bbbbbbbb-0000-4000-8000-000000000002' })
    const { body } = await get(server, '/v1/namespaces/default/members/10.0.0.1:5000')
    expect(body).toMatchObject({ epoch: 4, disseminated: false })
  })

  test('a member whose name is an IPv6 address is found by it', async () => {
    replica.join({ name: '[fd00::1]:5000' })
    for (const name of ['[fd00::1]:5000', '%5Bfd00%3A%3A1%5D%3A5000']) {
      const { status } = await get(server, `/v1/namespaces/default/members/${name}`)
      expect(status).toBe(200)
    }
  })

  test('who is no member is 404', async () => {
    const { status, body } = await get(server, '/v1/namespaces/default/members/10.0.0.9:5000')
    expect(status).toBe(404)
    expect(body.code).toBe('not_found')
  })

  test('the list is paged by name and goes on behind a member that left meanwhile', async () => {
    replica.join(...hosts(5))
    const first = await get(server, '/v1/namespaces/default/members?limit=2')
    expect(first.body.items.map(({ name }: { name: string }) => name)).toEqual([
      '10.0.0.1:5000',
      '10.0.0.2:5000',
    ])
    replica.leave('10.0.0.2:5000')
    const second = await get(
      server,
      `/v1/namespaces/default/members?limit=3&cursor=${first.body.next}`,
    )
    expect(second.body.items.map(({ name }: { name: string }) => name)).toEqual([
      '10.0.0.3:5000',
      '10.0.0.4:5000',
      '10.0.0.5:5000',
    ])
    expect(second.body).toMatchObject({ next: null, generation: 0, committed: 2 })
  })

  test('the list is filtered by type, app and cordon', async () => {
    replica.join(
      { name: '10.0.0.1:5000', types: ['A'] },
      { name: '10.0.0.2:5000', types: ['A', 'B'], appId: 'mail' },
      { name: '10.0.0.3:5000', types: ['B'] },
    )
    const { atMs } = replica
    replica.apply({
      kind: 'cordon',
      atMs,
      namespace: 'default',
      name: '10.0.0.3:5000',
      cordoned: true,
    })
    const names = async (filter: string) => {
      const { body } = await get(server, `/v1/namespaces/default/members?${filter}`)
      return body.items.map(({ name }: { name: string }) => name.split(':')[0])
    }
    expect(await names('type=A')).toEqual(['10.0.0.1', '10.0.0.2'])
    expect(await names('type=B&appId=mail')).toEqual(['10.0.0.2'])
    expect(await names('cordoned=true')).toEqual(['10.0.0.3'])
    expect(await names('cordoned=false&type=B')).toEqual(['10.0.0.2'])
    expect(await names('type=C')).toEqual([])
  })

  test('a filter that few pass gives short pages, and finds them all', async () => {
    for (let block = 0; block < 3; block += 1) {
      const names = Array.from({ length: 5_000 }, (_, i) => `10.${block}.${i >> 8}.${i & 255}:1`)
      replica.join(...names.map((name) => ({ name })))
    }
    replica.join({ name: 'z:1', appId: 'rare' })
    const first = await get(server, '/v1/namespaces/default/members?appId=rare')
    expect(first.body.items).toEqual([])
    const next = `/v1/namespaces/default/members?appId=rare&cursor=${first.body.next}`
    const second = await get(server, next)
    expect(second.body.items).toMatchObject([{ name: 'z:1' }])
    expect(second.body.next).toBeNull()
  })

  test('a cursor does not go with other filters', async () => {
    replica.join(...hosts(3))
    const { body } = await get(server, '/v1/namespaces/default/members?limit=1')
    const other = `/v1/namespaces/default/members?limit=1&appId=x&cursor=${body.next}`
    const answer = await get(server, other)
    expect(answer.status).toBe(400)
    expect(answer.body.code).toBe('invalid_request')
    const longer = `/v1/namespaces/default/members?limit=2&cursor=${body.next}`
    expect((await get(server, longer)).status).toBe(200)
  })
})

describe('eviction and cordon', () => {
  const path = '/v1/namespaces/default/members/10.0.0.1:5000'

  test('an evicted member is out, and its name is refused for as long as was said', async () => {
    replica.join(...hosts(2))
    const { status, body } = await call(server, 'DELETE', `${path}?refuseMs=60000`)
    expect(status).toBe(200)
    expect(body).toEqual({ index: 3, term: 1, changed: true, generation: 2 })
    expect((await get(server, path)).status).toBe(404)
    expect(replica.requests[0]).toEqual({
      request: { kind: 'evict', namespace: 'default', name: '10.0.0.1:5000', refuseMs: 60_000 },
      options: {
        ...{ idempotencyKey: null, forward: true },
        by: {
          ...{ credential: '', role: '', address: '127.0.0.1' },
          ...{ operation: 'evictMember', request: expect.stringMatching(/./) },
        },
      },
    })
    expect(replica.join({ name: '10.0.0.1:5000' })).toMatchObject({
      hosts: [{ kind: 'refused', why: 'evicted' }],
    })
  })

  test('without a time the name may come back at once', async () => {
    replica.join(...hosts(1))
    await call(server, 'DELETE', path)
    expect(replica.join({ name: '10.0.0.1:5000' })).toMatchObject({ hosts: [{ kind: 'member' }] })
  })

  test.for(['-1', '1.5', 'soon', '2592000001'])('a time of "%s" is 400', async (refuseMs) => {
    const { status } = await call(server, 'DELETE', `${path}?refuseMs=${refuseMs}`)
    expect(status).toBe(400)
    expect(replica.requests).toEqual([])
  })

  test('evicting who is no member is 404', async () => {
    const { status, body } = await call(server, 'DELETE', path)
    expect(status).toBe(404)
    expect(body.code).toBe('not_found')
  })

  test('a cordoned member shows it until it is uncordoned', async () => {
    replica.join(...hosts(2))
    const cordoned = await call(server, 'POST', `${path}/cordon`)
    expect(cordoned.body).toMatchObject({ changed: true, generation: 2 })
    expect((await get(server, path)).body.cordoned).toBe(true)
    const again = await call(server, 'POST', `${path}/cordon`)
    expect(again.body).toMatchObject({ changed: false, generation: 2 })
    const uncordoned = await call(server, 'POST', `${path}/uncordon`)
    expect(uncordoned.body).toMatchObject({ changed: true, generation: 3 })
    expect((await get(server, path)).body.cordoned).toBe(false)
  })

  test('cordoning in a namespace that is not there is 404', async () => {
    const { status } = await call(server, 'POST', `${path.replace('default', 'nobody')}/cordon`)
    expect(status).toBe(404)
  })

  test('a retry with the same Idempotency-Key gets the first result', async () => {
    replica.join(...hosts(1))
    const headers = { 'Idempotency-Key': 'evict-1' }
    const first = await call(server, 'DELETE', path, { headers })
    const retry = await call(server, 'DELETE', path, { headers })
    expect(retry).toMatchObject({ status: 200, body: first.body })
    expect(replica.requests.map(({ options }) => options.idempotencyKey)).toEqual([
      'evict-1',
      'evict-1',
    ])
  })

  test('a key of 128 characters is taken', async () => {
    const headers = { 'Idempotency-Key': `!${'~'.repeat(127)}` }
    await call(server, 'POST', `${path}/cordon`, { headers })
    expect(replica.requests).toHaveLength(1)
  })
})

describe('a write that the leader does not do', () => {
  const write = (query = '') =>
    call(server, 'POST', `/v1/namespaces/default/members/10.0.0.1:5000/cordon${query}`)

  test('is forwarded by a follower', async () => {
    replica.leader = 2
    expect((await write()).status).toBe(200)
  })

  test('comes back with the address of the leader when it asks for that', async () => {
    replica.leader = 2
    const { status, body } = await write('?forward=false')
    expect(status).toBe(421)
    expect(body).toMatchObject({
      code: 'not_leader',
      leader: { id: 2, address: 'http://127.0.0.1:7401' },
    })
  })

  test('is done by the leader itself when it asks for no forwarding', async () => {
    expect((await write('?forward=false')).status).toBe(200)
  })

  test('is 503 while there is no leader, with when to come back', async () => {
    replica.leader = null
    const { status, headers, body } = await write()
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('1')
    expect(body).toMatchObject({ code: 'no_leader', retryable: true })
  })

  test.for([
    ['timeout', 504],
    ['overloaded', 503],
    ['conflict', 409],
    ['unavailable', 503],
  ] as const)('is answered as %s', async ([code, expected]) => {
    replica.failure = new BerthError(code, 'What there is to say about it.')
    const { status, body } = await write()
    expect(status).toBe(expected)
    expect(body).toMatchObject({ code, detail: 'What there is to say about it.' })
  })

  test('because of a bug is 500, says nothing of the inside and logs the cause', async () => {
    replica.failure = new TypeError('secret of the inside')
    const { status, body } = await write()
    expect(status).toBe(500)
    expect(JSON.stringify(body)).not.toContain('secret')
    const [, requestId] = /under (\S+)\./.exec(body.detail) ?? []
    const record = server.logs.find((entry) => JSON.stringify(entry).includes('secret'))
    expect(record).toMatchObject({ reqId: requestId, level: 50 })
  })
})

describe('consistency', () => {
  test.for([
    ['', 'default'],
    ['?consistency=stale', 'stale'],
    ['?consistency=default', 'default'],
    ['?consistency=consistent', 'consistent'],
  ] as const)('%s reads %s', async ([query, consistency]) => {
    for (const path of [
      '/v1/namespaces',
      '/v1/namespaces/default',
      '/v1/namespaces/default/members',
      '/v1/namespaces/default/table',
      '/v1/namespaces/default/rounds',
      '/v1/events',
      '/v1/settings',
    ]) {
      expect((await get(server, path + query)).status).toBe(200)
    }
    expect(replica.reads).toEqual(Array(7).fill(consistency))
  })

  test('a read that cannot be as new as asked is 503', async () => {
    replica.failure = new BerthError('no_leader', 'No leader: ask with consistency=stale.')
    const { status, body } = await get(server, '/v1/namespaces/default/table')
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'no_leader', detail: expect.stringContaining('stale') })
  })
})

describe('before the cluster has begun', () => {
  test.for([
    '/v1/namespaces',
    '/v1/namespaces/default',
    '/v1/namespaces/default/members',
    '/v1/namespaces/default/members/10.0.0.1:5000',
    '/v1/namespaces/default/table',
    '/v1/namespaces/default/types/Order/table',
    '/v1/namespaces/default/diff?from=0',
    '/v1/namespaces/default/actors/Order/1',
    '/v1/namespaces/default/rounds',
    '/v1/settings',
  ])('%s is 503', async (path) => {
    replica.state = (await TestReplica.createEmpty()).state
    const { status, body } = await get(server, path)
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'unavailable', detail: expect.stringContaining('begun') })
  })
})

describe('an empty namespace', () => {
  test('is forgotten on request, and 404 from then on', async () => {
    replica.join({ name: 'a:1', namespace: 'blue' })
    const path = '/v1/namespaces/blue'
    expect((await call(server, 'DELETE', path)).status).toBe(409)
    const { atMs, term } = replica
    replica.apply({ kind: 'cordon', atMs, namespace: 'blue', name: 'b:1', cordoned: true })
    replica.leave('a:1', 'left', 'blue')
    replica.apply({ kind: 'disseminated', atMs, term, namespace: 'blue', generation: 2 })
    expect((await get(server, path)).status).toBe(200)
    const { status, body } = await call(server, 'DELETE', path)
    expect([status, body.changed, body.generation]).toEqual([200, true, null])
    expect(replica.requests.at(-1)?.request).toEqual({ kind: 'drop', namespace: 'blue' })
    expect((await get(server, path)).status).toBe(404)
  })
})
