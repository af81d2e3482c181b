/** What befalls the database of a replica that serves, and what the replica says and does then. */
import { expect, test } from 'vitest'
import { createDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { startOwnPostgres } from '../support/own-postgres.js'
import { freePort } from '../support/ports.js'
import {
  planReplica,
  type ReplicaUnderTest,
  startReplica,
  untilReady,
} from './support/replica-process.js'

/** Cordons one name after the other; `acknowledged` are those that were answered 200. */
function startWrites(replica: ReplicaUnderTest) {
  const acknowledged: string[] = []
  const statuses = new Set<number>()
  let stopped = false
  const run = async () => {
    for (let n = 1; !stopped; n += 1) {
      const name = `10.0.0.1:${n}`
      const { status } = await replica.cordon(name).catch(() => ({ status: 0 }))
      statuses.add(status)
      if (status === 200) acknowledged.push(name)
    }
  }
  const ended = run()
  return {
    acknowledged,
    statuses,
    stop: () => {
      stopped = true
      return ended
    },
  }
}

test('Postgres killed in the middle of writes, and started again, costs nothing acknowledged', async (t) => {
  const server = await startOwnPostgres(t)
  const plan = await planReplica((await server.database('killed')).url)
  const replica = startReplica(t, plan)
  await untilReady(replica)
  const writes = startWrites(replica)
  await eventually('some writes', () => writes.acknowledged.length >= 20)
  await server.kill()
  const wait = await replica.logged(/"waitingFor":"Postgres.*ECONNREFUSED.*Still waiting/)
  expect(wait.waitingFor).toMatch(/^Postgres 127\.0\.0\.1:\d+\/killed, to /)
  await server.start()
  await replica.logged(/The database answers again/)
  const before = writes.acknowledged.length
  await eventually('more writes', () => writes.acknowledged.length >= before + 20)
  await writes.stop()
  await replica.process.kill()
  const again = startReplica(t, plan)
  await untilReady(again)
  for (const name of writes.acknowledged) {
    const { body } = await again.cordon(name)
    expect([name, body.changed]).toEqual([name, false])
  }
})

test('Postgres that stands still is named, holds nobody up for ever, and is served again', async (t) => {
  const server = await startOwnPostgres(t)
  const replica = startReplica(t, await planReplica((await server.database('stalled')).url))
  await untilReady(replica)
  const before = replica.process.lines.length
  await server.freeze()
  const { status, body } = await replica.cordon('10.0.0.1:1')
  expect([status, body.code]).toEqual([504, 'timeout'])
  const stall = await replica.logged(/Still waiting/, before)
  expect(stall.waitingFor).toMatch(/^Postgres .*, to /)
  const unready = await eventually('it to be unready', async () => {
    const answer = await replica.get('/readyz?verbose')
    return answer.status === 503 ? answer.body : null
  })
  expect(JSON.stringify(unready)).toMatch(
    /waits \d+ ms for Postgres 127\.0\.0\.1:\d+\/stalled, to /,
  )
  expect((await replica.get('/livez')).status).toBe(200)
  server.thaw()
  await untilReady(replica)
  expect((await replica.cordon('10.0.0.1:2')).status).toBe(200)

  // Once more, and this time the replica is to end.
  await server.freeze()
  const held = replica.cordon('10.0.0.1:3').catch(() => null)
  await eventually('the write to wait', async () => {
    const { alarms } = await replica.cluster()
    return alarms.some(({ code }) => code === 'disk_stalled')
  })
  replica.process.signal('SIGTERM')
  expect(await replica.process.exited).toEqual({ code: 0, signal: null })
  await held
  server.thaw()
})

test('a second process on the same database takes it over; the first says so and ends', async (t) => {
  const { url } = await createDatabase()
  const plan = await planReplica(url)
  const first = startReplica(t, plan)
  await untilReady(first)
  await first.cordon('10.0.0.1:1')
  const [port, peerPort] = [await freePort(), await freePort()]
  const peers = `1=127.0.0.1:${peerPort}`
  const second = startReplica(t, { ...plan, port, peerPort, peers })
  expect(await first.process.exited).toEqual({ code: 1, signal: null })
  const reason = await first.logged(/database_taken_over/)
  expect(reason).toMatchObject({ level: 50, code: 'database_taken_over' })
  expect(reason.msg).toMatch(/another process has taken over this database\. Run one replica on it/)
  await untilReady(second)
  expect((await second.cordon('10.0.0.1:1')).body).toMatchObject({ changed: false })
})
