/** A durable change over REST beside etcd's put. */
import type { ReplicaParts } from '../../test/chaos/cluster/process-cluster.js'
import type { Benchmark, Figure, Target } from '../harness/benchmark.js'
import {
  type ClusterCpu,
  DirectCluster,
  patience,
  patientTimeoutMs,
  totalCpuMs,
} from '../harness/direct-cluster.js'
import { EtcdCluster } from '../harness/etcd.js'
import { type EtcdMeasured, loadEtcd } from '../harness/etcd-load.js'
import { HttpConnection, postRequest } from '../harness/http-connection.js'
import { type Load, type Measured, runLoad } from '../harness/load.js'
import { workOf } from '../harness/postgres-work.js'
import { inTurn } from '../harness/statistics.js'

const compared = `
Three replicas with a Postgres each, beside three members of etcd. A change is a cordon or an
uncordon of a host over REST, at the leader: it is answered once a quorum has it on disk and it is
applied. A put writes 64 bytes under a key of its client's own, over gRPC, at etcd's leader. So
many clients of this process wait for their answers at a time. Each repetition has both, one right
after the other, and which comes first changes.
`
const fairness = `
- Both are durable at a quorum before they are answered: Postgres runs with fsync and
  synchronous_commit on, etcd as it comes. All data is on one disk, in one folder. Both have an
  election timeout of three seconds, so that none begins in the middle on a busy machine.
- Nothing is between the processes; clients and servers share the machine's processors. So the
  clients are as light as they can be: one socket for each client of REST, without pipelining, and
  one connection of HTTP/2 for etcd, whose frames are written by hand. (A client of gRPC for Node
  takes some 400 µs a put, and etcd would look slower by that.) What the clients cost on each side
  is among the figures.
- The servers' processor time counts all three replicas, every backend of each Postgres and
  nats-server; on the other side the three members.
- Not equal: a change has to be parsed as HTTP and is answered with a JSON text, a put is a binary
  message, and many of etcd's share a system call. A replica keeps its log in a database that can
  be asked with SQL, etcd in files of its own.
`

const loads = [1, 16, 64, 256] as const
/** Loads for which the work of each Postgres is counted; that takes some seconds. */
const countedLoads: readonly number[] = [1, 256]
const loadMs = 3_000
/** Until the compilers of Node are done, in four processes that share the processors. */
const warmUpAsks = 30_000
const quickMs = 400
const quickWarmUp = 200

interface BerthMeasured extends Measured {
  /** Processor time for one change, in µs. */
  readonly cpu: { readonly all: number; readonly leader: number; readonly leaderPostgres: number }
  /** Of Postgres for one entry of the log, on the leader and on a follower; null if not counted. */
  readonly work: Work | null
}

interface Work {
  readonly leaderCommits: number
  readonly leaderFsyncs: number
  readonly followerFsyncs: number
  readonly changesPerEntry: number
}

const targets: Readonly<Record<number, { readonly p50?: Target; readonly rate?: Target }>> = {
  1: { p50: { of: 'ratio', atMost: 1.2 } },
  16: { p50: { of: 'ratio', atMost: 1 } },
  64: { rate: { of: 'ratio', atLeast: 1.5 } },
  256: { rate: { of: 'ratio', atLeast: 1.5 } },
}
const cpuTarget: Target = { of: 'ratio', atMost: 1 }

export const commit: Benchmark = {
  name: 'commit',
  summary: "a durable change over REST beside etcd's put",
  compared,
  fairness,
  repetitions: 7,
  run: async (bench) => {
    const cluster = await DirectCluster.start(bench, patience)
    const etcd = await EtcdCluster.start(bench, { electionTimeoutMs: patientTimeoutMs })
    const berth = new BerthLoad(cluster, await cluster.settled())
    const member = await etcd.settled()
    const ms = bench.isQuick ? quickMs : loadMs
    const warmUp = bench.isQuick ? quickWarmUp : warmUpAsks
    await berth.run(64, { asks: warmUp })
    await loadEtcd(etcd, member, 64, { asks: warmUp })
    const figures: Figure[] = []
    for (const inFlight of loads) {
      bench.say(`${inFlight} in flight`)
      const { first, second } = await inTurn(
        bench.repetitions,
        () => berth.run(inFlight, { ms }, countedLoads.includes(inFlight)),
        () => loadEtcd(etcd, member, inFlight, { ms }),
      )
      figures.push(...figuresOf(inFlight, first, second))
    }
    return figures
  },
}

/** Changes at the leader, over one connection for each client. */
class BerthLoad {
  readonly #cluster: DirectCluster
  readonly #leader: ReplicaParts
  /** Of each client: a cordon and an uncordon. */
  readonly #requests: readonly (readonly [Buffer, Buffer])[]

