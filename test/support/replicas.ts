/** Replicas as real processes, each with a database of its own, as an operator starts them. */
import type { paths } from '../../src/api/openapi.generated.js'
import { createDatabase } from './database.js'
import { eventually } from './eventually.js'
import { freshClusterName, natsUrl } from './nats.js'
import type { Owner } from './owner.js'
import { freePorts } from './ports.js'
import type { TestProcess } from './process.js'
import { berth } from './program.js'

export type Cluster = paths['/v1/cluster']['get']['responses']['200']['content']['application/json']

/** Far more than the ten seconds after which a replica says that the outcome is unknown. */
const answerTimeoutMs = 30_000
/** Most replicas of one test. */
const replicasMax = 8

export interface Replica extends TestProcess {
  readonly id: number
  /** `http://host:port` of its REST plane. */
  readonly api: string
  /** `host:port` for the others. */
  readonly peer: string
}

export interface Answer {
  readonly status: number
  /** An answer before this one said that the outcome is not known: it may have been done then. */
  readonly repeats: boolean
  // Whatever the server says: each test looks at what it is about.
  readonly body: Readonly<Record<string, unknown>>
}

export class Replicas {
  readonly #owner: Owner
  readonly #port: number
  readonly #name = freshClusterName()
  readonly #databases = new Map<number, string>()

  private constructor(owner: Owner, port: number) {
    this.#owner = owner
    this.#port = port
  }

  static async prepare(owner: Owner): Promise<Replicas> {
    return new Replicas(owner, await freePorts(2 * replicasMax))
  }

  /** Starts a replica, or starts it again on the database that it has. */
  async start(
    id: number,
    among: readonly number[],
    flags: readonly string[] = [],
  ): Promise<Replica> {
    const database = this.#databases.get(id) ?? (await createDatabase()).url
    this.#databases.set(id, database)
    const listen = `127.0.0.1:${this.#port + id - 1}`
    const started = berth(this.#owner, [
      ...['replica', '--id', String(id), '--cluster', this.#name],
      ...['--listen', listen, '--peer-listen', this.peer(id)],
      ...['--peers', among.map((one) => `${one}=${this.peer(one)}`).join(',')],
      ...['--postgres-url', database, '--nats-url', natsUrl(), '--log-format', 'json'],
      ...flags,
    ])
    const own = { id, api: `http://${listen}`, peer: this.peer(id) }
    return Object.assign(Object.create(started) as TestProcess, own)
  }

  /** `host:port` where others reach a replica, whether it runs or not. */
  peer(id: number): string {
    return `127.0.0.1:${this.#port + replicasMax + id - 1}`
  }
}

/** Asks until a leader has answered; it changes hands where a machine stands still for seconds. */
export async function ask(replica: Replica, method: string, path: string, body?: object) {
  const headers = { 'content-type': 'application/json' }
  const content = body === undefined ? {} : { body: JSON.stringify(body), headers }
  let repeats = false
  return eventually(`an answer to ${method} ${path}`, async (): Promise<Answer> => {
    const signal = AbortSignal.timeout(answerTimeoutMs)
    const answer = await fetch(replica.api + path, { method, ...content, signal })
    const said = (await answer.json()) as Answer['body']
    repeats ||= said.code === 'timeout'
    if (said.code === 'no_leader' || said.code === 'timeout') throw new Error(String(said.detail))
    return { status: answer.status, repeats, body: said }
  })
}

export async function clusterOf(replica: Replica): Promise<Cluster> {
  const answer = await fetch(`${replica.api}/v1/cluster`, {
    signal: AbortSignal.timeout(answerTimeoutMs),
  })
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Cluster
}

/** Starting several at once takes seconds, on a machine that is busy many of them. */
const deadlineMs = 120_000

/** Waits until a replica sees a cluster that is as the test says. */
export function untilCluster(
  replica: Replica,
  what: string,
  holds: (status: Cluster['status']) => boolean,
): Promise<Cluster['status']> {
  const poll = async () => {
    const { status } = await clusterOf(replica)
    if (!holds(status)) throw new Error(JSON.stringify(status))
    return status
  }
  return eventually(`${what}, as replica ${replica.id} sees it`, poll, deadlineMs)
}
