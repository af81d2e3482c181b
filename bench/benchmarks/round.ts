/** One join into many connected hosts, beside what NATS alone takes for its messages. */
import { setTimeout as delay } from 'node:timers/promises'
import type { BenchContext, Benchmark, Figure } from '../harness/benchmark.js'
import { DirectCluster } from '../harness/direct-cluster.js'
import { inTurn } from '../harness/statistics.js'
import { FleetProcess, patientSettings } from '../hosts/fleet-process.js'

const compared = `
Three replicas with a Postgres each serve so many connected hosts, a third each. One more host
joins. A round is timed as hosts see it: from the first lock that one of them hears to the last
unlock that one of them hears. In between each host hears lock, update and unlock over NATS, and
acknowledges over its WebSocket; the leader waits for those who lose keys, records the round on a
quorum of disks, and only then publishes the unlock. The reference is twice this, over the same
nats-server in the same process: one message of 400 bytes to as many subscribers, each of which
replies.
`
const fairness = `
- A round cannot be less than one message to all, an answer of all, and a second message to all;
  the reference has an answer more, and no disk.
- Hosts are light: a WebSocket and a connection to NATS of their own each, all in one process.
  They answer as sidecars do, verify no signature and make no table; what an order says is read
  once for all. Subscribers of the reference are of the same kind, in the same process.
- Both take turns; the hosts heartbeat every second all the time, during the reference too.
- All processes share this machine's processors: the hosts' side of a round, which is spread over
  a thousand machines otherwise, stands in line here, on both sides.
`

const sizes = [100, 1_000, 3_000]
const quickSizes = [20]
/** The coalescing window of the round before is over, and damping forgets nothing. */
const restMs = 500
const echoTurns = 2

async function measure(bench: BenchContext, cluster: DirectCluster, hosts: number) {
  const urls = cluster.replicas.map(({ webSocket }) => webSocket)
  const fleet = await FleetProcess.start(bench.endings, urls, `round-${hosts}`)
  bench.say(`${hosts} hosts join`)
  await fleet.ask({ kind: 'grow', count: hosts })
  const echo = { kind: 'echo', nats: cluster.natsUrl, turns: echoTurns } as const
  // Both once before: subscribers are made, and code is compiled.
  for (let i = 0; i < 2; i += 1) {
    await fleet.ask(echo)
    await fleet.ask({ kind: 'round', joins: 1 })
  }
  const odd: string[] = []
  const measured = await inTurn(
    bench.repetitions,
    async (repetition) => {
      await delay(restMs)
      bench.say(`${hosts} hosts, ${repetition + 1} of ${bench.repetitions}`)
      const answer = await fleet.ask({ kind: 'round', joins: 1 })
      odd.splice(0, odd.length, ...answer.odd.map(([what, count]) => `${what}, ${count} times`))
      return answer.round!
    },
    async () => {
      await delay(restMs)
      return (await fleet.ask(echo)).value
    },
  )
  for (const what of odd) bench.say(what)
  fleet.kill()
  return measured
}

export const round: Benchmark = {
  name: 'round',
  summary: 'one join into many connected hosts, beside bare NATS',
  ...{ compared, fairness, repetitions: 15 },
  run: async (bench) => {
    const cluster = await DirectCluster.start(bench, { settings: patientSettings })
    const figures: Figure[] = []
    for (const hosts of bench.isQuick ? quickSizes : sizes) {
      const { first: rounds, second: echoes } = await measure(bench, cluster, hosts)
      const of = `${hosts.toLocaleString('en')} hosts`
      figures.push(
        {
          ...{ what: `first lock to last unlock, ${of}`, unit: 'ms' },
          samples: rounds.map(({ ms }) => ms),
          reference: { what: 'twice a publication and all replies', samples: echoes },
          target: { of: 'ratio', atMost: 2 },
        },
        {
          ...{ what: `hello to last unlock, ${of}`, unit: 'ms' },
          samples: rounds.map(({ fromHelloMs }) => fromHelloMs),
        },
      )
    }
    return figures
  },
}
