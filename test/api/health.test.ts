import { readFileSync } from 'node:fs'
import { Counter, Gauge } from 'prom-client'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { get, openapi } from './support/api-client.js'
import { type ApiServer, startApi } from './support/api-server.js'
import { request } from './support/raw-http.js'
import { TestReplica } from './support/test-replica.js'

let replica: TestReplica
let server: ApiServer

beforeAll(async () => {
  replica = await TestReplica.create()
  server = await startApi(replica)
  measureSome()
  return () => server.app.close()
})

beforeEach(() => replica.begin())

/** As a replica measures them. */
function measureSome(): void {
  const registers = [server.registry]
  new Gauge({ name: 'berth_raft_log_bytes', help: 'Log.', registers }).set(7)
  const labelNames = ['namespace'] as const
  new Gauge({ name: 'berth_table_members', help: 'Members.', labelNames, registers })
    .labels('default')
    .set(3)
}

describe('probes', () => {
  test('say ok in a word, and list each check when asked', async () => {
    for (const path of ['/livez', '/readyz']) {
      expect(await get(server, path)).toMatchObject({ status: 200, body: { ok: true } })
      expect((await get(server, path)).body).not.toHaveProperty('checks')
      for (const verbose of ['?verbose', '?verbose=', '?verbose=true', '?verbose=1']) {
        const { status, body } = await get(server, path + verbose)
        expect(status).toBe(200)
        expect(body.checks.length).toBeGreaterThan(0)
      }
      expect((await get(server, `${path}?verbose=false`)).body).not.toHaveProperty('checks')
    }
    const { body } = await get(server, '/readyz?verbose')
    expect(body.checks.map(({ name }: { name: string }) => name)).toEqual([
      'quorum',
      'postgres',
      'nats',
    ])
  })

  test('are 503 and name what is missing', async () => {
    const nats = { name: 'nats', ok: false, detail: 'no server at 127.0.0.1:7422 for 5 s' }
    const checks = [...replica.checks.ready.slice(0, 2), nats]
    replica.checks = { ...replica.checks, ready: checks }
    const { status, headers, body } = await get(server, '/readyz')
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('1')
    expect(body).toMatchObject({
      code: 'unavailable',
      detail: 'Not ready: nats (no server at 127.0.0.1:7422 for 5 s).',
    })
    expect(body).not.toHaveProperty('checks')
    expect((await get(server, '/readyz?verbose')).body.checks).toEqual(checks)
    expect((await get(server, '/livez')).status).toBe(200)
  })

  test('livez fails on its own when a restart would help', async () => {
    const live = [{ name: 'identity', ok: false, detail: 'identity lost' }]
    replica.checks = { ...replica.checks, live }
    expect((await get(server, '/livez')).status).toBe(503)
    expect((await get(server, '/readyz')).status).toBe(200)
  })
})

describe('probes by another name than those of the replica', () => {
  const ask = (path: string, host: string) => request(server.port, `GET ${path}`, { Host: host })

  test('are answered, by an address of a network before it as by its own', async () => {
    for (const host of ['203.0.113.9:7400', '[2001:db8::9]']) {
      const { status, body } = await ask('/readyz?verbose', host)
      expect([status, JSON.parse(body).checks.length]).toEqual([200, 3])
      const metrics = await ask('/metrics', host)
      expect(metrics.body).toContain('berth_table_members{namespace="default"}')
    }
  })

  test('are told no more than whether all is well, and numbers, by a name', async () => {
    const host = 'berth.lan:7400'
    for (const path of ['/livez?verbose', '/readyz?verbose']) {
      const { status, body } = await ask(path, host)
      expect([status, JSON.parse(body)]).toEqual([200, { ok: true }])
    }
    const failed = { name: 'database', ok: false, detail: 'Postgres 10.0.0.9:5432/shop is away' }
    replica.checks = { ...replica.checks, ready: [failed] }
    const unready = await ask('/readyz?verbose', host)
    expect(unready.status).toBe(503)
    expect(unready.body).not.toContain('10.0.0.9')
    expect(JSON.parse(unready.body).detail).toMatch(/^Not ready: ask by a name or address of this/)
    const { status, body } = await ask('/metrics', host)
    expect(status).toBe(200)
    expect(body).toContain('berth_raft_log_bytes 7')
    expect(body).not.toContain('namespace="')
  })

  test('are the only requests that are answered so', async () => {
    for (const path of ['/v1/cluster', '/', '/openapi.json', '/v1/namespaces', '/livez/x']) {
      for (const host of ['berth.lan:7400', '203.0.113.9']) {
        expect((await ask(path, host)).status).toBe(403)
      }
    }
    const post = await request(server.port, 'POST /livez', { Host: 'berth.lan' })
    expect(post.status).toBe(403)
  })
})

