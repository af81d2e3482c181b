/** A snapshot of very many hosts over a narrow link, while the log goes on. */
import { setTimeout as delay } from 'node:timers/promises'
import { withClient } from '../../src/cli/servers/postgres-server.js'
import type { ReplicaParts } from '../../test/chaos/cluster/process-cluster.js'
import { directWays, type Ways } from '../../test/chaos/network/ways.js'
import { eventually } from '../../test/support/eventually.js'
import { startSlowRelay } from '../../test/support/slow-relay.js'
import type { BenchContext, Benchmark, Figure } from '../harness/benchmark.js'
import { DirectCluster } from '../harness/direct-cluster.js'
import { addMembers, memberName, namespace } from '../snapshot/many-members.js'

const compared = `
Two replicas hold 100,000 hosts; the third was away for longer than their logs reach back. It comes
back over a relay on loopback that lets no more through to it than 2 or 100 Mbit/s, and needs a
snapshot. Meanwhile 100 hosts a second are cordoned or uncordoned over REST. From the first 64 KiB
that go over the link to the moment when it has applied what the leader had applied then,
beside the time that the snapshot's bytes need on that link.
`
const fairness = `
- The time has all in it: the handshake, the snapshot written to Postgres chunk by chunk, the state
  made of it, and the log behind it, which grew all the time and went over the same link. The start
  of the process, before it listens, is not in it.
- Bytes are those of the snapshot as it lies in the leader's database, not those that were sent:
  what is sent twice counts against Berth.
- The hosts are entries of the log alone: none is connected, and leases are long enough that none
  expires.
- An election in that time is counted, for any reason.
`

const replica = 3
const members = 100_000
const quickMembers = 2_000
const linksMbit = [2, 100]
const quickLinksMbit = [100]
const changesPerSecond = 100
const changesAtOnceMax = 64
const bytesPerMbit = 125_000
const patienceMs = 900_000
const answerMs = 10_000
/** Handshakes with a replica that does not listen yet are less than this. */
const attemptsBytesMax = 64 * 1_024
const pollMs = 50
const restMs = 5_000

/** Nothing between any two but a relay before the peer port of one replica. */
class NarrowWays implements Ways {
  readonly apiPort = directWays.apiPort
  readonly postgresPort = directWays.postgresPort
  readonly natsPort = directWays.natsPort
  readonly callersNatsPort = directWays.callersNatsPort
  readonly #bench: BenchContext
  /** Of connections that begin from now on. */
  readonly link = {
    delayMs: 1,
    bytesPerSecond: 1_000 * bytesPerMbit,
    onCarried: (bytes: number) => this.#count(bytes),
  }
  #carried = 0
  #begun: () => void = () => undefined

  constructor(bench: BenchContext) {
    this.#bench = bench
  }

  /** Settles when more goes to the replica from now on than attempts to reach it. */
  async begins(): Promise<void> {
    this.#carried = 0
    await new Promise<void>((resolve) => {
      this.#begun = resolve
    })
  }

  #count(bytes: number): void {
    this.#carried += bytes
    if (this.#carried >= attemptsBytesMax) this.#begun()
  }

  async peerPort(id: number, port: number): Promise<number> {
    return id === replica ? await startSlowRelay(this.#bench.endings, port, this.link) : port
  }
}

interface Caught {
  readonly seconds: number
  readonly bytes: number
  readonly elections: number
  readonly changesPerSecond: number
}

class SnapshotTrial {
  readonly #bench: BenchContext
  readonly #cluster: DirectCluster
  readonly #ways: NarrowWays

  constructor(bench: BenchContext, cluster: DirectCluster, ways: NarrowWays) {
    this.#bench = bench
    this.#cluster = cluster
    this.#ways = ways
  }

  /** Two of three hold so many members, and the third is stopped. */
  async prepare(count: number): Promise<void> {
    const all = this.#cluster.replicas
    // All at once and without a word: their logs, which are at rest, end alike.
    await delay(restMs)
    await Promise.all(all.map(({ process }) => process.kill()))
    const two = all.filter(({ id }) => id !== replica)
    this.#bench.say(`${count} members are written`)
    await addMembers(two, count)
    for (const { process } of two) await process.start()
    await this.#leader(two)
  }

  async run(mbit: number): Promise<Caught> {
    const two = this.#cluster.replicas.filter(({ id }) => id !== replica)
    const leader = await this.#leader(two)
    await this.#snapshot(leader)
    this.#ways.link.bytesPerSecond = mbit * bytesPerMbit
    const { bytes } = (await newestSnapshot(leader))!
    const termBefore = await this.#term(leader)
    const third = this.#cluster.replica(replica)
    const changes = this.#change(leader)
    const begun = this.#ways.begins()
    await third.process.start()
    await begun
    const startMs = performance.now()
    const madeBefore = changes.made()
    await this.#untilApplied(third, await this.#cluster.applied(leader))
    const seconds = (performance.now() - startMs) / 1_000
    const made = changes.made() - madeBefore
    await changes.stop()
    const elections = (await this.#term(leader)) - termBefore
    await third.process.stop()
    return { seconds, bytes, elections, changesPerSecond: made / seconds }
  }

  /** Of all that it has applied by now, on its disk. */
  async #snapshot(leader: ReplicaParts): Promise<void> {
    const index = await this.#cluster.applied(leader)
    const taken = async () => ((await newestSnapshot(leader))?.index ?? 0) >= index
    // On a busy machine it may take longer than a request waits.
    await this.#post(leader, '/v1/cluster/snapshot').catch(() => undefined)
    await eventually('a snapshot', async () => ((await taken()) ? true : null), patienceMs)
  }

