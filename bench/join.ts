/**
 * `npm run bench:join -- [--hosts 10] [--count 20]`: a host joins a cluster of so many, and leaves,
 * again and again. Measures for how long the keys that move are paused, as an observer sees it, and
 * which share of all keys that is; and how many rounds all the hosts take that join at once.
 *
 * The hosts are of the smallest kind (test/support/raw-host.ts), all in this process; the one that
 * joins is a sidecar.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect, type Sidecar } from '../src/sidecar/index.js'
import { Endings } from '../test/chaos/cluster/endings.js'
import { eventually } from '../test/support/eventually.js'
import { exitWith } from '../test/support/exit.js'
import { RawHost } from '../test/support/raw-host.js'
import { type BenchCluster, quantile, withCluster } from './bench-cluster.js'

const type = 'Order'
const ids = Array.from({ length: 10_000 }, (_, i) => `id-${i}`)
/** The coalescing time of the round before is over. */
const restMs = 300
const patienceMs = 120_000

interface Pause {
  readonly ms: number
  /** Of all keys, those that wait. */
  readonly share: number
}

/** The next round that reaches the observer, watched every millisecond. */
async function nextPause(observer: Sidecar): Promise<Pause> {
  const isMoving = () => observer.state().movingTo !== null
  while (!isMoving()) await delay(1)
  const startMs = performance.now()
  const moving = ids.filter((id) => observer.peek(type, id) === 'moving').length
  while (isMoving()) await delay(1)
  return { ms: performance.now() - startMs, share: moving / ids.length }
}

function name(at: number): string {
  return `10.1.${at >> 8}.${at & 255}:5000`
}

async function measure({ cluster }: BenchCluster, hosts: number, count: number): Promise<Pause[]> {
  const owner = new Endings()
  const urls = cluster.replicas.map(({ api }) => api.replace('http', 'ws'))
  const join = (at: number) =>
    RawHost.join(owner, urls[at % urls.length]!, { name: name(at), types: [type] })
  const observer = await connect({ replicas: urls })
  const startMs = performance.now()
  await Promise.all(Array.from({ length: hosts }, (_, at) => join(at)))
  const table = `${cluster.replicas[0]!.api}/v1/namespaces/default/table`
  const generation = await eventually(
    'the table with all hosts',
    async () => {
      const body = (await (await fetch(table)).json()) as { generation: number; members: unknown[] }
      return body.members.length === hosts && observer.state().generation === body.generation
        ? body.generation
        : null
    },
    patienceMs,
  )
  const tookMs = Math.round(performance.now() - startMs)
  const rounds = (await (await fetch(table.replace('/table', '/rounds'))).json()) as {
    recent: unknown[]
  }
  console.log(
    `${hosts} joins at once: ${rounds.recent.length} rounds, ${tookMs} ms, ` +
      `generation ${generation}`,
  )
  const pauses: Pause[] = []
  for (let i = 0; i < count; i += 1) {
    const pause = nextPause(observer)
    const host = { name: name(hosts + i), appId: 'guest', types: [type] }
    const guest = await connect({ replicas: urls, host })
    pauses.push(await pause)
    await guest.leave()
    await delay(restMs)
  }
  await observer.close()
  await owner.end()
  return pauses
}

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '10' },
    count: { type: 'string', default: '20' },
  },
})
await withCluster(async (bench) => {
  await bench.settled()
  const pauses = await measure(bench, Number(values.hosts), Number(values.count))
  const ms = pauses.map((pause) => pause.ms)
  const [median, p99] = [quantile(ms, 0.5), quantile(ms, 0.99)].map((one) => one.toFixed(1))
  const share = (
    100 *
    quantile(
      pauses.map((pause) => pause.share),
      0.5,
    )
  ).toFixed(2)
  console.log(
    `a join into ${values.hosts} hosts: ${share} % of keys pause, ` +
      `median ${median} ms, p99 ${p99} ms`,
  )
})
exitWith(0)
