/**
 * A running local cluster: starts its processes in order, knows which of them live, and stops them
 * in the opposite order. Nothing that it starts outlives it, whichever way it ends.
 */

import { type Child, describeExit, endOf, rotateLog, startServer } from '../servers/child.js'
import { commandLine } from '../servers/command.js'
import { Keeper } from '../servers/keeper.js'
import { makeOwnFolder } from '../servers/own-files.js'
import { hostReadiness, replicaReadiness, waitFor } from '../servers/wait.js'
import {
  type Backing,
  type BackingContext,
  dropReplacedDatabases,
  makeDatabases,
  type NatsBacking,
  type PostgresBacking,
  prepareNats,
  startEmbeddedPostgres,
  startOwnNats,
  useExternalNats,
  useExternalPostgres,
} from './backing.js'
import { type MemberPlan, planHosts, planPorts, planReplicas } from './cluster-plan.js'
import type { DataFolder } from './data-folder.js'
import type { UpOptions } from './options.js'
import { folderVariable } from './taken-ports.js'
import { type Progress, seconds } from './terminal.js'

const steps = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const

export interface Member extends MemberPlan {
  readonly child: Child
}

/** What runs where. */
export interface Overview {
  readonly replicas: readonly Member[]
  readonly hosts: readonly Member[]
  readonly servers: readonly Backing[]
  /** Names of the replicas' databases. */
  readonly databases: readonly string[]
}

export class LocalCluster {
  readonly #options: UpOptions
  readonly #program: string
  readonly #context: BackingContext
  /** While the cluster starts, the end of any process is the end of the start. */
  readonly #failure = new AbortController()
  /** What was started together, in order. */
  readonly #ranks: Child[][] = []
  #phase: 'starting' | 'running' | 'stopping' = 'starting'

  /**
   * @param program that replicas and hosts are
   * @param giveUp when aborted, `start` ends with its reason
   */
  constructor(
    options: UpOptions,
    folder: DataFolder,
    program: string,
    progress: Progress,
    giveUp: AbortSignal,
  ) {
    this.#options = options
    this.#program = program
    this.#context = {
      ...{ folder, progress, keeper: new Keeper(), onSlow: progress.slow },
      signal: AbortSignal.any([giveUp, this.#failure.signal]),
      onStart: (child) => this.#adopt(child),
      logFile: (name) => {
        const file = folder.file('log', `${name}.log`)
        rotateLog(file)
        return file
      },
    }
  }

  /** @throws BerthError with one sentence about what did not come up; call `stop` then */
  async start(): Promise<Overview> {
    const { folder, signal } = this.#context
    const { replicas: count } = folder.mark
    makeOwnFolder(folder.file('log'))
    const ports = planPorts(this.#options.port)
    const [nats, postgres] = await this.#startBacking(ports)
    signal?.throwIfAborted()
    await makeDatabases(postgres, count)
    folder.update({ complete: true })
    const surroundings = { ...postgres, natsUrl: nats.url, natsUrlFile: nats.natsUrlFile }
    const replicaPlans = planReplicas(count, ports, surroundings, this.#program)
    const replicas = await this.#startAll(replicaPlans, replicaReadiness)
    const hostPlans = planHosts(this.#options.hosts, ports, replicaPlans, this.#program)
    const hosts = await this.#startAll(hostPlans, hostReadiness)
    signal?.throwIfAborted()
    this.#phase = 'running'
    const databases = replicas.map((_, i) => postgres.databaseName(i + 1))
    return { replicas, hosts, servers: [nats, postgres], databases }
  }

  /** Ends all of it, hosts first. @returns whether nothing had to be killed */
  async stop(): Promise<boolean> {
    this.#phase = 'stopping'
    let clean = true
    for (const rank of this.#ranks.toReversed()) {
      const ends = await Promise.all(rank.map((child) => this.#end(child)))
      clean &&= ends.every(Boolean)
    }
    await this.#context.keeper.close()
    return clean
  }

  /** kill -9 to all of it; `stop` returns soon after. */
  kill(): void {
    for (const child of this.#ranks.flat()) void child.kill()
  }

  async #end(child: Child): Promise<boolean> {
    if (child.exit !== null) return true
    const { progress } = this.#context
    const what = `the end of ${child.name}`
    const ended = { what, deadlineMs: Number.POSITIVE_INFINITY, poll: () => child.exit }
    const [clean] = await Promise.all([child.stop(), waitFor({ ...ended, onSlow: progress.slow })])
    if (!clean) progress.warn(`${child.name} (pid ${child.pid}) had to be killed.`)
    return clean
  }

  async #startBacking(
    ports: ReturnType<typeof planPorts>,
  ): Promise<readonly [NatsBacking, PostgresBacking]> {
    const { natsUrl, postgresUrl } = this.#options
    const { folder } = this.#context
    // Before anything is made: of all that can be missing this is the most likely.
    const binary = natsUrl === null ? await prepareNats(this.#context) : null
    this.#ranks.push([])
    const nats = async () =>
      binary === null
        ? useExternalNats(folder, natsUrl ?? '')
        : startOwnNats(this.#context, binary, ports.nats)
    const postgres = async () => {
      if (postgresUrl === null) return startEmbeddedPostgres(this.#context, ports.postgres)
      const { replaced } = folder
      if (replaced?.postgres === 'external') await dropReplacedDatabases(postgresUrl, replaced)
      return useExternalPostgres(folder, postgresUrl)
    }
    const told = async <T extends Backing>(start: () => Promise<T>) => {
      const startMs = performance.now()
      const started = await start()
      this.#tellStart(started.title, new URL(started.url).host, started.child, startMs)
      return started
    }
    return this.#together([told(nats), told(postgres)])
  }

  #startAll(
    plans: readonly MemberPlan[],
    whyNot: (address: string) => Promise<string | null>,
  ): Promise<readonly Member[]> {
    this.#ranks.push([])
    const starts = plans.map(async (plan) => {
      const startMs = performance.now()
      const { title: name, address, command } = plan
      const logFile = this.#context.logFile(name.replace(' ', '-'))
      const options = { name, command, logFile, steps, onOwnerGone: 'lifeline' } as const
      const child = await startServer(options, this.#context, () => whyNot(address))
      this.#tellStart(name, address, child, startMs)
      return { ...plan, child }
    })
    return this.#together(starts)
  }

  /** All to their end, so that what did start is known and stopped when one fails. */
  async #together<const T extends readonly Promise<unknown>[]>(starts: T) {
    for (const start of starts) void start.catch((error) => this.#failure.abort(error))
    await Promise.allSettled(starts)
    this.#failure.signal.throwIfAborted()
    return Promise.all(starts)
  }

  #adopt(child: Child): void {
    this.#ranks.at(-1)?.push(child)
    void child.exited.then((exit) => {
      if (this.#phase === 'starting') this.#failure.abort(endOf(child, exit))
      if (this.#phase !== 'running') return
      const env = { [folderVariable]: this.#context.folder.path, ...child.command.env }
      this.#context.progress.warn(
        `${child.name} (pid ${child.pid}) ${describeExit(exit)}. This starts it again:\n` +
          `  ${commandLine({ ...child.command, env })}\n` +
          'What you start with it is yours to end: Ctrl-C here leaves it running.',
      )
    })
  }

  #tellStart(title: string, address: string, child: Child | null, startMs: number): void {
    const pid = child === null ? 'runs already' : `pid ${child.pid}`
    const took = seconds(performance.now() - startMs)
    const { progress } = this.#context
    progress.say(`  ${title.padEnd(18)} ${address.padEnd(24)} ${pid.padEnd(12)} ${took}`)
  }
}
