/** Evicted names that are refused: the list of them, and the request that lifts one. */
import { expect, test } from 'vitest'
import { call, get } from './support/api-client.js'
import { startApi } from './support/api-server.js'
import { TestReplica } from './support/test-replica.js'

test('refusals are listed with what is left of them, and can be lifted', async (t) => {
  const replica = await TestReplica.create()
  const server = await startApi(replica)
  t.onTestFinished(() => server.app.close())
  replica.join(...[1, 2, 3, 4].map((i) => ({ name: `10.0.0.${i}:5000` })))
  for (const i of [1, 3, 2]) {
    const name = `10.0.0.${i}:5000`
    const { epoch } = replica.state.namespace('default')!.member(name)!
    const refuseMs = i === 2 ? 1 : 60_000
    const host = { namespace: 'default', name, epoch, reason: 'evicted', refuseMs } as const
    replica.apply({ kind: 'remove', atMs: replica.atMs, term: 1, hosts: [host] })
  }
  const list = '/v1/namespaces/default/refusals'
  const { body } = await get(server, `${list}?limit=2`)
  expect(body.items).toEqual([{ name: '10.0.0.1:5000', leftMs: 57_000 }])
  const rest = await get(server, `${list}?cursor=${body.next}`)
  expect(rest.body).toEqual({ items: [{ name: '10.0.0.3:5000', leftMs: 58_000 }], next: null })
  const path = '/v1/namespaces/default/members/10.0.0.1:5000'
  const lift = (of: string) => call(server, 'DELETE', `${of}/refusal`)
  expect((await lift(path)).body).toMatchObject({ changed: true, generation: 4 })
  expect((await lift(path)).body).toMatchObject({ changed: false })
  expect((await get(server, list)).body.items).toMatchObject([{ name: '10.0.0.3:5000' }])
  expect(replica.join({ name: '10.0.0.1:5000' })).toMatchObject({ hosts: [{ changed: true }] })
  expect((await lift('/v1/namespaces/none/members/10.0.0.1:5000')).status).toBe(404)
  expect((await get(server, '/v1/namespaces/none/refusals')).status).toBe(404)
})
