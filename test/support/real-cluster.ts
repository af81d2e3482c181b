/**
 * A cluster of real processes as `berth up` starts it, and what a person or a program asks of its
 * parts: over REST, over the sample hosts' own addresses, and by kill -9.
 */

import type { components } from '../../src/api/openapi.generated.js'
import { identify, isAlive, sendSignal } from '../../src/process/process-table.js'
import type { Placement, SidecarState } from '../../src/sidecar/index.js'
import { eventually } from './eventually.js'
import { type Ground, lineAfter, prepareGround, startUp, type Up } from './local-cluster.js'
import type { Owner } from './owner.js'
import { startProcess, type TestProcess } from './process.js'
import { berthFile } from './program.js'

type Schemas = components['schemas']
export type RestTable = Schemas['Table']
export type ClusterStatus = Schemas['ClusterStatus']
export type RestEvent = Schemas['Event']
export type RestRounds = Schemas['Rounds']
export type Consistency = 'stale' | 'default' | 'consistent'

/** What a sample host's `GET /state` answers. */
export type HostState = SidecarState & { readonly ready: boolean }

export interface RealClusterOptions {
  /** Default: 3. */
  readonly replicas?: number
  /** Sample hosts. Default: 5. */
  readonly hosts?: number
  /** More flags of `berth up`. */
  readonly flags?: readonly string[]
  /** Settings of every replica, as environment variables. */
  readonly env?: Readonly<Record<string, string>>
}

/** A request that was answered with another status than 2xx. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, url: string, body: string) {
    super(`${url} answers ${status}: ${body.slice(0, 300)}`)
    this.status = status
  }
}

const answerTimeoutMs = 25_000
/** Processes that are started again on two busy cores take their time. */
const patienceMs = 120_000

/**
 * Settings of replicas for tests in which nobody is to be taken for dead because the machine is
 * busy: a leader that gets no CPU for three seconds stays one, and so does a host for a quarter of
 * a minute.
 */
export const patientEnv: Readonly<Record<string, string>> = {
  BERTH_ELECTION_TICKS: '60',
  BERTH_INITIAL_SETTINGS: JSON.stringify({
    ...{ fenceAfterMs: 16_000, hostTimeoutMs: 18_000, roundDeadlineMs: 60_000 },
  }),
}
/** Of each process, when something did not come. */
const linesShown = 12
/** Each is an entry, and its round another one; after so many it is looked how far they go. */
const changesAtOnce = 8

export class RealCluster {
  readonly ground: Ground
  /** Ids of the replicas. */
  readonly replicas: readonly number[]
  /** Names of the sample hosts, `host:port`. */
  readonly hosts: readonly string[]
  readonly #owner: Owner
  readonly #options: RealClusterOptions
  readonly #pids = new Map<string, number>()
  /** What was pasted: of these the supervisor prints no line again. */
  readonly #lines = new Map<string, string>()
  readonly #pasted: TestProcess[] = []
  #up: Up

  static async start(owner: Owner, options: RealClusterOptions = {}): Promise<RealCluster> {
    const cluster = new RealCluster(owner, options, await prepareGround(owner))
    await cluster.#ready()
    return cluster
  }

  private constructor(owner: Owner, options: RealClusterOptions, ground: Ground) {
    const { replicas = 3, hosts = 5 } = options
    this.#owner = owner
    this.#options = options
    this.ground = ground
    this.replicas = Array.from({ length: replicas }, (_, i) => i + 1)
    this.hosts = Array.from({ length: hosts }, (_, i) => `127.0.0.1:${ground.port + 50 + i}`)
    this.#up = this.#startUp()
  }

  /** The supervisor: of the last start. */
  get up(): Up {
    return this.#up
  }

  get natsUrl(): string {
    return `nats://127.0.0.1:${this.ground.port + 22}`
  }

  // ---- processes -----------------------------------------------------------------------------

  /** Pid of `replica 2`, `host 1`, `nats-server` or `Postgres`. */
  pid(name: string): number {
    const pid = this.#pids.get(name)
    if (pid === undefined) throw new Error(`no ${name} runs here`)
    return pid
  }

  /**
   * kill -9, or what else is said; done when it is gone.
   * @returns the line that starts it again, as it was printed
   */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<string> {
    const [line] = await this.killAll([name], signal)
    return line!
  }

