import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import { defaultSettings, type Settings } from '../../src/fsm/settings.js'
import { checkSettings } from '../../src/fsm/settings-check.js'
import { call, get, openapi } from './support/api-client.js'
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

const asked = () => replica.requests.at(-1)?.request

describe('the cluster', () => {
  test('is shown with its names, settings and replicas', async () => {
    const { status, body } = await get(server, '/v1/cluster')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      name: 'berth',
      lineage: replica.lineage,
      settings: defaultSettings,
      status: { answeredBy: 1, leader: 1, term: 1, alarms: [], level: { active: 1, waitsFor: [] } },
    })
    expect(body.status.replicas).toHaveLength(3)
    expect(body.status.replicas[1]).toEqual({
      id: 2,
      role: 'follower',
      membership: 'voter',
      term: 1,
      commit: 1,
      applied: 1,
      lag: 0,
      digest: replica.state.digest,
      lastContactMs: 20,
      version: '0.1.0',
      levels: { oldest: 1, newest: 1 },
      postgres: { writable: true, version: '18.4', commitMs: 0.4 },
      addresses: { api: 'http://127.0.0.1:7401', peer: '127.0.0.1:7411' },
    })
  })

  test.each(['default', 'consistent'])(
    'is shown without a leader, and marked (%s)',
    async (how) => {
      replica.leader = null
      replica.failure = new BerthError('no_leader', 'No leader is known now.')
      const { status, body } = await get(server, `/v1/cluster?consistency=${how}`)
      expect(status).toBe(200)
      expect(body).toMatchObject({ name: 'berth', confirmed: false, status: { leader: null } })
    },
  )

  test('is not confirmed by anybody where what is here was asked for', async () => {
    expect((await get(server, '/v1/cluster?consistency=stale')).body.confirmed).toBe(false)
    expect((await get(server, '/v1/cluster')).body.confirmed).toBe(true)
  })

  test('is shown before it has begun', async () => {
    replica.state = (await TestReplica.createEmpty()).state
    const { status, body } = await get(server, '/v1/cluster')
    expect(status).toBe(200)
    const settings = { ...defaultSettings, levelMax: 1 }
    expect(body).toMatchObject({ name: null, lineage: null, settings })
  })
})

describe('replicas', () => {
  test('one is added as a voter unless it is to be a learner', async () => {
    const path = '/v1/cluster/replicas'
    const peer = 'replica-4.example:7410'
    const voter = await call(server, 'POST', path, { body: { id: 4, peer } })
    expect(voter).toMatchObject({ status: 200, body: { changed: true, generation: null } })
    expect(asked()).toEqual({ kind: 'add-replica', id: 4, peer, membership: 'voter' })
    await call(server, 'POST', path, { body: { id: 5, peer, membership: 'learner' } })
    expect(asked()).toEqual({ kind: 'add-replica', id: 5, peer, membership: 'learner' })
  })

  test('one is removed', async () => {
    const { status } = await call(server, 'DELETE', '/v1/cluster/replicas/3')
    expect(status).toBe(200)
    expect(asked()).toEqual({ kind: 'remove-replica', id: 3 })
  })

  test('a learner is promoted', async () => {
    const { status } = await call(server, 'POST', '/v1/cluster/replicas/3/promote')
    expect(status).toBe(200)
    expect(asked()).toEqual({ kind: 'promote-replica', id: 3 })
  })

  test('several are changed at once, and a joint configuration is left', async () => {
    const changes = [
      { id: 4, membership: 'voter', peer: 'replica-4.example:7410' },
      { id: 1, membership: 'none' },
    ]
    const path = '/v1/cluster/changes'
    const several = await call(server, 'POST', path, { body: { changes, leave: 'explicit' } })
    expect(several).toMatchObject({ status: 200, body: { changed: true } })
    expect(asked()).toEqual({ kind: 'change-replicas', changes, leave: 'explicit' })
    await call(server, 'POST', path, { body: { changes } })
    expect(asked()).toEqual({ kind: 'change-replicas', changes, leave: 'auto' })
    expect(await call(server, 'POST', `${path}/leave`)).toMatchObject({ status: 200 })
    expect(asked()).toEqual({ kind: 'leave-joint' })
    for (const wrong of [{ changes: [] }, { changes: [{ id: 4 }] }, { changes, leave: 'never' }]) {
      expect((await call(server, 'POST', path, { body: wrong })).status).toBe(400)
    }
  })

  test.for(['0', '-1', 'x', '4294967296', '1.5'])('there is no replica "%s"', async (id) => {
    for (const [method, end] of [
      ['DELETE', ''],
      ['POST', '/promote'],
    ] as const) {
      const { status } = await call(server, method, `/v1/cluster/replicas/${id}${end}`)
      expect(status).toBe(400)
    }
    expect(replica.requests).toEqual([])
  })

  test.for([
    ['DELETE', '/v1/cluster/replicas/9', 'not_found', 404],
    ['POST', '/v1/cluster/replicas/3/promote', 'conflict', 409],
    ['POST', '/v1/cluster/replicas/9/promote', 'not_found', 404],
    ['POST', '/v1/cluster/transfer', 'conflict', 409],
    ['POST', '/v1/cluster/snapshot', 'conflict', 409],
  ] as const)('%s %s may be %s', async ([method, path, code, status]) => {
    replica.failure = new BerthError(code, 'What there is to say about it.')
    expect(await call(server, method, path)).toMatchObject({ status, body: { code } })
  })

  test('an id that was used before is 409', async () => {
    replica.failure = new BerthError('conflict', 'Replica 4 was removed: take a new id.')
    const body = { id: 4, peer: '10.0.0.4:7410' }
    const answer = await call(server, 'POST', '/v1/cluster/replicas', { body })
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })

  test('leadership is handed to the one that was named, or to the best', async () => {
    await call(server, 'POST', '/v1/cluster/transfer', { body: { to: 2 } })
    expect(asked()).toEqual({ kind: 'transfer', to: 2 })
    for (const body of [undefined, {}]) {
      const { status } = await call(server, 'POST', '/v1/cluster/transfer', { body })
      expect(status).toBe(200)
      expect(asked()).toEqual({ kind: 'transfer', to: null })
    }
  })

  test('a snapshot is taken by the replica that is asked, leader or not', async () => {
    replica.leader = 2
    const { status } = await call(server, 'POST', '/v1/cluster/snapshot')
    expect(status).toBe(200)
    expect(replica.requests).toEqual([
      {
        request: { kind: 'snapshot' },
        options: {
          ...{ idempotencyKey: null, forward: false },
          by: expect.objectContaining({ operation: 'takeSnapshot' }),
        },
      },
    ])
  })

  test.for([
    ['DELETE', '/v1/cluster/replicas/3'],
    ['POST', '/v1/cluster/replicas/3/promote'],
    ['POST', '/v1/cluster/transfer'],
    ['DELETE', '/v1/namespaces/default/members/node1:5000'],
    ['POST', '/v1/namespaces/default/members/node1:5000/uncordon'],
  ] as const)('%s %s is not forwarded when it asks for that', async ([method, path]) => {
    replica.leader = 3
    const { status, body } = await call(server, method, `${path}?forward=false`)
    expect(status).toBe(421)
    expect(body.leader).toEqual({ id: 3, address: 'http://127.0.0.1:7402' })
  })
})

