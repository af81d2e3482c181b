/**
 * A running local cluster: starts its processes in order, knows which of them live, and stops them
 * in the opposite order. Nothing that it starts outlives it, whichever way it ends.
 */
import { BerthError } from '../../errors/berth-error.js'
import {
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
import { type Child, describeExit, startChild } from './child.js'
import { planHosts, planReplicas } from './cluster-plan.js'
import { type Command, commandLine } from './command.js'
import type { DataFolder } from './data-folder.js'
import { Keeper, type StopStep } from './keeper.js'
import { lastWords, rotateLog } from './log-tail.js'
import type { UpOptions } from './options.js'
import { makeOwnFolder } from './own-files.js'
import { planPorts } from './port-plan.js'
import type { HostPlan, Programs, ReplicaPlan } from './programs.js'
import { type Progress, seconds } from './progress.js'
import { hostReadiness, replicaReadiness } from './readiness.js'
import { waitFor } from './wait.js'

const readyDeadlineMs = 120_000
/** Asking costs the processes that are busy starting. */
const readyIntervalMs = 100
const stopSteps: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 10_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
]

/** The order of starting; stopping goes backwards. */
type Rank = 'backing' | 'replica' | 'host'
const ranks: readonly Rank[] = ['backing', 'replica', 'host']

/** What the members of one rank have in common. */
interface Kind<Plan> {
  readonly rank: Rank
  title(plan: Plan): string
  /** `host:port` where it answers HTTP. */
  address(plan: Plan): string
  command(plan: Plan): Command
  /** @returns null when it is ready, else what it says instead */
  readiness(address: string): Promise<string | null>
}

interface Member {
  readonly rank: Rank
  readonly child: Child
  readonly command: Command
}

export interface RunningReplica extends ReplicaPlan {
  readonly child: Child
}

export interface RunningHost extends HostPlan {
  readonly child: Child
}

/** What runs where. */
export interface Overview {
  readonly postgres: PostgresBacking
  readonly nats: NatsBacking
  readonly replicas: readonly RunningReplica[]
  readonly hosts: readonly RunningHost[]
}

export class LocalCluster {
  readonly #options: UpOptions
  readonly #folder: DataFolder
  readonly #programs: Programs
  readonly #progress: Progress
  readonly #giveUp: AbortSignal
  readonly #keeper = new Keeper()
  readonly #members: Member[] = []
  #stopping = false

  /** @param giveUp when aborted, `start` ends with its reason */
  constructor(
    options: UpOptions,
    folder: DataFolder,
    programs: Programs,
    progress: Progress,
    giveUp: AbortSignal,
  ) {
    this.#options = options
    this.#folder = folder
    this.#programs = programs
    this.#progress = progress
    this.#giveUp = giveUp
  }

  /** @throws BerthError with one sentence about what did not come up; call `stop` then */
  async start(): Promise<Overview> {
    makeOwnFolder(this.#folder.file('log'))
    const ports = planPorts(this.#options.port)
    const [postgres, nats] = await this.#startBacking(ports.postgres, ports.nats)
    this.#giveUp.throwIfAborted()
    const { mark } = this.#folder
    await makeDatabases(postgres, mark.replicas)
    this.#folder.update({ complete: true })
    const replicaPlans = planReplicas(mark.replicas, ports, {
      postgresUrl: postgres.replicaUrl,
      passwordFile: postgres.passwordFile,
      natsUrl: nats.url,
      natsUrlFile: nats.urlFile,
    })
    const replicas = await this.#startAll(replicaPlans, {
      rank: 'replica',
      title: ({ id }) => `replica ${id}`,
      address: ({ listen }) => listen,
      command: this.#programs.replica,
      readiness: replicaReadiness,
    })
    const hostPlans = planHosts(this.#options.hosts, ports, replicaPlans)
    const hosts = await this.#startAll(hostPlans, {
      rank: 'host',
      title: ({ number }) => `host ${number}`,
      address: ({ name }) => name,
      command: this.#programs.host,
      readiness: hostReadiness,
    })
    for (const member of this.#members) this.#tellItsEnd(member)
    return { postgres, nats, replicas, hosts }
  }

  /** Ends all of it, hosts first. @returns whether nothing had to be killed */
  async stop(): Promise<boolean> {
    this.#stopping = true
    let clean = true
    for (const rank of ranks.toReversed()) {
      const results = await Promise.all(
        this.#members.filter((member) => member.rank === rank).map(({ child }) => this.#end(child)),
      )
      clean &&= results.every(Boolean)
    }
    await this.#keeper.close()
    return clean
  }

  /** kill -9 to all of it; `stop` returns soon after. */
  kill(): void {
    for (const { child } of this.#members) void child.kill()
  }

  async #end(child: Child): Promise<boolean> {
    if (child.exit !== null) return true
    let done = false
    const [clean] = await Promise.all([
      child.stop().finally(() => {
        done = true
      }),
      waitFor({
        what: `the end of ${child.name}`,
        deadlineMs: Number.POSITIVE_INFINITY,
        onSlow: this.#progress.slow,
        poll: () => (done ? true : null),
      }),
    ])
    if (!clean) this.#progress.warn(`${child.name} (pid ${child.pid}) had to be killed.`)
    return clean
  }

