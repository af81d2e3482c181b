/** A host's way in, from its hello to its welcome, beside etcd's put. */
import { randomBytes, randomUUID } from 'node:crypto'
import { eventually } from '../../test/support/eventually.js'
import { versions } from '../../test/support/versions.js'
import type { BenchContext, Benchmark, Figure, Target } from '../harness/benchmark.js'
import { DirectCluster, patience, patientTimeoutMs, totalCpuMs } from '../harness/direct-cluster.js'
import { EtcdCluster } from '../harness/etcd.js'
import { type EtcdMeasured, loadEtcd } from '../harness/etcd-load.js'
import { type Measured, type Observed, observe, sumUp } from '../harness/load.js'
import { inTurn } from '../harness/statistics.js'
import { helloOf, JoiningHost, lineageOf } from '../hosts/joining-host.js'

const compared = `
Three replicas with a Postgres each, beside three members of etcd. A host says hello over its
WebSocket at the leader and waits for its welcome: the member is in the log of a quorum by then,
and the welcome holds the table of its namespace. It joins a namespace of 10 or of 1,000 members.
A put writes 64 bytes at etcd's leader. So many wait for their answers at a time. Each repetition
has both, one right after the other, and which comes first changes.
`
const fairness = `
- Both are durable at a quorum before they are answered, in the settings of the benchmark
  \`commit\`, on one disk; etcd's client is the one of that page.
- Each hello is a new instance of a member that said bye: so the number of members stays as it is,
  and every hello is a change of the log. The WebSockets of each wave of hosts are open before its
  time begins. A host says bye once it is welcome, and the rounds that follow from all this go on
  meanwhile: they are among the costs of Berth.
- 1,000 members are one namespace of 1,000, or a hundred of 10. All are hosts of one actor type.
- Not equal: a welcome holds the whole table, some hundred bytes for each member, where a put is
  answered with some dozens of bytes. The hosts of this process do not read the table.
- For the time of the run the settings keep the place of a host that said bye for an hour, and
  admit a name as often as it likes.
`

const sizes = [10, 1_000] as const
const loads = [1, 256] as const
const membersAll = 1_000
const quickMembersAll = 300
const asksOfOne = 200
const quickAsksOfOne = 20
/** So many are connected before their time begins: none may wait for five seconds. */
const waveOfOne = 20
const waveOfMany = 500
const warmUpRuns = 2
/** Nothing is written for so long: the rounds are over. */
const restMs = 300
const hourMs = 3_600_000
const rateTarget: Target = { of: 'ratio', atLeast: 2 }

interface JoinMeasured extends Measured {
  /** Processor time of all servers for one hello, in µs. */
  readonly serverMicros: number
}

export const commitWs: Benchmark = {
  name: 'commit-ws',
  summary: "from a host's hello to its welcome, beside etcd's put",
  compared,
  fairness,
  repetitions: 7,
  run: async (bench) => {
    const own = { hostTimeoutMs: hourMs, admissionsPerMinuteMax: 0 }
    const settings = { ...patience.settings, ...own }
    const cluster = await DirectCluster.start(bench, { ...patience, settings })
    const etcd = await EtcdCluster.start(bench, { electionTimeoutMs: patientTimeoutMs })
    const member = await etcd.settled()
    const figures: Figure[] = []
    for (const size of sizes) {
      const joins = await Joins.prepare(bench, cluster, size)
      await loadEtcd(etcd, member, 256, { asks: joins.count })
      for (const inFlight of loads) {
        bench.say(`${size} members, ${inFlight} in flight`)
        const ofOne = bench.isQuick ? quickAsksOfOne : asksOfOne
        const asks = inFlight === 1 ? ofOne : joins.count
        const { first, second } = await inTurn(
          bench.repetitions,
          () => joins.run(inFlight, asks),
          () => loadEtcd(etcd, member, inFlight, { asks }),
        )
        figures.push(...figuresOf(`${size} members, ${inFlight} in flight`, first, second))
      }
    }
    return figures
  },
}

interface Place {
  readonly namespace: string
  readonly name: string
}