  /** kill -9 to all of them at once. */
  async killAll(
    names: readonly string[],
    signal: NodeJS.Signals = 'SIGKILL',
  ): Promise<readonly string[]> {
    const killed = names.map((name) => [name, identify(this.pid(name))] as const)
    for (const [, { pid }] of killed) sendSignal(pid, signal)
    for (const [name, identity] of killed) {
      await eventually(`the end of ${name}`, () => !isAlive(identity))
      this.#pids.delete(name)
    }
    return Promise.all(
      killed.map(
        async ([name, { pid }]) =>
          this.#lines.get(name) ?? (await lineAfter(this.#up, `${name} (pid ${pid})`)),
      ),
    )
  }

  /** Pastes a printed line into a shell; does not wait until the process is ready. */
  startAgain(name: string, line: string): TestProcess {
    const { env = {} } = this.#options
    const shell = startProcess(this.#owner, '/bin/sh', ['-c', `cd / && exec env ${line}`], { env })
    this.#pids.set(name, shell.pid)
    this.#lines.set(name, line)
    this.#pasted.push(shell)
    return shell
  }

  /** Pastes a line into a shell whose process ends by itself. @returns its output */
  async runToEnd(line: string): Promise<string> {
    const { env = {} } = this.#options
    const shell = startProcess(this.#owner, '/bin/sh', ['-c', `cd / && exec env ${line}`], { env })
    await shell.exited
    return shell.lines.join('\n')
  }

  /** SIGTERM to whatever `startAgain` started; the supervisor does not know it. */
  async endPasted(): Promise<void> {
    const pasted = this.#pasted.splice(0)
    for (const shell of pasted) shell.signal('SIGTERM')
    await Promise.all(pasted.map(({ exited }) => exited))
  }

  /** Ctrl-C; done when the supervisor has ended. @returns its exit code */
  async stop(): Promise<number | null> {
    this.#up.signal('SIGINT')
    return (await this.#up.exited).code
  }

  /** `berth up` once more on the same ground. */
  async start(): Promise<void> {
    this.#up = this.#startUp()
    await this.#ready()
  }

  /** What the supervisor and the pasted processes said last. */
  #lastWords(): string {
    const all = [this.#up, ...this.#pasted]
    return all.flatMap(({ lines }) => lines.slice(-linesShown)).join('\n')
  }

  #startUp(): Up {
    const { flags = [], env = {} } = this.#options
    const counts = [
      ...['--replicas', String(this.replicas.length)],
      ...['--hosts', String(this.hosts.length)],
    ]
    return startUp(this.#owner, this.ground, [...counts, ...flags], { env }, berthFile)
  }

  async #ready(): Promise<void> {
    await this.#up.ready()
    this.#pids.clear()
    this.#lines.clear()
    for (const [name, pid] of this.#up.pids()) this.#pids.set(name, pid)
  }

  // ---- REST ----------------------------------------------------------------------------------

  api(replica: number): string {
    return `http://127.0.0.1:${this.ground.port + replica - 1}`
  }

  /** Address of a replica for sidecars. */
  webSocket(replica: number): string {
    return this.api(replica).replace('http', 'ws')
  }

  get<T>(replica: number, path: string): Promise<T> {
    return request<T>('GET', this.api(replica) + path)
  }

  patch<T>(replica: number, path: string, body: unknown): Promise<T> {
    return request<T>('PATCH', this.api(replica) + path, body)
  }

  post<T>(replica: number, path: string, body?: unknown): Promise<T> {
    return request<T>('POST', this.api(replica) + path, body)
  }

  /** The replica's own table, without asking the leader, unless another consistency is given. */
  table(replica: number, consistency: Consistency = 'stale'): Promise<RestTable> {
    return this.get(replica, `/v1/namespaces/default/table?consistency=${consistency}`)
  }

  async status(replica: number): Promise<ClusterStatus> {
    const { status } = await this.get<Schemas['Cluster']>(replica, '/v1/cluster?consistency=stale')
    return status
  }

  rounds(replica: number): Promise<RestRounds> {
    return this.get(replica, '/v1/namespaces/default/rounds')
  }

  /** Asks until it is done: a write that may be done twice, at a replica that may just elect. */
  postUntilDone(replica: number, path: string): Promise<object> {
    return this.until(`POST ${path}`, () => this.post<object>(replica, path))
  }

  /** Owner of an actor by the replica's own table. */
  async owner(replica: number, type: string, id: string): Promise<string | null> {
    const path = `/v1/namespaces/default/actors/${type}/${id}?consistency=stale`
    const { placement } = await this.get<Schemas['ActorPlacement']>(replica, path)
    return placement?.owner.host ?? null
  }

  /** Value of a metric without labels. */
  async metric(replica: number, name: string): Promise<number> {
    const answer = await fetch(`${this.api(replica)}/metrics`)
    const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(await answer.text())
    if (found === null) throw new Error(`replica ${replica} shows no ${name}`)
    return Number(found[1])
  }

  /** Index through which the log of a replica is gone: a snapshot stands for it. */
  async purgedThrough(replica: number): Promise<number> {
    const commit = await this.metric(replica, 'berth_raft_commit_index')
    return commit - (await this.metric(replica, 'berth_raft_log_entries'))
  }

  /**
   * Changes tables until the others' logs begin after all that a killed replica has, whichever of
   * them leads when it comes back. How many that takes nobody knows: a busy replica makes fewer
   * snapshots than are due.
   * @param others replicas that run @param host that is cordoned and uncordoned
   * @returns how many changes there were, and through which index both logs are gone at least
   */
  async purgeFor(
    others: readonly number[],
    leader: number,
    host: string,
  ): Promise<{ readonly changes: number; readonly purged: number }> {
    // The killed one has no more than was committed when it ended.
    const committed = await this.metric(leader, 'berth_raft_commit_index')
    let changes = 0
    const purged = await this.until('logs that begin after what it has', async () => {
      await this.changeTables(leader, host, changesAtOnce)
      changes += changesAtOnce
      const least = Math.min(...(await Promise.all(others.map((id) => this.purgedThrough(id)))))
      return least > committed && least
    })
    return { changes, purged }
  }

  /**
   * Cordons a host and uncordons it in turn: each is an entry of the log, and its round another.
   * @param times even, so that it is not cordoned in the end
   */
  async changeTables(leader: number, host: string, times: number): Promise<void> {
    const member = `/v1/namespaces/default/members/${host}`
    for (let i = 0; i < times; i += 1) {
      await this.postUntilDone(leader, `${member}/${i % 2 === 0 ? 'cordon' : 'uncordon'}`)
    }
  }

  /** Who leads, once the given replicas agree. */
  leader(among: readonly number[] = this.replicas): Promise<number> {
    return this.until('a leader that all know', async () => {
      const known = await Promise.all(among.map((id) => this.status(id)))
      const [first] = known
      return known.every(({ leader }) => leader === first?.leader) && first?.leader
    })
  }

  /** Waits until the disseminated table of each replica satisfies `is`. */
  untilTables(
    what: string,
    is: (table: RestTable) => boolean,
    among: readonly number[] = this.replicas,
  ): Promise<readonly RestTable[]> {
    return this.until(what, async () => {
      const tables = await Promise.all(among.map((id) => this.table(id)))
      if (tables.every(is)) return tables
      throw new Error(
        tables.map((table) => `${table.generation}: ${namesOf(table).join()}`).join('; '),
      )
    })
  }

  /** `eventually` for this cluster: what does not come is told with the processes' last words. */
  until<T>(
    what: string,
    poll: () => Promise<T>,
    deadlineMs = patienceMs,
  ): Promise<Exclude<T, null | undefined | false>> {
    const tellLastWords = (error: Error) => {
      throw new Error(`${error.message}\n${this.#lastWords()}`)
    }
    return eventually(what, () => poll().catch(tellLastWords), deadlineMs)
  }

  // ---- sample hosts --------------------------------------------------------------------------

  hostState(name: string): Promise<HostState> {
    return request<HostState>('GET', `http://${name}/state`)
  }

  /** Where the host's sidecar says that an actor is; waits while it moves. */
  where(name: string, type: string, id: string): Promise<Placement> {
    return request<Placement>('GET', `http://${name}/where/${type}/${id}`)
  }
}

/** @throws Refusal */
export async function request<T>(method: string, url: string, body?: unknown): Promise<T> {
  const answer = await fetch(url, {
    method,
    signal: AbortSignal.timeout(answerTimeoutMs),
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Refusal(answer.status, url, text)
  return JSON.parse(text) as T
}

export function namesOf(table: RestTable): readonly string[] {
  return table.members.map(({ name }) => name)
}
