/** Replicas as real processes, each with a database of its own, as an operator starts them. */
import type { paths } from '../../src/api/openapi.generated.js'
import { createDatabase, type TestDatabase } from './database.js'
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
/** Most peer ports that a replica of one test may have, one after the other. */
const peerPortsMax = 4

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
  readonly #databases = new Map<number, TestDatabase>()
  readonly #moves = new Map<number, number>()

  private constructor(owner: Owner, port: number) {
    this.#owner = owner
    this.#port = port
  }

  static async prepare(owner: Owner): Promise<Replicas> {
    return new Replicas(owner, await freePorts((1 + peerPortsMax) * replicasMax))
  }

  /** Starts a replica, or starts it again on the database that it has. */
  async start(
    id: number,
    among: readonly number[],
    flags: readonly string[] = [],
  ): Promise<Replica> {
    const database = this.#databases.get(id) ?? (await createDatabase())
    this.#databases.set(id, database)
    const listen = `127.0.0.1:${this.#port + id - 1}`
    const started = berth(this.#owner, [
      ...['replica', '--id', String(id), '--cluster', this.#name],
      ...['--listen', listen, '--peer-listen', this.peer(id)],
      ...['--peers', among.map((one) => `${one}=${this.peer(one)}`).join(',')],
      ...['--postgres-url', database.url, '--nats-url', natsUrl(), '--log-format', 'json'],
      ...flags,
    ])
    const own = { id, api: `http://${listen}`, peer: this.peer(id) }
    return Object.assign(Object.create(started) as TestProcess, own)
  }

  /** `host:port` where others reach a replica, whether it runs or not. */
  peer(id: number): string {
    const moves = this.#moves.get(id) ?? 0
    return `127.0.0.1:${this.#port + (1 + moves) * replicasMax + id - 1}`
  }

  /** From its next start on a replica has another peer port, and whoever starts then knows. */
  move(id: number): void {
    const moves = (this.#moves.get(id) ?? 0) + 1
    if (moves >= peerPortsMax) throw new Error(`replica ${id} has moved too often`)
    this.#moves.set(id, moves)
  }

  /** Of a replica that was started. */
  database(id: number): TestDatabase {
    return this.#databases.get(id)!
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
