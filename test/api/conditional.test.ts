import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
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
const _newest = () => replica.state.namespace('default')!.newestTable

describe('an entity tag', () => {
  const paths = [
    base,
    `${base}/members`,
    `${base}/members/node1:5000`,
    `${base}/table`,
    `${base}/types/Order/table`,
    `${base}/diff?from=1`,
    `${base}/actors/Order/1`,
  ]

  test.for(paths)('of %s spares the body until something in it changes', async (path) => {
    replica.join(...nodes(1))
    replica.disseminate()
    const first = await get(server, path)
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^"1-[0-9a-f]{16}"$/)
    expect(first.headers.get('cache-control')).toBe('no-cache')

    const same = await get(server, path, { 'If-None-Match': tag })
    expect(same).toMatchObject({ status: 304, body: '' })
    expect(same.headers.get('etag')).toBe(tag)
    expect((await get(server, path, { 'If-None-Match': `"x", W/${tag}` })).status).toBe(304)

    // Another member is committed: the generation that is shown is the same, the body is not.
    replica.join({ name: 'node1:5000', instance: 'bbbbbbbb-0000-4000-8000-000000000002' })
    const changed = await get(server, path, { 'If-None-Match': tag })
    expect(changed.status).toBe(200)
    expect(changed.headers.get('etag')).not.toBe(tag)
    expect(changed.body).not.toEqual(first.body)
  })

  test('differs between lineages that have the same generations', async () => {
    replica.join(...nodes(1))
    replica.disseminate()
    const before = await Promise.all(paths.map((path) => get(server, path)))
    const { origin } = replica.state
    Object.defineProperty(replica.state, 'origin', {
      value: { ...origin, lineage: replica.lineage.replace('1', '2') },
    })
    const after = await Promise.all(paths.map((path) => get(server, path)))
    for (const [i, answer] of after.entries()) {
      expect(answer.headers.get('etag')).not.toBe(before[i]?.headers.get('etag'))
    }
  })

  test('is given by HEAD without the body', async () => {
    replica.join(...nodes(1))
    const response = await fetch(`${server.url}${base}/table`, { method: 'HEAD' })
    const { headers } = await get(server, `${base}/table`)
    expect(response.status).toBe(200)
    expect(response.headers.get('etag')).toBe(headers.get('etag'))
    expect(await response.text()).toBe('')
  })
})
