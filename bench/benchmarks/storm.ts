/** Many joins at once, and many hosts replaced one by one. */
import { setTimeout as delay } from 'node:timers/promises'
import type { BenchContext, Benchmark, Figure } from '../harness/benchmark.js'
import { DirectCluster } from '../harness/direct-cluster.js'
import { EtcdCluster } from '../harness/etcd.js'
import type { RoundSeen } from '../hosts/fleet.js'
import { FleetProcess, fleetGoneMs, patientSettings } from '../hosts/fleet-process.js'

const compared = `
So many hosts are connected and say hello at once, to a namespace that has none: from the first
hello to the last unlock that one of them hears, every host has then the table with all. Beside
it as many clients put 64 bytes each into etcd at once, three members on the same disk: until all
are answered. Then 100 of the hosts are replaced one by one: each says bye, and comes anew under
its name. The bytes that come to one host over both ways, the answers to its heartbeats among
them, stand beside the size of the final table as it is sent whole.
`
const fairness = `
- A put is one message and one answer; a join is a hello, a commit, a welcome that tells the
  table, an acknowledgement of all, a second commit and an unlock to all.
- Hosts are light (see \`round\`): all in one process, that takes its part of the processors.
- Each storm has a namespace of its own on a cluster that goes on; the hosts of the one before
  have been gone for 25 seconds, and are out of their table.
- Times have targets for a machine on which one etcd put at 1 in flight takes 1.3 ms: such a put
  is timed before each storm, and the time of the storm is divided by how much longer it took
  here.
`

const sizes = [100, 1_000]
const quickSizes = [10]
const replacedMax = 100
const quickRestMs = 500
/** Of the machine that the targets are for. */
const usualPutMs = 1.3
const puts = 200
const targetMs = new Map([
  [100, 80],
  [1_000, 1_000],
])

interface Storm {
  readonly joined: RoundSeen
  readonly replaced: RoundSeen
  readonly tableBytes: number
  readonly etcdMs: number
  /** One put at a time, the median, in ms. */
  readonly putMs: number
}

interface Etcd {
  /** @returns how long so many puts at once take, in ms */
  puts(count: number): Promise<number>
  /** @returns of one at a time, in ms */
  onePut(): Promise<number>
}

async function startEtcd(bench: BenchContext): Promise<Etcd> {
  const etcd = await EtcdCluster.start(bench)
  const { client } = await etcd.settled()
  const value = Buffer.alloc(64, 'v')
  const put = (number: number) => client.put(Buffer.from(`storm-${number}`), value)
  const onePut = async () => {
    const startMs = performance.now()
    for (let i = 0; i < puts; i += 1) await put(i)
    return (performance.now() - startMs) / puts
  }
  const many = async (count: number) => {
    const startMs = performance.now()
    await Promise.all(Array.from({ length: count }, (_, i) => put(i)))
    return performance.now() - startMs
  }
  await onePut()
  return { puts: many, onePut }
}

async function measure(
  bench: BenchContext,
  cluster: DirectCluster,
  etcd: Etcd,
  hosts: number,
  repetition: number,
): Promise<Storm> {
  bench.say(`${hosts} at once, ${repetition + 1} of ${bench.repetitions}`)
  const urls = cluster.replicas.map(({ webSocket }) => webSocket)
  const fleet = await FleetProcess.start(bench.endings, urls, `storm-${hosts}-${repetition}`)
  await delay(bench.isQuick ? quickRestMs : fleetGoneMs)
  const putMs = await etcd.onePut()
  const etcdMs = await etcd.puts(hosts)
  const joined = (await fleet.ask({ kind: 'round', joins: hosts })).round!
  const tableBytes = (await fleet.ask({ kind: 'table' })).value
  const count = Math.min(hosts, replacedMax)
  const answer = await fleet.ask({ kind: 'replace', count })
  for (const [what, times] of answer.odd) bench.say(`${what}, ${times} times`)
  fleet.kill()
  return { joined, replaced: answer.round!, tableBytes, etcdMs, putMs }
}

function figuresOf(hosts: number, storms: readonly Storm[]): readonly Figure[] {
  const of = `${hosts.toLocaleString('en')} at once`
  const all = (value: (storm: Storm) => number) => storms.map(value)
  const reference = { what: 'the table', samples: all(({ tableBytes }) => tableBytes) }
  const usual = all(({ joined, putMs }) => (joined.fromHelloMs * usualPutMs) / putMs)
  const atMost = targetMs.get(hosts)
  const replaced = Math.min(hosts, replacedMax)
  return [
    {
      ...{ what: `hello to last unlock, ${of}`, unit: 'ms' },
      samples: all(({ joined }) => joined.fromHelloMs),
      reference: { what: 'as many etcd puts at once', samples: all(({ etcdMs }) => etcdMs) },
    },
    {
      ...{ what: `the same where a put takes ${usualPutMs} ms, ${of}`, unit: 'ms', samples: usual },
      ...(atMost === undefined ? {} : { target: { of: 'value', atMost } }),
    },
    {
      ...{ what: `rounds, ${of}`, unit: 'rounds', samples: all(({ joined }) => joined.rounds) },
      target: { of: 'value', atMost: 3 },
    },
    {
      ...{ what: `to each host, ${of}`, unit: 'bytes', samples: all(({ joined }) => joined.bytes) },
      ...{ reference, target: { of: 'ratio', atMost: 2 } },
    },
    {
      ...{ what: `one of ${replaced} replaced one by one, of ${hosts} hosts`, unit: 'ms' },
      samples: all((storm) => storm.replaced.ms / replaced),
    },
    {
      ...{ what: `to each host meanwhile, of ${hosts} hosts`, unit: 'bytes', reference },
      samples: all((storm) => storm.replaced.bytes),
      target: { of: 'ratio', atMost: 2 },
    },
  ]
}

export const storm: Benchmark = {
  name: 'storm',
  summary: 'many joins at once, and many hosts replaced one by one',
  ...{ compared, fairness, repetitions: 5 },
  run: async (bench) => {
    const cluster = await DirectCluster.start(bench, { settings: patientSettings })
    const etcd = await startEtcd(bench)
    const figures: Figure[] = []
    for (const hosts of bench.isQuick ? quickSizes : sizes) {
      const storms: Storm[] = []
      for (let repetition = 0; repetition < bench.repetitions; repetition += 1) {
        storms.push(await measure(bench, cluster, etcd, hosts, repetition))
      }
      figures.push(...figuresOf(hosts, storms))
    }
    return figures
  },
}