describe('metrics', () => {
  test('are in the text format, with those that others put into the registry', async () => {
    const counter = new Counter({
      name: 'berth_elections_total',
      help: 'Elections.',
      registers: [server.registry],
    })
    counter.inc(3)
    const { status, headers, body } = await get(server, '/metrics')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(body).toContain('berth_elections_total 3')
  })

  test('count requests by route, never by path, whatever is asked for', async () => {
    for (let i = 0; i < 50; i += 1) {
      await get(server, `/v1/namespaces/ns-${i}`)
      await get(server, `/nowhere/${i}`)
      await fetch(`${server.url}/v1/cluster`, { method: 'PROPFIND' })
    }
    const { body } = await get(server, '/metrics')
    const lines = (body as string).split('\n').filter((line) => line.includes('_count{'))
    expect(lines.filter((line) => line.includes('ns-'))).toEqual([])
    expect(lines).toContainEqual(
      expect.stringContaining('method="GET",route="/v1/namespaces/:namespace",status="404"'),
    )
    expect(lines).toContainEqual(
      expect.stringContaining('method="other",route="none",status="405"'),
    )
    expect(lines.length).toBeLessThan(20)
  })

  test('have names with their units', async () => {
    const metrics = await server.registry.getMetricsAsJSON()
    for (const { name, type } of metrics.filter(({ name }) => name.startsWith('berth_h'))) {
      if (String(type) === 'counter') expect(name).toMatch(/_total$/)
      if (String(type) === 'histogram') expect(name).toMatch(/_(seconds|bytes)$/)
    }
  })
})

describe('documents', () => {
  test('openapi.json is openapi.yaml', async () => {
    const { status, body } = await get(server, '/openapi.json')
    expect(status).toBe(200)
    expect(body).toEqual(openapi)
  })

  test('asyncapi.json is asyncapi.yaml', async () => {
    const file = readFileSync(new URL('../../asyncapi.yaml', import.meta.url), 'utf8')
    expect((await get(server, '/asyncapi.json')).body).toEqual(parse(file))
  })
})

describe('the page at /', () => {
  test('is HTML that says who this is, and whose links all work', async () => {
    replica.join({ name: 'node1:5000' })
    const { status, headers, body } = await get(server, '/')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(body).toContain('This is replica 1; replica 1 leads in term 1.')
    const links = [...(body as string).matchAll(/href="([^"]+)"/g)].map(([, href]) => href ?? '')
    expect(links).toContain('/v1/namespaces/default/table')
    expect(links).toContain('/openapi.json')
    for (const link of links) expect((await get(server, link)).status).toBe(200)
  })

  test('lists every operation', async () => {
    const { body } = await get(server, '/')
    for (const path of Object.keys(openapi.paths)) expect(body).toContain(`<code>${path}</code>`)
  })

  test('loads nothing and runs nothing', async () => {
    const { headers, body } = await get(server, '/')
    expect(body).not.toMatch(/<script|<link|<img|src=|https?:/)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('works without a leader', async () => {
    replica.leader = null
    expect((await get(server, '/')).body).toContain('no leader is known')
  })
})
