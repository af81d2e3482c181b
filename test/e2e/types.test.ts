/** Types of running hosts, with real replicas: other ones, and none when a leader dies. */
import { expect, test } from 'vitest'
import { connect, type Sidecar } from '../../src/sidecar/index.js'
import { typesLevel } from '../../src/versions/versions.js'
import { natsUrl } from '../support/nats.js'
import { ask, Replicas, untilCluster } from '../support/replicas.js'

/** Of a machine that does much else meanwhile. */
const settings = JSON.stringify({ fenceAfterMs: 20_000, hostTimeoutMs: 22_000 })
const patient = ['--election-ticks', '60', '--initial-settings', settings]
const ids = Array.from({ length: 200 }, (_, i) => `${i}`)
const timeoutMs = 60_000

test('a running host offers other types: only their keys move, and nobody is fenced', async (t) => {
  const replicas = await Replicas.prepare(t)
  const among = [1, 2, 3]
  const all = await Promise.all(among.map((id) => replicas.start(id, among, patient)))
  const [one] = all as [(typeof all)[0], ...typeof all]
  await untilCluster(one, 'the level', ({ level }) => level.active >= typesLevel)
  const fences: string[] = []
  const host = async (port: number) => {
    const name = `127.0.0.1:${port}`
    const sidecar = await connect({
      replicas: all.map(({ api }) => api.replace('http', 'ws')),
      host: { name, appId: 'app', types: ['Order'] },
      nats: { servers: [natsUrl()] },
      timeoutMs,
    })
    t.onTestFinished(() => sidecar.close())
    sidecar.onFenced(() => void fences.push(name))
    return sidecar
  }
  const [a, b] = [await host(9_601), await host(9_602)]
  const owned = (sidecar: Sidecar, type: string) => ids.filter((id) => sidecar.owns(type, id))
  const settle = async () => {
    const other = { timeoutMs }
    await Promise.all([a.where('Order', '1', other), b.where('Order', '1', other)])
  }
  const released: string[] = []
  a.onRelease(({ types }) => void released.push(`a ${types}`))
  b.onRelease(({ types }) => void released.push(`b ${types}`))
  const epochs = [a, b].map((sidecar) => sidecar.state().epoch)
  await settle()
  const orders = owned(b, 'Order')

  await a.setTypes(['Order', 'Cart'], { timeoutMs })
  expect(owned(a, 'Cart')).toEqual(ids)
  expect(released).toEqual([])
  const first = a.token('Cart', '1')
  await b.setTypes(['Order', 'Cart'], { timeoutMs })
  expect(released).toEqual(['a Cart,Order'])
  expect(owned(b, 'Order')).toEqual(orders)

  // The application of the one is not well for a while, and a leader dies in the midst of it.
  const { leader } = await untilCluster(one, 'a leader', (status) => status.leader !== null)
  const withdrawing = a.setTypes([], { timeoutMs })
  all[leader! - 1]!.signal('SIGKILL')
  await withdrawing
  expect([...owned(a, 'Cart'), ...owned(a, 'Order')]).toEqual([])
  const left = all.find(({ id }) => id !== leader)!
  const member = await ask(left, 'GET', '/v1/namespaces/default/members/127.0.0.1:9601')
  expect(member.body).toMatchObject({ types: [], cordoned: false, epoch: epochs[0] })
  await b.where('Cart', '1', { timeoutMs })
  expect(b.token('Cart', '1')).toBeGreaterThan(first)
  await a.setTypes(['Cart', 'Order'], { timeoutMs })
  const both = [...owned(a, 'Cart'), ...owned(b, 'Cart')]
  expect(new Set(both).size).toBe(both.length)

  const events = await ask(left, 'GET', '/v1/events?kind=retyped')
  expect((events.body.items as { kind: string }[]).length).toBe(4)
  expect([a, b].map((sidecar) => sidecar.state().epoch)).toEqual(epochs)
  expect(fences).toEqual([])
})
