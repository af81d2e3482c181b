import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { connect } from '../../src/sidecar/index.js'
import { eventually } from '../support/eventually.js'
import { ask, type Replica, Replicas, untilCluster } from '../support/replicas.js'

/** No one who stands still for seconds on a busy machine loses anything here. */
const settings = JSON.stringify({ fenceAfterMs: 20_000, hostTimeoutMs: 22_000 })
const flags = ['--initial-settings', settings]
const path = '/v1/cluster/replicas'

test('a host that was given one replica outlives all replicas that there were when it came', async (t) => {
  const replicas = await Replicas.prepare(t)
  const start = (id: number, ...more: string[]) => replicas.start(id, [1], [...flags, ...more])
  const [old, ...fresh] = await Promise.all([start(1), start(2, '--join'), start(3, '--join')])
  await untilCluster(old, 'a leader', ({ leader }) => leader !== null)
  const urlOf = ({ api }: Replica) => api.replace('http', 'ws')
  const host = { name: '10.0.0.1:5000', appId: 'app', types: ['Order'] }
  const sidecar = await connect({ replicas: [urlOf(old)], host, nats: false })
  t.onTestFinished(() => sidecar.close())
  const fences: string[] = []
  sidecar.onFenced(({ reason }) => void fences.push(reason))
  /** Callers all the while: of each it counts whether it was answered. */
  const calls = { made: 0, failed: 0, isOver: false }
  const load = (async () => {
    for (; !calls.isOver; calls.made += 1) {
      const placed = await sidecar.where('Order', `${calls.made}`).catch(() => null)
      if (placed?.host !== host.name || !sidecar.owns('Order', `${calls.made}`)) calls.failed += 1
      await pause(5)
    }
  })()

  for (const { id, peer } of fresh) {
    expect(await ask(old, 'POST', path, { id, peer })).toMatchObject({ status: 200 })
  }
  await untilCluster(fresh[0]!, 'three voters that are known', ({ replicas: all }) => {
    const voters = all.filter(({ membership }) => membership === 'voter')
    return voters.length === 3 && voters.every(({ addresses }) => addresses.api !== null)
  })
  expect(await ask(old, 'DELETE', `${path}/1`)).toMatchObject({ status: 200 })
  await old.exited
  const isAttached = () => {
    const { phase, replica } = sidecar.state()
    return phase === 'serving' && fresh.some((one) => urlOf(one) === replica)
  }
  await eventually('a session with a new one', isAttached)
  await eventually('a list without the old one', () => {
    const urls = sidecar.state().replicas.map(({ url }) => url)
    return urls.join() === [old, ...fresh].map(urlOf).join()
  })
  calls.isOver = true
  await load
  expect(fences).toEqual([])
  expect(calls.made).toBeGreaterThan(10)
  expect(calls.failed).toBe(0)
})