/** Members of namespaces of one size, which come anew again and again. */
class Joins {
  readonly #cluster: DirectCluster
  readonly #url: string
  readonly #places: readonly Place[]
  #lineage: string | null = null

  private constructor(cluster: DirectCluster, url: string, places: readonly Place[]) {
    this.#cluster = cluster
    this.#url = url
    this.#places = places
  }

  /** All of them join for the first time, and some more times. */
  static async prepare(
    { isQuick }: Pick<BenchContext, 'isQuick'>,
    cluster: DirectCluster,
    size: number,
  ): Promise<Joins> {
    const all = isQuick ? quickMembersAll : membersAll
    const places = Array.from({ length: all }, (_, i): Place => {
      const name = `10.1.${i >> 8}.${i & 255}:5000`
      return { namespace: `of-${size}-${Math.floor(i / size)}`, name }
    })
    const { webSocket } = await cluster.settled()
    const joins = new Joins(cluster, webSocket, places)
    for (let i = 0; i < (isQuick ? 1 : warmUpRuns); i += 1) await joins.run(256, joins.count)
    return joins
  }

  get count(): number {
    return this.#places.length
  }

  /** So many hellos, each of another member; `asks` is at most their number. */
  async run(inFlight: number, asks: number): Promise<JoinMeasured> {
    const waveMax = inFlight === 1 ? waveOfOne : waveOfMany
    const all: Observed[] = []
    let usedMs = 0
    for (let from = 0; from < asks; from += waveMax) {
      const places = this.#places.slice(from, Math.min(asks, from + waveMax))
      const hosts = await Promise.all(places.map(() => JoiningHost.open(this.#url)))
      const before = this.#cluster.cpu()
      all.push(await this.#wave(inFlight, places, hosts))
      usedMs += totalCpuMs(this.#cluster.cpu()) - totalCpuMs(before)
      await Promise.all(hosts.map((host) => host.close()))
    }
    await this.#atRest()
    return { ...sumUp(all), serverMicros: (1_000 * usedMs) / asks }
  }

  #wave(
    inFlight: number,
    places: readonly Place[],
    hosts: readonly JoiningHost[],
  ): Promise<Observed> {
    const hellos = places.map((place) => {
      const secret = randomBytes(32).toString('hex')
      const host = { ...versions, ...place, instance: randomUUID(), secret }
      return helloOf({ ...host, appId: 'bench', types: ['Order'] })
    })
    let next = 0
    const ask = async () => {
      const host = hosts[next]!
      const hello = hellos[next]!
      next += 1
      const welcome = await host.join(hello)
      this.#lineage ??= lineageOf(welcome)
      host.bye(this.#lineage, welcome)
    }
    return observe({ inFlight, limit: { asks: places.length }, ask })
  }

  /** Until no more is written. */
  async #atRest(): Promise<void> {
    const leader = await this.#cluster.settled()
    let seen = { index: 0, sinceMs: performance.now() }
    await eventually('the end of all rounds', async () => {
      const index = await this.#cluster.applied(leader)
      const nowMs = performance.now()
      if (index !== seen.index) seen = { index, sinceMs: nowMs }
      return nowMs - seen.sinceMs > restMs
    })
  }
}

function figuresOf(
  where: string,
  berth: readonly JoinMeasured[],
  etcd: readonly EtcdMeasured[],
): readonly Figure[] {
  const figure = (what: string, unit: string, key: keyof JoinMeasured): Figure => ({
    what: `${what}, ${where}`,
    unit,
    samples: berth.map((one) => one[key]),
    reference: { what: 'etcd', samples: etcd.map((one) => one[key]) },
  })
  const rate = figure('rate', 'hellos/s', 'perSecond')
  return [
    figure('p50', 'ms', 'p50Ms'),
    figure('p99', 'ms', 'p99Ms'),
    where.endsWith(' 256 in flight') ? { ...rate, target: rateTarget } : rate,
    figure("servers' processor time", 'µs/hello', 'serverMicros'),
    figure("client's processor time", 'µs/hello', 'clientMicros'),
  ]
}
