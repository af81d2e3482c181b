/** Three replicas as processes; the leader's disk alone stops answering, and then comes back. */
import { expect, test } from 'vitest'
import { startProxy } from '../raft/store/proxy.js'
import { createDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { planReplicas, startReplica, untilReady } from './support/replica-process.js'

const defaultTicks = ['--tick-ms', '50']

test('a leader whose database stalls hands over, follows, and is named while it lasts', async (t) => {
  const databases = await Promise.all([1, 2, 3].map(() => createDatabase()))
  const proxies = await Promise.all(databases.map(({ url }) => startProxy(t, url)))
  const plans = await planReplicas(proxies.map(({ url }) => url))

  const first = startReplica(t, plans[0]!, defaultTicks)
  const waits = await first.logged(/The first start waits for/)
  expect(waits.msg).toBe('The first start waits for replica 2, 3.')
  const waitsFor = await first.logged(/"waitingFor":"replica 3 at/)
  expect(waitsFor).toMatchObject({ level: 40, reason: expect.stringContaining('ECONNREFUSED') })

  const replicas = [first, ...plans.slice(1).map((plan) => startReplica(t, plan, defaultTicks))]
  for (const replica of replicas) await untilReady(replica)
  expect((await first.cordon('10.0.0.1:1')).status).toBe(200)
  const leader = await eventually('a leader', async () => (await first.cluster()).leader)
  const old = replicas[leader - 1]!
  const others = replicas.filter((replica) => replica !== old)

  proxies[leader - 1]!.blackhole('all')
  // The stalled disk owes this write, which the others keep; owing nothing, it would not be seen.
  const owed = old.cordon('10.0.0.3:1').catch((error: Error) => error)
  const handOver = await old.logged(/The disk stalls: leadership is handed over/)
  expect(handOver).toMatchObject({ level: 40, target: expect.any(Number) })
  const successor = await eventually('another leader', async () => {
    const { leader: id } = await others[0]!.cluster()
    return id !== leader && id
  })
  expect(others.map(({ plan }) => plan.id)).toContain(successor)
  await eventually('a write', async () => (await others[1]!.cordon('10.0.0.2:1')).status === 200)
  expect((await old.logged(/"waitingFor":"Postgres/)).waitingFor).toMatch(/^Postgres 127\.0\.0\.1/)
  await eventually('it to be shown as stalled', async () => {
    const { alarms } = await old.cluster()
    return alarms.some(({ code, replica }) => code === 'disk_stalled' && replica === leader)
  })

  proxies[leader - 1]!.cut()
  await old.logged(/The wait is over|The database answers again/)
  await untilReady(old)
  await owed
  for (const name of ['10.0.0.2:1', '10.0.0.3:1']) {
    expect((await old.cordon(name)).body).toMatchObject({ changed: false })
  }

  for (const replica of others) await replica.process.kill()
  await old.logged(/"waitingFor":"a leader"/)
})
