/** What a call of an actor costs: in one process, through a sidecar, and while it waits. */
import { eventually } from '../../test/support/eventually.js'
import { freePorts } from '../../test/support/ports.js'
import { startProcess } from '../../test/support/process.js'
import { berthFile } from '../../test/support/program.js'
import type { LocalCallRun } from '../calls/local-works.js'
import type { WaitingRun } from '../calls/waiting-run.js'
import type { BenchContext, Benchmark, Figure } from '../harness/benchmark.js'
import { DirectCluster, patience } from '../harness/direct-cluster.js'
import { HttpConnection, postRequest } from '../harness/http-connection.js'
import { type Measured, runLoad } from '../harness/load.js'
import { runProgram, startProgram } from '../harness/program.js'
import { inTurn } from '../harness/statistics.js'

const compared = `
**Through the process**: two hosts, each an application (\`node:http\`, a few bytes for an answer)
behind a \`berth sidecar\`. A client calls actors through the sidecar of the first: those that this
host owns, which is one hop to its application, and those of the other host, which is two hops. The
reference is a bare reverse proxy made with undici, on the same path to the same application: one
proxy, and a proxy behind a proxy. With 32 in flight the calls go to 500 actors.

**Through the library**: \`sidecar.call\` of an actor of the own host, its answer read as a text,
less what the function costs that it calls.

**While an actor moves**: a host lets go of a thousand actors and takes its time, and another one
calls each of them. Both are in one process: its CPU while all calls wait stands beside that while
none does, and the answers are timed from the unlock on.
`
const fairness = `
- All four ways run in turn, on the same applications, with the same client: one connection for
  each call in flight. Before each comparison both are called for ten seconds, so that what is
  measured is compiled code.
- The proxies look at nothing and hold nothing. A sidecar finds the owner, asks its lease, counts
  the actor's calls, and adds the token; the second one asks again.
- Client, sidecars, proxies and applications share this machine's processors; three replicas with
  their databases stand by, at rest.
- daprd 1.18 on a machine of this kind carried 3,300 calls a second over 500 actors, 32 in flight,
  at a host's own application: at least twice that is the target of the rate.
- In the library CPU is counted, so whoever else runs on the machine takes nothing from it.
`

const actors = 500
const loads = [1, 32] as const
const runMs = 3_000
/** Sidecars and proxies run for days: what is compared is compiled code. */
const warmUpMs = 10_000
const quickRunMs = 200
const localCalls = 8_000
const quickLocalCalls = 500
const waitingCalls = 1_000
const quickWaitingCalls = 50
const programTimeoutMs = 300_000
const daprPerSecond = 3_300
const names = 2_000

/** Two applications with a sidecar each. */
interface Hosts {
  /** Of the first: its local port. */
  readonly port: number
  /** Requests for actors of the first host, and of the second. */
  readonly own: readonly Buffer[]
  readonly others: readonly Buffer[]
}

async function startHosts(
  { endings, say }: BenchContext,
  cluster: DirectCluster,
  applications: readonly number[],
): Promise<Hosts> {
  const replicas = cluster.replicas.map(({ webSocket }) => webSocket).join()
  const first = await freePorts(2 * applications.length)
  const hosts = applications.map((application, i) => {
    const [name, local] = [`127.0.0.1:${first + 2 * i}`, first + 2 * i + 1]
    startProcess(endings, process.execPath, [
      ...[berthFile, 'sidecar', '--replicas', replicas, '--name', name, '--app-id', 'bench'],
      ...['--types', 'Counter', '--app', `http://127.0.0.1:${application}`],
      ...['--listen', `127.0.0.1:${local}`],
    ])
    return { name, local }
  })
  say('the sidecars join')
  const [{ name, local }] = hosts as [(typeof hosts)[number]]
  const ids = Array.from({ length: names }, (_, i) => `counter-${i}`)
  const whereOf = async (id: string) => {
    const answer = await fetch(`http://127.0.0.1:${local}/v1/where/Counter/${id}`)
    return ((await answer.json()) as { readonly host: string }).host
  }
  const owners = await eventually('actors at both hosts', async () => {
    const found = await Promise.all(ids.map(whereOf))
    return new Set(found).size === hosts.length ? found : null
  })
  const requestsOf = (isOwn: boolean) =>
    ids
      .filter((_, i) => (owners[i] === name) === isOwn)
      .slice(0, actors)
      .map((id) => postRequest(`127.0.0.1:${local}`, `/v1/call/Counter/${id}/add`))
  return { port: local, own: requestsOf(true), others: requestsOf(false) }
}

async function load(
  bench: BenchContext,
  port: number,
  requests: readonly Buffer[],
  { inFlight, ms = runMs }: { readonly inFlight: number; readonly ms?: number },
): Promise<Measured> {
  const connections = await Promise.all(
    Array.from({ length: inFlight }, () => HttpConnection.open('127.0.0.1', port)),
  )
  let next = 0
  const measured = await runLoad({
    inFlight,
    limit: { ms: bench.isQuick ? quickRunMs : ms },
    ask: async (client) => {
      next += 1
      const status = await connections[client]!.ask(requests[next % requests.length]!)
      if (status !== 200) throw new Error(`a call was answered with ${status}`)
    },
  })
  for (const connection of connections) connection.close()
  return measured
}