  async #startBacking(
    postgresPort: number,
    natsPort: number,
  ): Promise<readonly [PostgresBacking, NatsBacking]> {
    const { postgresUrl, natsUrl } = this.#options
    const context = {
      folder: this.#folder,
      keeper: this.#keeper,
      progress: this.#progress,
      signal: this.#giveUp,
      logFile: (name: string) => this.#logFile(name),
    }
    // Before anything is made: of all that can be missing this is the most likely.
    const binary = natsUrl === null ? await prepareNats(context) : null
    const nats = async () => {
      const startMs = performance.now()
      const started =
        binary === null
          ? await useExternalNats(context, natsUrl ?? '')
          : await startOwnNats(context, binary, natsPort)
      if (started.server !== null) this.#adopt('backing', started.server)
      this.#started(started.title, withoutLogin(started.url), started.server?.child, startMs)
      return started
    }
    const postgres = async () => {
      const startMs = performance.now()
      const started =
        postgresUrl === null
          ? await startEmbeddedPostgres(context, postgresPort)
          : useExternalPostgres(context, postgresUrl)
      if (started.server !== null) this.#adopt('backing', started.server)
      const { replaced } = this.#folder
      if (postgresUrl !== null && replaced?.postgres === 'external') {
        await dropReplacedDatabases(started.adminUrl, replaced)
      }
      const address = withoutLogin(started.adminUrl)
      this.#started(started.title, address, started.server?.child, startMs)
      return started
    }
    // Both to their end, so that what did start is known and stopped when the other fails.
    const [natsStart, postgresStart] = [nats(), postgres()]
    await Promise.allSettled([natsStart, postgresStart])
    return [await postgresStart, await natsStart]
  }

  async #startAll<Plan>(
    plans: readonly Plan[],
    kind: Kind<Plan>,
  ): Promise<readonly (Plan & { readonly child: Child })[]> {
    const starts = plans.map(async (plan) => {
      const startMs = performance.now()
      const [name, address] = [kind.title(plan), kind.address(plan)]
      this.#giveUp.throwIfAborted()
      const command = kind.command(plan)
      const child = await startChild({
        ...{ name, command, keeper: this.#keeper, steps: stopSteps },
        logFile: this.#logFile(name.replace(' ', '-')),
        onOwnerGone: 'lifeline',
      })
      this.#adopt(kind.rank, { child, command })
      await this.#untilReady(child, () => kind.readiness(address))
      this.#started(name, address, child, startMs)
      return { ...plan, child }
    })
    // All to their end, so that what did start is known and stopped when one fails.
    return valuesOf(await Promise.allSettled(starts))
  }

  async #untilReady(child: Child, readiness: () => Promise<string | null>): Promise<void> {
    let last = 'no answer yet'
    await waitFor({
      what: child.name,
      deadlineMs: readyDeadlineMs,
      intervalMs: readyIntervalMs,
      signal: this.#giveUp,
      onSlow: this.#progress.slow,
      why: () => last,
      poll: async () => {
        this.#requireAll()
        const problem = await readiness()
        if (problem === null) return true
        last = problem
        return null
      },
    })
  }

  /** While the cluster starts, the end of any process is the end of the start. */
  #requireAll(): void {
    const ended = this.#members.find(({ child }) => child.exit !== null)?.child
    if (ended === undefined || ended.exit === null) return
    const { name, logFile } = ended
    const reason = `${name} ${describeExit(ended.exit)}: ${lastWords(logFile)} (log: ${logFile})`
    throw new BerthError('unavailable', reason)
  }

  #adopt(rank: Rank, started: { readonly child: Child; readonly command: Command }): void {
    this.#members.push({ rank, child: started.child, command: started.command })
  }

  #started(title: string, address: string, child: Child | undefined, startMs: number): void {
    const pid = child === undefined ? 'runs already' : `pid ${child.pid}`
    const took = seconds(performance.now() - startMs)
    this.#progress.say(`  ${title.padEnd(18)} ${address.padEnd(24)} ${pid.padEnd(12)} ${took}`)
  }

  #tellItsEnd({ child, command }: Member): void {
    void child.exited.then((exit) => {
      if (this.#stopping) return
      this.#progress.warn(
        `${child.name} (pid ${child.pid}) ${describeExit(exit)}. This starts it again:\n` +
          `  ${commandLine(command)}\n` +
          'What you start with it is yours to end: Ctrl-C here leaves it running.',
      )
    })
  }

  #logFile(name: string): string {
    const file = this.#folder.file('log', `${name}.log`)
    rotateLog(file)
    return file
  }
}

/** @throws the first reason, if there is one */
function valuesOf<T>(results: readonly PromiseSettledResult<T>[]): readonly T[] {
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
}

/** `host:port` of a URL; passwords are for nobody's eyes. */
function withoutLogin(url: string): string {
  return new URL(url).host
}