  async #untilApplied(third: ReplicaParts, index: number): Promise<void> {
    const giveUpMs = performance.now() + patienceMs
    while ((await this.#cluster.applied(third).catch(() => 0)) < index) {
      if (performance.now() > giveUpMs) throw new Error(`nothing came within ${patienceMs} ms`)
      await delay(pollMs)
    }
  }

  /** Changes until it is stopped, so many a second as far as they are answered. */
  #change(leader: ReplicaParts): { made(): number; stop(): Promise<void> } {
    const waiting = new Set<Promise<void>>()
    let made = 0
    let number = 0
    const timer = setInterval(() => {
      if (waiting.size >= changesAtOnceMax) return
      number += 1
      const verb = Math.floor(number / 1_000) % 2 === 0 ? 'cordon' : 'uncordon'
      const path = `/v1/namespaces/${namespace}/members/${memberName(number % 1_000)}/${verb}`
      const change = this.#post(leader, path).then(
        () => {
          made += 1
        },
        () => undefined,
      )
      waiting.add(change)
      void change.finally(() => waiting.delete(change))
    }, 1_000 / changesPerSecond)
    return {
      made: () => made,
      stop: async () => {
        clearInterval(timer)
        await Promise.all(waiting)
      },
    }
  }

  async #post({ api }: ReplicaParts, path: string): Promise<void> {
    const url = api + path
    const answer = await this.#cluster.rest.call({ method: 'POST', url, timeoutMs: answerMs })
    if (answer.kind !== 'ok') throw new Error(`${path}: ${JSON.stringify(answer)}`)
  }

  /** Of two replicas, once one leads and has applied all that there is. */
  async #leader(two: readonly ReplicaParts[]): Promise<ReplicaParts> {
    return await eventually(
      'a leader of two',
      async () => {
        for (const one of two) {
          const { leader } = await this.#status(one)
          const found = two.find(({ id }) => id === leader)
          if (found !== undefined) return found
        }
        return null
      },
      patienceMs,
    )
  }

  async #term(one: ReplicaParts): Promise<number> {
    return (await this.#status(one)).term
  }

  async #status({ api }: ReplicaParts) {
    const url = `${api}/v1/cluster`
    const answer = await this.#cluster.rest.call({ method: 'GET', url, timeoutMs: answerMs })
    if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
    const body = answer.body as { status: { leader: number | null; term: number } }
    return body.status
  }
}

interface SnapshotRow {
  readonly index: number
  readonly bytes: number
}

/** In its database; null for none. */
async function newestSnapshot({ postgres }: ReplicaParts): Promise<SnapshotRow | null> {
  return await withClient(postgres.url('berth'), async (client) => {
    const { rows } = await client.query<{ index: string; bytes: string }>(
      `select index, bytes from berth.snapshot where state = 'complete'
       order by index desc limit 1`,
    )
    const [row] = rows
    return row === undefined ? null : { index: Number(row.index), bytes: Number(row.bytes) }
  })
}

function figuresOf(mbit: number, caught: readonly Caught[]): readonly Figure[] {
  const on = `${mbit} Mbit/s`
  const needed = caught.map(({ bytes }) => bytes / (mbit * bytesPerMbit))
  return [
    {
      ...{ what: `until it has caught up, ${on}`, unit: 's' },
      samples: caught.map(({ seconds }) => seconds),
      reference: { what: 'bytes / bandwidth', samples: needed },
      target: { of: 'ratio', atMost: 1.5 },
    },
    {
      ...{ what: `elections, ${on}`, unit: '', samples: caught.map(({ elections }) => elections) },
      target: { of: 'value', atMost: 0 },
    },
    {
      ...{ what: `changes meanwhile, ${on}`, unit: '/s' },
      samples: caught.map(({ changesPerSecond: rate }) => rate),
    },
  ]
}

export const snapshot: Benchmark = {
  name: 'snapshot',
  summary: 'a snapshot of 100,000 hosts over a narrow link, while the log goes on',
  ...{ compared, fairness, repetitions: 3 },
  run: async (bench) => {
    const ways = new NarrowWays(bench)
    const cluster = await DirectCluster.start(bench, {
      ways,
      settings: { fenceAfterMs: 20_000, hostTimeoutMs: 6 * 3_600_000 },
      flags: ['--trailing-entries', '0'],
    })
    const trial = new SnapshotTrial(bench, cluster, ways)
    await trial.prepare(bench.isQuick ? quickMembers : members)
    const figures: Figure[] = []
    for (const mbit of bench.isQuick ? quickLinksMbit : linksMbit) {
      const caught: Caught[] = []
      while (caught.length < bench.repetitions) {
        caught.push(await trial.run(mbit))
        bench.say(`${mbit} Mbit/s: ${JSON.stringify(caught.at(-1))}`)
      }
      figures.push(...figuresOf(mbit, caught))
    }
    return figures
  },
}
