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
const newest = () => replica.state.namespace('default')!.newestTable

describe('where an actor is', () => {
  test('is what the published vectors say, for hosts node1 to node5 and factor 100', async () => {
    // The vectors are of names without a port, which no host may have: the ring is asked directly.
    replica.join(...nodes(1, 2, 3, 4, 5))
    replica.disseminate()
    for (let id = 0; id < 10; id += 1) {
      const { body } = await get(server, `${base}/actors/Order/${id}`)
      expect(body.placement.owner.host).toBe(newest().owner('Order', String(id))?.name)
    }
  })

  test('comes with why: hash, virtual node, host, epoch, ring and generation', async () => {
    replica.join(...nodes(1, 2), { name: 'mail:25', types: ['Mail'] })
    replica.disseminate()
    const { status, body } = await get(server, `${base}/actors/Order/actor-1`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      namespace: 'default',
      type: 'Order',
      id: 'actor-1',
      lineage: replica.lineage,
      generation: 1,
      committed: 1,
      hash: '10015260465285814958',
      moving: null,
    })
    const { owner, virtualNode, hosts, virtualNodes, generation } = body.placement
    expect({ hosts, virtualNodes, generation }).toEqual({
      hosts: 2,
      virtualNodes: 200,
      generation: 1,
    })
    expect(owner).toEqual({
      host: newest().owner('Order', 'actor-1')?.name,
      appId: 'shop',
      epoch: 2,
      cordoned: false,
    })
    const position = new Uint32Array(2)
    newest().context.hasher.hash64(`${owner.host}${virtualNode.index}`, position)
    const hash = (BigInt(position[0]!) << 32n) | BigInt(position[1]!)
    expect(virtualNode.hash).toBe(String(hash))
    expect(hash >= 10015260465285814958n).toBe(true)
  })

  test('wraps to the first virtual node of all behind the last', async () => {
    replica.apply({ kind: 'settings', atMs: replica.atMs, settings: { factor: 1 } })
    replica.join(...nodes(1))
    replica.disseminate()
    for (const id of ['a', 'b', 'c', 'd']) {
      const { body } = await get(server, `${base}/actors/Order/${id}`)
      expect(body.placement).toMatchObject({
        owner: { host: 'node1:5000' },
        virtualNode: { index: 0 },
        virtualNodes: 1,
      })
    }
  })

  test('tells to whom it moves in the running round, and from whom', async () => {
    replica.join(...nodes(1))
    replica.disseminate()
    replica.join(...nodes(2, 3, 4))
    let moving = 0
    for (let id = 0; id < 20; id += 1) {
      const { body } = await get(server, `${base}/actors/Order/${id}`)
      const next = newest().owner('Order', String(id))?.name
      expect(body).toMatchObject({ generation: 1, committed: 2 })
      expect(body.placement.owner.host).toBe('node1:5000')
      expect(body.moving?.to.owner.host ?? 'node1:5000').toBe(next)
      if (body.moving === null) continue
      moving += 1
      expect(body.moving.to).toMatchObject({ hosts: 4, virtualNodes: 400, generation: 2 })
    }
    expect(moving).toBeGreaterThan(5)
  })

  test('moves when its host was restarted: another epoch is another holder', async () => {
    replica.join(...nodes(1))
    replica.disseminate()
    replica.join({ name: 'node1:5000', instance: 'bbbbbbbb-0000-4000-8000-000000000002' })
    const { body } = await get(server, `${base}/actors/Order/1`)
    expect(body.placement.owner).toMatchObject({ host: 'node1:5000', epoch: 2 })
    expect(body.moving.to.owner).toMatchObject({ host: 'node1:5000', epoch: 4 })
  })

  test('is nowhere yet while the first round runs', async () => {
    replica.join(...nodes(1))
    const { status, body } = await get(server, `${base}/actors/Order/1`)
    expect(status).toBe(200)
    expect(body.placement).toBeNull()
    expect(body.moving.to.owner.host).toBe('node1:5000')
  })

  test('will be nowhere when the last host leaves', async () => {
    replica.join(...nodes(1))
    replica.disseminate()
    replica.leave('node1:5000')
    const { body } = await get(server, `${base}/actors/Order/1`)
    expect(body.placement.owner.host).toBe('node1:5000')
    expect(body.moving).toEqual({ to: null })
  })

  test('of a type that nobody offers, or only cordoned hosts, is 404', async () => {
    const nobody = await get(server, `${base}/actors/Order/1`)
    expect(nobody.status).toBe(404)
    expect(nobody.body.code).toBe('no_owner')
    replica.join(...nodes(1))
    const cordon = { namespace: 'default', name: 'node1:5000', cordoned: true }
    replica.apply({ kind: 'cordon', atMs: replica.atMs, ...cordon })
    replica.disseminate()
    expect((await get(server, `${base}/actors/Order/1`)).body.code).toBe('no_owner')
  })

  test.for(['a/b', 'ä€😀', ' ', '%', '?x=1', '#', '..a', 'x'.repeat(1024), '€'.repeat(341)])(
    'takes any id of up to 1 KiB: "%s"',
    async (id) => {
      replica.join(...nodes(1, 2, 3))
      replica.disseminate()
      const { status, body } = await get(server, `${base}/actors/Order/${encodeURIComponent(id)}`)
      expect(status).toBe(200)
      expect(body.id).toBe(id)
      expect(body.placement.owner.host).toBe(newest().owner('Order', id)?.name)
    },
  )
})
