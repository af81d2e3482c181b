/** What befalls a server under load: it is killed, stands still, or has no room any more. */
import { expect, test } from 'vitest'
import type { LogStore } from '../../../src/raft/store/log-store.js'
import { eventually } from '../../support/eventually.js'
import { startOwnPostgres } from '../../support/own-postgres.js'
import { startSmallDiskPostgres } from './full-disk.js'
import { append, entries, entry } from './operations.js'
import type { LogLine } from './recording-log.js'
import { openStore } from './store-fixture.js'

const batchSize = 4

/** Appends batch after batch; `acknowledged` is the last index that completed. */
function startAppends(store: LogStore) {
  const progress = { acknowledged: 0, stopped: false }
  const run = async () => {
    while (!progress.stopped) {
      const from = progress.acknowledged + 1
      const to = progress.acknowledged + batchSize
      const hardState = { term: 1, vote: 1, commit: progress.acknowledged }
      await store.run(append(entries(from, to, 1), hardState))
      progress.acknowledged = to
    }
  }
  return { progress, ended: run() }
}

const kills = 4
const batchesBetweenKills = 250

test('kill -9 of the server in the middle of thousands of appends loses nothing', async (t) => {
  const server = await startOwnPostgres(t)
  const { url } = await server.database('killed')
  const first = await openStore(t, url)
  const { progress, ended } = startAppends(first.store)
  for (let kill = 1; kill <= kills; kill += 1) {
    const next = progress.acknowledged + batchesBetweenKills * batchSize
    await eventually('more appends', () => progress.acknowledged >= next)
    await server.kill()
    await server.start()
  }
  const after = progress.acknowledged + batchSize
  await eventually('an append after the last kill', () => progress.acknowledged >= after)
  progress.stopped = true
  await ended
  // Once more, with nobody left who could send anything again.
  await server.kill()
  await server.start()
  const { state } = await openStore(t, url)
  expect(progress.acknowledged).toBeGreaterThan(kills * batchesBetweenKills * batchSize)
  expect(state.entries.map(({ index }) => index)).toEqual(
    Array.from({ length: progress.acknowledged }, (_, at) => at + 1),
  )
  for (const found of state.entries) {
    expect(Buffer.compare(found.data, entry(found.index, 1).data)).toBe(0)
  }
})

test('kill -9 of the server and of the replica together loses nothing acknowledged', async (t) => {
  const server = await startOwnPostgres(t)
  const { url } = await server.database('killed')
  const { store } = await openStore(t, url)
  const { progress, ended } = startAppends(store)
  const rejected = expect(ended).rejects.toMatchObject({ code: 'unavailable' })
  await eventually('appends', () => progress.acknowledged >= 400)
  await server.kill()
  const atKill = progress.acknowledged
  await store.close()
  await rejected
  const { acknowledged } = progress
  // The last answer of the server may have been read after its end was seen.
  expect([atKill, atKill + batchSize]).toContain(acknowledged)
  await server.start()
  const { state } = await openStore(t, url)
  const last = state.entries.at(-1)!.index
  // The batch under way when the server died may be there, whole, or not at all.
  expect([acknowledged, acknowledged + batchSize]).toContain(last)
  expect(state.hardState.commit).toBe(last - batchSize)
})

test('a server that stands still is reported, and completes nothing until it goes on', async (t) => {
  const server = await startOwnPostgres(t)
  const { url } = await server.database('stopped')
  const timing = { stallAfterMs: 300, probeEveryMs: 60_000, connectTimeoutMs: 300 }
  const { store, lines } = await openStore(t, url, { timing })
  await store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
  await store.tidy()
  await server.freeze()
  let done = false
  const running = store.run(append(entries(2, 3, 1))).then(() => {
    done = true
  })
  // Not of a start that took its time.
  const isReport = ({ message, fields }: LogLine) =>
    message === 'Still waiting.' && /to append entries 2 to 3$/.test(String(fields.waitingFor))
  const report = await eventually('a report', () => lines.find(isReport))
  expect(done).toBe(false)
  expect(store.status.connected).toBe(false)
  expect(report.fields.since).toMatch(/^\d{4}-\d\d-\d\dT/)
  server.thaw()
  await running
  expect(store.status).toMatchObject({ connected: true })
  const { state } = await openStore(t, url)
  expect(state.entries.map(({ index }) => index)).toEqual([1, 2, 3])
})

/** Three seconds, and what a busy machine adds; a reader would wait for half a minute. */
const closedWithinMs = 20_000

test('a server that stands still does not hold up the end of the store', async (t) => {
  const server = await startOwnPostgres(t)
  const { url } = await server.database('stopped')
  const { store } = await openStore(t, url)
  await store.events({ order: 'newest', limit: 1 })
  await server.freeze()
  const running = store.run(append(entries(1, 1, 1), { term: 1, vote: 0, commit: 0 }))
  const rejected = expect(running).rejects.toMatchObject({ code: 'unavailable' })
  const closing = performance.now()
  await store.close()
  expect(performance.now() - closing).toBeLessThan(closedWithinMs)
  await rejected
  server.thaw()
})

test('a server that shuts down in good order is waited for', async (t) => {
  const server = await startOwnPostgres(t)
  const { url } = await server.database('restarted')
  const { store } = await openStore(t, url)
  await server.stop()
  const running = store.run(append(entries(1, 2, 1), { term: 1, vote: 0, commit: 0 }))
  await eventually('the reason', () => store.status.waiting?.reason)
  await server.start()
  await running
  const { state } = await openStore(t, url)
  expect(state.entries).toHaveLength(2)
})

test('a full disk is waited for and named, and nothing acknowledged is lost', async (t) => {
  const server = await startSmallDiskPostgres(t)
  await server.fill()
  const refused = { code: 'database_full', message: expect.stringMatching(/Make room/) }
  await expect(openStore(t, server.database.url)).rejects.toMatchObject(refused)
  await server.empty()
  const { store, state, lines } = await openStore(t, server.database.url)
  expect(state.entries).toEqual([])
  let acknowledged = 0
  let stopped = false
  const run = async () => {
    while (!stopped) {
      const list = [entry(acknowledged + 1, 1, 200_000)]
      await store.run(append(list, { term: 1, vote: 0, commit: acknowledged }))
      acknowledged += 1
    }
  }
  const ended = run()
  await eventually('appends', () => acknowledged >= 5)
  await server.fill()
  const reason = () => store.status.waiting?.reason
  await eventually('a stop', () => reason())
  const why = /No space left on device|disk|ECONNREFUSED|terminat/
  await eventually('a report', () =>
    lines.find(
      ({ message, fields }) => message === 'Still waiting.' && why.test(`${fields.reason}`),
    ),
  )
  const atStop = acknowledged
  await server.empty()
  await eventually('more appends', () => acknowledged > atStop + 5)
  stopped = true
  await ended
  await store.close()
  const again = await openStore(t, server.database.url)
  expect(again.state.entries).toHaveLength(acknowledged)
})
