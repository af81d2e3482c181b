/** What connected hosts cost that only heartbeat, beside a bare WebSocket echo. */
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { ReplicaParts } from '../../test/chaos/cluster/process-cluster.js'
import type { BenchContext, Benchmark, Figure } from '../harness/benchmark.js'
import { DirectCluster } from '../harness/direct-cluster.js'
import { EchoServer } from '../hosts/echo-server.js'
import { FleetProcess, fleetGoneMs, patientSettings } from '../hosts/fleet-process.js'

const compared = `
So many hosts are connected to three replicas, a third each, and heartbeat every second; nothing
else happens. The leader's processor time is compared with that of a bare WebSocket server (the
same package, one process) that answers a message of as many clients as often, as long as a
heartbeat and its answer. A follower's is compared with a third of that: it has a third of the
connections.
`
const fairness = `
- Both run at the same time in windows of ten seconds, so whatever disturbs the machine disturbs
  both.
- The leader answers all hosts, after a quorum has confirmed that it leads; those that are
  connected to followers it hears and answers over links between replicas. The echo server
  decides nothing.
- Processor time is the kernel's, of the replica's process alone, without Postgres.
- \`--repetitions 360\` is an hour: memory at its end stands beside that at its beginning.
`

const sizes = [1_000, 3_000]
const quickSizes = [50]
const windowMs = 10_000
const quickWindowMs = 2_000

interface Window {
  readonly leaderMs: number
  /** The mean of the two. */
  readonly followerMs: number
  readonly echoMs: number
  readonly leaderMiB: number
}

function residentMiB({ process }: ReplicaParts): number {
  const status = readFileSync(`/proc/${process.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024
}

async function measure(bench: BenchContext, cluster: DirectCluster, hosts: number) {
  const urls = cluster.replicas.map(({ webSocket }) => webSocket)
  const fleet = await FleetProcess.start(bench.endings, urls, `idle-${hosts}`)
  bench.say(`${hosts} hosts join`)
  await fleet.ask({ kind: 'grow', count: hosts })
  const echo = await EchoServer.start(bench.endings, hosts)
  await delay(bench.isQuick ? quickWindowMs : fleetGoneMs)
  const windows: Window[] = []
  while (windows.length < bench.repetitions) {
    const leader = await cluster.settled()
    const before = { replicas: cluster.cpu().replicas, echo: echo.cpuMs() }
    await delay(bench.isQuick ? quickWindowMs : windowMs)
    const after = { replicas: cluster.cpu().replicas, echo: echo.cpuMs() }
    const used = after.replicas.map((ms, i) => ms - before.replicas[i]!)
    const leaderMs = used[leader.id - 1]!
    const total = used.reduce((sum, ms) => sum + ms, 0)
    const followerMs = (total - leaderMs) / (used.length - 1)
    const echoMs = after.echo - before.echo
    windows.push({ leaderMs, followerMs, echoMs, leaderMiB: residentMiB(leader) })
    bench.say(`${hosts} hosts, ${windows.length} of ${bench.repetitions}`)
  }
  fleet.kill()
  return windows
}

export const idle: Benchmark = {
  name: 'idle',
  summary: 'connected hosts that only heartbeat, beside a bare WebSocket echo',
  ...{ compared, fairness, repetitions: 6 },
  run: async (bench) => {
    const cluster = await DirectCluster.start(bench, { settings: patientSettings })
    const figures: Figure[] = []
    for (const hosts of bench.isQuick ? quickSizes : sizes) {
      const windows = await measure(bench, cluster, hosts)
      const of = `${hosts.toLocaleString('en')} hosts`
      const seconds = (bench.isQuick ? quickWindowMs : windowMs) / 1_000
      const share = (value: (window: Window) => number) =>
        windows.map((window) => value(window) / seconds)
      const target = { of: 'ratio', atMost: 2.5 } as const
      figures.push(
        {
          ...{ what: `leader, ${of}`, unit: 'ms CPU a second', target },
          samples: share(({ leaderMs }) => leaderMs),
          reference: { what: 'echo of all', samples: share(({ echoMs }) => echoMs) },
        },
        {
          ...{ what: `follower, ${of}`, unit: 'ms CPU a second', target },
          samples: share(({ followerMs }) => followerMs),
          reference: { what: 'a third of it', samples: share(({ echoMs }) => echoMs / 3) },
        },
        {
          ...{ what: `memory of the leader, ${of}`, unit: 'MiB' },
          samples: windows.map(({ leaderMiB }) => leaderMiB),
        },
      )
    }
    return figures
  },
}