  constructor(cluster: DirectCluster, leader: ReplicaParts) {
    this.#cluster = cluster
    this.#leader = leader
    const { host } = new URL(leader.api)
    this.#requests = Array.from({ length: Math.max(...loads) }, (_, client) => {
      const name = `10.0.${client >> 8}.${client & 255}:5000`
      const path = `/v1/namespaces/default/members/${name}`
      return [postRequest(host, `${path}/cordon`), postRequest(host, `${path}/uncordon`)]
    })
  }

  async run(inFlight: number, limit: Load['limit'], isCounted = false): Promise<BerthMeasured> {
    const { hostname, port } = new URL(this.#leader.api)
    // An idle connection is closed by a replica after some seconds.
    const connections = await Promise.all(
      Array.from({ length: inFlight }, () => HttpConnection.open(hostname, Number(port))),
    )
    const ask = async (client: number, turn: number) => {
      const status = await connections[client]!.ask(this.#requests[client]![turn % 2]!)
      if (status !== 200) throw new Error(`a change was answered with status ${status}`)
    }
    try {
      const load = { inFlight, limit, ask }
      return await (isCounted ? this.#counted(load) : this.#measured(load))
    } finally {
      for (const connection of connections) connection.close()
    }
  }

  async #measured(load: Load): Promise<BerthMeasured> {
    const before = this.#cluster.cpu()
    const measured = await runLoad(load)
    const after = this.#cluster.cpu()
    return { ...measured, cpu: this.#cpuOf(before, after, measured.answers), work: null }
  }

  /** With the work of Postgres beside it. */
  async #counted(load: Load): Promise<BerthMeasured> {
    const { replicas } = this.#cluster
    const write = () => load.ask(0, 0)
    const read = async () => ({
      work: await workOf(replicas, write),
      entries: await this.#cluster.applied(this.#leader),
    })
    const before = await read()
    const measured = await this.#measured(load)
    const after = await read()
    const entries = after.entries - before.entries
    const at = replicas.findIndex(({ id }) => id === this.#leader.id)
    const follower = (at + 1) % replicas.length
    const each = (i: number, what: 'commits' | 'fsyncs') =>
      (after.work[i]![what] - before.work[i]![what]) / entries
    return {
      ...measured,
      work: {
        leaderCommits: each(at, 'commits'),
        leaderFsyncs: each(at, 'fsyncs'),
        followerFsyncs: each(follower, 'fsyncs'),
        changesPerEntry: measured.answers / entries,
      },
    }
  }

  #cpuOf(before: ClusterCpu, after: ClusterCpu, answers: number): BerthMeasured['cpu'] {
    const at = this.#cluster.replicas.findIndex(({ id }) => id === this.#leader.id)
    const micros = (of: (cpu: ClusterCpu) => number) => (1_000 * (of(after) - of(before))) / answers
    return {
      all: micros(totalCpuMs),
      leader: micros(({ replicas }) => replicas[at]!),
      leaderPostgres: micros(({ postgres }) => postgres[at]!),
    }
  }
}

function figuresOf(
  inFlight: number,
  berth: readonly BerthMeasured[],
  etcd: readonly EtcdMeasured[],
): readonly Figure[] {
  const at = (what: string) => `${what}, ${inFlight} in flight`
  const beside = (
    ...[what, unit, key, target]: [string, string, keyof Measured, (Target | undefined)?]
  ): Figure => ({
    what: at(what),
    unit,
    samples: berth.map((one) => one[key]),
    reference: { what: 'etcd', samples: etcd.map((one) => one[key]) },
    ...(target === undefined ? {} : { target }),
  })
  const { p50, rate } = targets[inFlight] ?? {}
  const own = (what: string, unit: string, of: (one: BerthMeasured) => number): Figure => ({
    ...{ what: at(what), unit, samples: berth.map(of) },
  })
  return [
    beside('p50', 'ms', 'p50Ms', p50),
    beside('p99', 'ms', 'p99Ms'),
    beside('rate', 'changes/s', 'perSecond', rate),
    {
      ...own("servers' processor time", 'µs/change', ({ cpu }) => cpu.all),
      reference: { what: 'etcd', samples: etcd.map(({ serverMicros }) => serverMicros) },
      target: cpuTarget,
    },
    own("of it the leader's own", 'µs/change', ({ cpu }) => cpu.leader),
    own("of it the leader's Postgres", 'µs/change', ({ cpu }) => cpu.leaderPostgres),
    beside("client's processor time", 'µs/change', 'clientMicros'),
    ...(countedLoads.includes(inFlight) ? workFigures(own) : []),
  ]
}

function workFigures(
  own: (what: string, unit: string, of: (one: BerthMeasured) => number) => Figure,
): readonly Figure[] {
  const kinds = [
    ['changes in an entry of the log', 'changes', 'changesPerEntry'],
    ["transactions of the leader's Postgres", 'an entry', 'leaderCommits'],
    ["fsyncs of the leader's Postgres", 'an entry', 'leaderFsyncs'],
    ["fsyncs of a follower's Postgres", 'an entry', 'followerFsyncs'],
  ] as const
  return kinds.map(([what, unit, key]) => own(what, unit, ({ work }) => work![key]))
}
