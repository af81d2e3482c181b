/** How long a cluster is without a leader that was killed, beside etcd. */
import { setTimeout as delay } from 'node:timers/promises'
import type { components } from '../../src/api/openapi.generated.js'
import { connect, type Sidecar } from '../../src/sidecar/index.js'
import { eventually } from '../../test/support/eventually.js'
import type { BenchContext, Benchmark, Figure } from '../harness/benchmark.js'
import { DirectCluster } from '../harness/direct-cluster.js'
import { EtcdCluster } from '../harness/etcd.js'
import { firstAnswer } from '../harness/first-answer.js'
import { inTurn } from '../harness/statistics.js'

const compared = `
The leader is killed (\`kill -9\`) of three replicas with a Postgres each, and of three members of
etcd. Measured is the time from the kill to the answer of the next change at a survivor, and for
Berth to the end of the round of that change at the first of three hosts: they are sidecars, attached
to whichever replica they chose, and the change is a cordon or an uncordon of one of them. The killed
one is started again, and the cluster is left alone until all is well before the next kill.
`
const fairness = `
- Both have an election timeout of 1,000 ms: a follower that hears nothing stands for election after
  one to two of it, drawn by chance, so that the mean of two followers is 1.33 of it. Both send
  heartbeats every 100 ms.
- A change is asked for every 10 ms at one of the two survivors, in turn, whatever became of the ones
  before: one that was lost with the leader is waited for by both systems for seconds.
- The killed processes end at once, and their sockets close. Neither system takes a closed connection
  for the end of a leader; a machine that is cut off takes as long.
`

const electionTimeoutMs = 1_000
const tickMs = 50
const heartbeatMs = 100
/** A replica that starts grants no vote for one election timeout: it has to be over. */
const restMs = 1_500
const changeMs = 10_000
const value = Buffer.alloc(64, 'v')
const hostNames = ['10.0.0.1:5000', '10.0.0.2:5000', '10.0.0.3:5000'] as const

interface Recovery {
  readonly writtenMs: number
  readonly roundMs: number
}

export const failover: Benchmark = {
  name: 'failover',
  summary: 'from kill -9 of the leader to the next change, and to the end of its round',
  compared,
  fairness,
  repetitions: 30,
  run: async (bench) => {
    const flags = [
      ...['--tick-ms', String(tickMs)],
      ...['--election-ticks', String(electionTimeoutMs / tickMs)],
      ...['--heartbeat-ticks', String(heartbeatMs / tickMs)],
    ]
    const cluster = await DirectCluster.start(bench, { flags })
    const etcd = await EtcdCluster.start(bench, { electionTimeoutMs, heartbeatMs })
    const hosts = await hostsOf(bench, cluster)
    const { first, second } = await inTurn(
      bench.repetitions,
      (turn) => killReplica(bench, cluster, hosts, turn),
      (turn) => killMember(etcd, turn),
    )
    return figuresOf(first, second)
  },
}

function hostsOf({ endings }: BenchContext, cluster: DirectCluster): Promise<Sidecar[]> {
  const replicas = cluster.replicas.map(({ webSocket }) => webSocket)
  return Promise.all(
    hostNames.map(async (name) => {
      const host = { name, appId: 'bench', types: ['Order'] }
      const sidecar = await connect({ replicas, host })
      endings.onTestFinished(() => sidecar.close())
      return sidecar
    }),
  )
}

async function killReplica(
  { say }: BenchContext,
  cluster: DirectCluster,
  hosts: readonly Sidecar[],
  turn: number,
): Promise<Recovery> {
  const leader = await cluster.settled()
  await eventually('all hosts to be at rest', () =>
    hosts.every((host) => {
      const { phase, isMember, movingTo } = host.state()
      return phase === 'serving' && isMember && movingTo === null
    }),
  )
  await delay(restMs)
  const verb = turn % 2 === 0 ? 'cordon' : 'uncordon'
  const asks = cluster.replicas
    .filter(({ id }) => id !== leader.id)
    .map(({ api }) => async () => {
      const url = `${api}/v1/namespaces/default/members/${hostNames[0]}/${verb}`
      const answer = await cluster.rest.call({ method: 'POST', url, timeoutMs: changeMs })
      if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
      return answer.body as components['schemas']['Done']
    })
  const startMs = performance.now()
  const killed = leader.process.kill()
  const { tookMs, answer } = await firstAnswer(asks)
  while (!hosts.some((host) => (host.state().generation ?? 0) >= answer.generation!)) await delay(1)
  const roundMs = performance.now() - startMs
  await killed
  await leader.process.start()
  say(`kill ${turn + 1}: a change after ${Math.round(tookMs)} ms, its round ${Math.round(roundMs)}`)
  return { writtenMs: tookMs, roundMs }
}

/** @returns ms until a put was answered */
async function killMember(etcd: EtcdCluster, turn: number): Promise<number> {
  const leader = await etcd.settled()
  await delay(restMs)
  const key = Buffer.from(`failover-${turn}`)
  const asks = etcd.members
    .filter((member) => member !== leader)
    .map(
      ({ client }) =>
        () =>
          client.put(key, value),
    )
  const killed = leader.process.kill()
  const { tookMs } = await firstAnswer(asks)
  await killed
  await leader.process.start()
  return tookMs
}

function figuresOf(berth: readonly Recovery[], etcdSamples: readonly number[]): readonly Figure[] {
  const timeout = { what: 'election timeout', samples: berth.map(() => electionTimeoutMs) }
  const etcd = { what: 'etcd', samples: etcdSamples }
  const written = { unit: 'ms', samples: berth.map(({ writtenMs }) => writtenMs) }
  const round = { unit: 'ms', samples: berth.map(({ roundMs }) => roundMs) }
  const timeouts = { of: 'ratio', atMost: 1.5 } as const
  return [
    { what: 'next change', ...written, reference: timeout, target: timeouts },
    { what: 'next change', ...written, reference: etcd, target: { of: 'ratio', atMost: 1 } },
    { what: 'next finished round', ...round, reference: timeout, target: timeouts },
    { what: 'next finished round', ...round, reference: etcd },
  ]
}