async function throughProcess(
  bench: BenchContext,
  cluster: DirectCluster,
): Promise<readonly Figure[]> {
  const { endings, repetitions, say } = bench
  const startApplication = async () =>
    (await startProgram<number>(endings, 'call-application')).said
  const applications = [await startApplication(), await startApplication()]
  const startProxy = async (port: number) =>
    (await startProgram<number>(endings, 'call-proxy', [String(port)])).said
  const behind = await startProxy(applications[1]!)
  const proxies = [await startProxy(applications[0]!), await startProxy(behind)]
  const hosts = await startHosts(bench, cluster, applications)
  const figures: Figure[] = []
  for (const [hops, requests] of [[1, hosts.own] as const, [2, hosts.others] as const]) {
    const proxy = proxies[hops - 1]!
    const target = `127.0.0.1:${proxy}`
    const plain = requests.map((_, i) => postRequest(target, `/Counter/counter-${i}/add`))
    for (const inFlight of loads) {
      const what = hops === 1 ? "a call at the caller's host" : 'a call at another host'
      say(`${what}, ${inFlight} in flight`)
      await load(bench, hosts.port, requests, { inFlight, ms: warmUpMs })
      await load(bench, proxy, plain, { inFlight, ms: warmUpMs })
      const { first, second } = await inTurn(
        repetitions,
        () => load(bench, hosts.port, requests, { inFlight }),
        () => load(bench, proxy, plain, { inFlight }),
      )
      figures.push(...figuresOf(`${what}, ${inFlight} in flight`, hops, { first, second }))
      if (hops === 1 && inFlight > 1) figures.push(besideDapr(first))
    }
  }
  return figures
}

function figuresOf(
  what: string,
  hops: number,
  { first, second }: { first: readonly Measured[]; second: readonly Measured[] },
): readonly Figure[] {
  const reference = hops === 1 ? 'a proxy' : 'two proxies'
  const p50: Figure = {
    ...{ what: `p50, ${what}`, unit: 'ms', samples: first.map(({ p50Ms }) => p50Ms) },
    reference: { what: reference, samples: second.map(({ p50Ms }) => p50Ms) },
    target: { of: 'ratio', atMost: 1.2 },
  }
  const rate: Figure = {
    ...{ what: `rate, ${what}`, unit: 'calls/s' },
    samples: first.map(({ perSecond }) => perSecond),
    reference: { what: reference, samples: second.map(({ perSecond }) => perSecond) },
    target: { of: 'ratio', atLeast: 0.8 },
  }
  return [p50, rate]
}

function besideDapr(measured: readonly Measured[]): Figure {
  return {
    ...{ what: "rate at the caller's host, beside daprd's 3,300", unit: 'calls/s' },
    samples: measured.map(({ perSecond }) => perSecond),
    target: { of: 'value', atLeast: 2 * daprPerSecond },
  }
}

async function throughLibrary({ repetitions, isQuick, say }: BenchContext) {
  say('through the library')
  const calls = isQuick ? quickLocalCalls : localCalls
  const { bare, body } = await runProgram<LocalCallRun>('local-call', {
    args: ['--repetitions', String(repetitions), '--calls', String(calls)],
    timeoutMs: programTimeoutMs,
  })
  const figure: Figure = {
    ...{ what: 'a call in the own process, less its function', unit: 'µs' },
    samples: body.map((micros, i) => micros - bare[i]!),
    target: { of: 'value', atMost: 20 },
  }
  return [figure]
}

async function whileWaiting(bench: BenchContext, cluster: DirectCluster) {
  const { repetitions, isQuick, say } = bench
  const count = isQuick ? quickWaitingCalls : waitingCalls
  say(`${count} calls wait`)
  const run = await runProgram<WaitingRun>('waiting-calls', {
    args: [
      ...['--replicas', cluster.replicas.map(({ webSocket }) => webSocket).join()],
      ...['--repetitions', String(repetitions), '--calls', String(count)],
      ...['--window-ms', String(isQuick ? quickRunMs : runMs)],
    ],
    timeoutMs: programTimeoutMs,
  })
  const cost: Figure = {
    ...{ what: `CPU while ${count.toLocaleString('en')} calls wait`, unit: 'ms' },
    samples: run.waitingMs,
    reference: { what: 'while none waits', samples: run.idleMs },
  }
  const out: Figure = {
    ...{ what: 'from the unlock to the last answer', unit: 'ms', samples: run.outMs },
    target: { of: 'value', atMost: 50 },
  }
  return [cost, out]
}

export const calls: Benchmark = {
  name: 'calls',
  summary: 'calls of actors, beside a bare reverse proxy',
  ...{ compared, fairness, repetitions: 7 },
  run: async (bench) => {
    const cluster = await DirectCluster.start(bench, patience)
    return [
      ...(await throughLibrary(bench)),
      ...(await whileWaiting(bench, cluster)),
      ...(await throughProcess(bench, cluster)),
    ]
  },
}
