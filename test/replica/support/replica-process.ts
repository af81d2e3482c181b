/** `berth replica`, the built program, with the settings that a test must give. */

import { eventually } from '../../support/eventually.js'
import { freshClusterName, natsUrl } from '../../support/nats.js'
import type { Owner } from '../../support/owner.js'
import { freePorts } from '../../support/ports.js'
import type { TestProcess } from '../../support/process.js'
import { berth } from '../../support/program.js'

/** One line of the log. */
export interface LogLine {
  readonly level: number
  readonly msg: string
  readonly [field: string]: unknown
}

export interface ReplicaPlan {
  readonly id: number
  readonly cluster: string
  readonly port: number
  readonly peerPort: number
  readonly peers: string
  readonly postgresUrl: string
}

export interface ReplicaUnderTest {
  readonly plan: ReplicaPlan
  readonly process: TestProcess
  /** Of REST, without a slash at its end. */
  readonly url: string
  /** Lines of the log so far. */
  log(): LogLine[]
  /**
   * The first log line, now or later, whose text or any field matches.
   * @param from how many of the first lines of its output do not count
   */
  logged(match: RegExp, from?: number): Promise<LogLine>
  get(path: string): Promise<{ status: number; body: Record<string, unknown> }>
  /** What it knows of the cluster, without asking anybody. */
  cluster(): Promise<{ leader: number | null; alarms: { code: string; replica: number | null }[] }>
  /** Cordons a name; settles once that is committed. */
  cordon(name: string): Promise<{ status: number; body: Record<string, unknown> }>
}

/** A start takes a second or two, and much longer on a machine that has other work. */
const patienceMs = 120_000
/** Far more than the ten seconds after which a replica says that the outcome is unknown. */
const answerTimeoutMs = 60_000

/** Short times, so that a test waits no longer than it must. */
export const quickFlags = ['--tick-ms', '10', '--log-format', 'json'] as const

/** Plans of a cluster on free ports. */
export async function planReplicas(urls: readonly string[]): Promise<ReplicaPlan[]> {
  const base = await freePorts(2 * urls.length)
  const cluster = freshClusterName()
  const peerPort = (at: number) => base + urls.length + at
  const peers = urls.map((_, at) => `${at + 1}=127.0.0.1:${peerPort(at)}`).join(',')
  return urls.map((postgresUrl, at) => ({
    ...{ id: at + 1, cluster, peers, postgresUrl },
    ...{ port: base + at, peerPort: peerPort(at) },
  }))
}

export async function planReplica(postgresUrl: string): Promise<ReplicaPlan> {
  const [plan] = await planReplicas([postgresUrl])
  return plan!
}

export function flagsOf(plan: ReplicaPlan): string[] {
  return [
    ...['--id', String(plan.id), '--cluster', plan.cluster, '--peers', plan.peers],
    ...['--listen', `127.0.0.1:${plan.port}`, '--peer-listen', `127.0.0.1:${plan.peerPort}`],
    ...['--postgres-url', plan.postgresUrl, '--nats-url', natsUrl()],
  ]
}

/** @param flags on top of those of the plan; a later one wins */
export function startReplica(
  owner: Owner,
  plan: ReplicaPlan,
  flags: readonly string[] = [],
): ReplicaUnderTest {
  const args = ['replica', ...flagsOf(plan), ...quickFlags, ...flags]
  const process = berth(owner, args, { env: { PGPASSWORD: null, PGPASSFILE: null } })
  const url = `http://127.0.0.1:${plan.port}`
  const log = () =>
    process.lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine)
  const ask = async (path: string, init: RequestInit = {}) => {
    const signal = AbortSignal.timeout(answerTimeoutMs)
    const answer = await fetch(`${url}${path}`, { signal, ...init })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  return {
    plan,
    process,
    url,
    log,
    logged: async (match, from) =>
      JSON.parse(await process.line(match, patienceMs, from)) as LogLine,
    get: (path) => ask(path),
    cluster: async () => {
      const { body } = await ask('/v1/cluster?consistency=stale')
      return body.status as Awaited<ReturnType<ReplicaUnderTest['cluster']>>
    },
    cordon: (name) => ask(`/v1/namespaces/default/members/${name}/cordon`, { method: 'POST' }),
  }
}

/** Waits until it is ready: a leader is known, database and NATS are up. */
export async function untilReady(replica: ReplicaUnderTest): Promise<void> {
  const isReady = async () => {
    if (replica.process.exit !== null) throw new Error(replica.process.lines.slice(-5).join('\n'))
    const { status, body } = await replica.get('/readyz?verbose')
    if (status !== 200) throw new Error(JSON.stringify(body))
    return true
  }
  await eventually(`replica ${replica.plan.id} to be ready`, isReady, patienceMs)
}

/** What it says on stderr when it refuses to start: one line, exit code 1. */
export async function refusalOf(replica: ReplicaUnderTest): Promise<string> {
  const { code } = await replica.process.exited
  const lines = replica.process.lines.filter((line) => !line.startsWith('{'))
  if (code !== 1 || lines.length !== 1) {
    throw new Error(`exit code ${code}, and it said:\n${replica.process.lines.join('\n')}`)
  }
  return lines[0]!
}
