import { expect, test } from 'vitest'
import { RawHost } from '../support/raw-host.js'
import { ask, Replicas, untilCluster } from '../support/replicas.js'
import { startSlowRelay } from '../support/slow-relay.js'

/** 2 Mbit/s. */
const bytesPerSecond = 250_000
/** With as many types, as long, as one may have: a snapshot of 3.3 MB. */
const hosts = 210
const typeLength = 128
const typesPerHost = 125

/** A snapshot soon, and nothing in the log before it. */
const settings = JSON.stringify({ fenceAfterMs: 20_000, hostTimeoutMs: 22_000 })
const flags = [
  ...['--snapshot-entries', '64', '--trailing-entries', '0'],
  ...['--initial-settings', settings],
]

test('a snapshot of megabytes arrives over a narrow way, each byte of it once', async (t) => {
  const replicas = await Replicas.prepare(t)
  const one = await replicas.start(1, [1], flags)
  const { term } = await untilCluster(one, 'a leader', ({ leader }) => leader !== null)
  const url = one.api.replace('http', 'ws')
  for (let at = 0; at < hosts; at += 10) {
    const some = Array.from({ length: 10 }, (_, i) => at + i)
    await Promise.all(
      some.map((host) => {
        const types = Array.from({ length: typesPerHost }, (_, type) =>
          `${host}-${type}-`.padEnd(typeLength, 'x'),
        )
        return RawHost.join(t, url, { namespace: `n${host}`, name: `10.0.0.1:${host + 1}`, types })
      }),
    )
  }
  expect((await ask(one, 'POST', '/v1/cluster/snapshot')).status).toBe(200)

  let sent = 0
  const onCarried = (bytes: number) => {
    sent += bytes
  }
  const way = { delayMs: 20, bytesPerSecond, onCarried }
  const far = await startSlowRelay(t, Number(replicas.peer(2).split(':')[1]), way)
  const advertised = ['--join', '--peer-advertise', `127.0.0.1:${far}`]
  const two = await replicas.start(2, [1], [...flags, ...advertised])
  const startMs = performance.now()
  const peer = `127.0.0.1:${far}`
  expect((await ask(one, 'POST', '/v1/cluster/replicas', { id: 2, peer })).status).toBe(200)
  const status = await untilCluster(two, 'a voter that has all', ({ replicas: all }) => {
    return all.some(({ id, membership, lag }) => id === 2 && membership === 'voter' && lag === 0)
  })
  const tookS = (performance.now() - startMs) / 1_000
  const snapshot = hosts * typesPerHost * typeLength
  console.log(`measured: ${sent} bytes sent for a snapshot of ${snapshot}, ${tookS.toFixed(1)} s`)
  expect(sent).toBeGreaterThan(snapshot)
  expect(sent).toBeLessThan(1.5 * snapshot)
  // Nobody was taken for dead meanwhile.
  expect(status.term).toBe(term)
})
