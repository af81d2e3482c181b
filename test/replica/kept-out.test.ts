/** Hosts that the leader keeps out: whom, for how long, and where that is seen. */
import { expect, test } from 'vitest'
import { dampingWindowMs } from '../../src/hosts/damping.js'
import { createMetrics } from '../../src/replica/process/metrics.js'
import type { Hello } from '../../src/wire/messages.js'
import { LoneReplica } from '../hosts/support/lone-replica.js'
import { identityOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'

const helloOf = (run: number): Hello => ({
  ...{
    kind: 'hello',
    ...versions,
    namespace: 'default',
  },
  ...identityOf(run),
  ...{ name: 'a:1', appId: 'app', types: ['Order'] },
})

/** A host that joins and ends again and again, and the session that it is in then. */
async function flapping(times: number) {
  const replica = await LoneReplica.leading()
  const session = (run: number) => `s${run}`
  const join = (run: number) => {
    replica.say(session(run), helloOf(run))
    replica.run(100)
    return replica.last(session(run), 'welcome')
  }
  for (let run = 1; run <= times; run += 1) {
    const { lineage, epoch } = join(run)!
    replica.say(session(run), { kind: 'bye', lineage, epoch })
    replica.run(100)
  }
  return { replica, join, session }
}

async function metricsOf({ machine, now }: LoneReplica): Promise<string> {
  const { registry, measure } = createMetrics()
  const nats = {
    isUp: true,
    forbiddenCount: 0,
    counts: { published: 0, unreadable: 0, refused: 0, unsendable: 0 },
  }
  const [peers, oversized] = [{ status: () => [] }, { count: 0 }]
  measure({ machine, nats, peers, oversized, nowMs: () => now.monotonicMs })
  return registry.metrics()
}

test('a host that joins again and again waits, hears why, and is counted for operators', async () => {
  const { replica, join, session } = await flapping(6)
  const beganMs = replica.nowMs
  expect(await metricsOf(replica)).not.toContain('berth_hosts_waiting{')
  expect(join(7)).toBeUndefined()
  expect(replica.last(session(7), 'waiting')).toMatchObject({ code: 'damped' })
  expect(await metricsOf(replica)).toContain('berth_hosts_waiting{code="damped"} 1')
  const heartbeat = {
    kind: 'heartbeat',
    ...{ lineage: '', epoch: 0, listening: false },
    acknowledged: { term: 0, generation: 0, digest: '0'.repeat(43) },
  } as const
  let number = 0
  while (replica.last(session(7), 'welcome') === undefined) {
    number += 1
    replica.say(session(7), { ...heartbeat, number })
    replica.run(1_000)
    expect(replica.nowMs).toBeLessThan(beganMs + dampingWindowMs + 2_000)
  }
  expect(replica.nowMs).toBeGreaterThan(dampingWindowMs)
  expect(await metricsOf(replica)).not.toContain('berth_hosts_waiting{')
})

test('an operator can switch damping off', async () => {
  const { replica, join } = await flapping(6)
  expect(join(7)).toBeUndefined()
  const settings = { admissionsPerMinuteMax: 0 }
  const options = { key: '', forward: false }
  replica.machine.ask({ kind: 'settings', settings }, options, replica.now, () => undefined)
  replica.run(1_000)
  expect(replica.last('s7', 'welcome')).toMatchObject({ epoch: expect.any(Number) })
})
