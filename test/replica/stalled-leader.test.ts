/** Three replicas as processes; the leader's disk alone stops answering, and then comes back. */
import { expect, test } from 'vitest'
import { startProxy } from '../raft/store/proxy.js'
import { createDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import {
  planReplicas,
  type ReplicaUnderTest,
  startReplica,
  untilReady,
} from './support/replica-process.js'

/** Leases that fit the slowest election below. */
const settings = JSON.stringify({ fenceAfterMs: 60_000, hostTimeoutMs: 62_000 })
const defaultTicks = ['--tick-ms', '50', '--initial-settings', settings]
/** Of those that are not to lead unless leadership is handed over, however busy the machine is. */
const patientTicks = [...defaultTicks, '--election-ticks', '200']

test('a leader whose database stalls hands over, follows, and is named while it lasts', async (t) => {
  const databases = await Promise.all([1, 2, 3].map(() => createDatabase()))
  const proxies = await Promise.all(databases.map(({ url }) => startProxy(t, url)))
  const plans = await planReplicas(proxies.map(({ url }) => url))

  const first = startReplica(t, plans[0]!, defaultTicks)
  const waits = await first.logged(/The first start waits for/)
  expect(waits.msg).toBe('The first start waits for replica 2, 3.')
  const waitsFor = await first.logged(/"waitingFor":"replica 3 at.*ECONNREFUSED/)
  expect(waitsFor).toMatchObject({ level: 40, reason: expect.stringContaining('ECONNREFUSED') })

  const replicas = [first, ...plans.slice(1).map((plan) => startReplica(t, plan, patientTicks))]
  for (const replica of replicas) await untilReady(replica)
  await eventually('a write', async () => (await first.cordon('10.0.0.1:1')).status === 200)
  const { leader } = await first.cluster()
  expect(leader).toBe(1)
  const [old, ...others] = replicas as [ReplicaUnderTest, ReplicaUnderTest, ReplicaUnderTest]
  const proxy = proxies[0]!

  const before = old.process.lines.length
  proxy.blackhole('all')
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
  const stall = await old.logged(/"waitingFor":"Postgres/, before)
  expect(stall.waitingFor).toMatch(/^Postgres 127\.0\.0\.1/)
  await eventually('it to be shown as stalled', async () => {
    const { alarms } = await old.cluster()
    return alarms.some(({ code, replica }) => code === 'disk_stalled' && replica === leader)
  })

  const stalled = old.process.lines.length
  proxy.cut()
  await old.logged(/The wait is over|The database answers again/, stalled)
  await untilReady(old)
  await owed
  for (const name of ['10.0.0.2:1', '10.0.0.3:1']) {
    const { body } = await eventually('an answer', () => settled(old.cordon(name)))
    expect(body).toMatchObject({ changed: false })
  }

  const alone = old.process.lines.length
  for (const replica of others) await replica.process.kill()
  await old.logged(/"waitingFor":"a leader"/, alone)
})

/** The answer, unless it is that there is no leader just now, so that nothing was done. */
async function settled(asked: ReturnType<ReplicaUnderTest['cordon']>) {
  const answer = await asked
  return answer.body.code !== 'no_leader' && answer
}