describe('settings', () => {
  test('are shown, with an entity tag', async () => {
    const { status, body, headers } = await get(server, '/v1/settings')
    expect(status).toBe(200)
    expect(body).toEqual(defaultSettings)
    const tag = { 'If-None-Match': headers.get('etag') ?? '' }
    expect((await get(server, '/v1/settings', tag)).status).toBe(304)
    replica.apply({ kind: 'settings', atMs: replica.atMs, settings: { coalesceMs: 60 } })
    expect((await get(server, '/v1/settings', tag)).status).toBe(200)
  })

  test('are changed one by one', async () => {
    const body = { coalesceMs: 70 }
    const answer = await call(server, 'PATCH', '/v1/settings', { body })
    expect(answer).toMatchObject({ status: 200, body: { changed: true, generation: null } })
    expect((await get(server, '/v1/settings')).body).toEqual({ ...defaultSettings, ...body })
  })

  test('that do not go together are 400, with the inequality', async () => {
    const body = { fenceAfterMs: 20_000 }
    const answer = await call(server, 'PATCH', '/v1/settings', { body })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject({
      code: 'invalid_request',
      detail: expect.stringContaining('hostTimeoutMs is 8000, at least'),
    })
  })

  test.for([
    [{ factor: 0 }, '/factor'],
    [{ factor: 10_001 }, '/factor'],
    [{ factor: '100' }, '/factor'],
    [{ roundDeadlineMs: 999 }, '/roundDeadlineMs'],
    [{ roundDeadlineMs: 300_001 }, '/roundDeadlineMs'],
    [{ heartbeatMs: 1.5 }, '/heartbeatMs'],
    [{ driftPpm: null }, '/driftPpm'],
    [{ hash: 'md5' }, ''],
  ] as const)('%j is 400', async ([body, at]) => {
    const answer = await call(server, 'PATCH', '/v1/settings', { body })
    expect(answer.status).toBe(400)
    expect(answer.body.errors[0]).toMatchObject({ in: 'body', at })
    expect(replica.requests).toEqual([])
  })

  test('have the ranges in the contract that the state machine has', () => {
    const { properties } = openapi.components.schemas.Settings as {
      properties: Record<keyof Settings, { minimum: number; maximum: number }>
    }
    const outOfRange = (settings: Settings) =>
      checkSettings(settings).some(({ inequality }) => inequality === 'range')
    expect(Object.keys(properties).sort()).toEqual(Object.keys(defaultSettings).sort())
    for (const [name, { minimum, maximum }] of Object.entries(properties)) {
      for (const inside of [minimum, maximum]) {
        expect(outOfRange({ ...defaultSettings, [name]: inside })).toBe(false)
      }
      for (const outside of [minimum - 1, maximum + 1]) {
        expect(outOfRange({ ...defaultSettings, [name]: outside })).toBe(true)
      }
    }
  })
})
