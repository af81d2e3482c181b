/**
 * A run: a cluster of real processes, clients at work, faults from a seed; then all heals, and what
 * must hold is checked. Owns the order of these; each is in a file of its own.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Random } from '../simulation/kernel/random.js'
import { ChaosCluster } from './cluster/chaos-cluster.js'
import { Endings } from './cluster/endings.js'
import { Injector } from './faults/injector.js'
import { planFaults } from './faults/plan.js'
import { Journal } from './journal.js'
import { type Check, checkAcknowledged, checkConvergence, checkHistories } from './verdict.js'
import { Clients } from './workload/clients.js'
import { initialPlacements } from './workload/initial.js'
import { RestClient } from './workload/rest-client.js'
import { settle, settlements } from './workload/settlers.js'
import { GenerationWatch } from './workload/watch.js'

export interface ChaosOptions {
  readonly seconds: number
  readonly seed: number
  /** Where logs go; made if it is not there. */
  readonly folder: string
  onLine(line: string): void
}

export interface ChaosReport {
  readonly outcome: 'holds' | 'fails' | 'undecided'
  readonly checks: readonly Check[]
  readonly figures: Readonly<Record<string, number>>
}

const clientCount = 8
const pauseMs = 60
/** The last faults are lifted, and the clients work on for so long. */
const healedMs = 3_000

/** Leases and deadlines outlast the run: no member goes because of a fault. */
const settings = {
  fenceAfterMs: 7_200_000,
  fenceMarginMs: 30_000,
  hostTimeoutMs: 7_300_000,
  roundDeadlineMs: 300_000,
}
/** Snapshots and compaction come often enough to meet every fault. */
const flags = ['--snapshot-entries', '400', '--trailing-entries', '200']

/** Runs it whole. @throws what kept it from being a run at all */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  mkdirSync(options.folder, { recursive: true, mode: 0o755 })
  const journal = new Journal(options.folder, options.onLine)
  const run = new ChaosRun(options, journal)
  try {
    const report = await run.run()
    writeFileSync(join(options.folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
    return report
  } finally {
    await run.end()
    await journal.close()
  }
}

class ChaosRun {
  readonly #options: ChaosOptions
  readonly #journal: Journal
  readonly #endings = new Endings()
  readonly #rest = new RestClient()
  readonly #findings: string[] = []
  readonly #figures: Record<string, number> = {}

  constructor(options: ChaosOptions, journal: Journal) {
    this.#options = options
    this.#journal = journal
    this.#endings.onTestFinished(() => this.#rest.close())
  }

  async run(): Promise<ChaosReport> {
    const { folder, seconds, seed } = this.#options
    this.#journal.say('phase', `seed ${seed}, ${seconds} s of faults, logs in ${folder}`)
    const onFinding = (what: string) => {
      this.#findings.push(what)
      this.#journal.say('finding', what)
    }
    const cluster = await ChaosCluster.start(this.#endings, { folder, settings, flags, onFinding })
    const webSockets = cluster.replicas.map(({ webSocket }) => webSocket)
    const sidecars = await settle(this.#endings, webSockets)
    const origins = cluster.replicas.map(({ api }) => api)
    const initial = await initialPlacements(origins, this.#rest)
    const watch = new GenerationWatch({
      ...{ replicas: cluster.replicas, sidecars, rest: this.#rest, onFinding },
    })
    const clients = new Clients({
      ...{ count: clientCount, pauseMs, origins, rest: this.#rest, onFinding },
      names: new Map(settlements.map((one) => [one.namespace, [...one.members, one.absent]])),
      random: Random.of(seed, 'clients'),
      journal: this.#journal,
    })
    this.#journal.say('phase', 'the cluster serves; faults begin')
    await this.#faults(cluster)
    this.#journal.say('phase', 'all faults are lifted')
    await delay(healedMs)
    await clients.stop()
    const checks = [await checkConvergence(cluster, this.#rest)]
    await watch.stop()
    checks.push(...(await checkAcknowledged(cluster, this.#rest, clients.acknowledged)))
    checks.push(...checkHistories(clients.operations, initial))
    for (const sidecar of sidecars) await sidecar.close()
    await cluster.stop()
    checks.push(...this.#closingChecks(cluster))
    this.#count(clients, watch)
    return this.#report(checks)
  }

  /** Ends whatever is left, in whatever state. Data of a run in which all holds is of no use. */
  async end(): Promise<void> {
    await this.#endings.end()
    if (this.#findings.length > 0) return
    for (const id of [1, 2, 3]) {
      rmSync(join(this.#options.folder, `postgres-${id}`), { recursive: true, force: true })
    }
  }

  async #faults(cluster: ChaosCluster): Promise<void> {
    const { seconds, seed } = this.#options
    const injector = new Injector({
      ...{ cluster, journal: this.#journal, rest: this.#rest },
      random: Random.of(seed, 'injector'),
    })
    const running = injector.run(planFaults(Random.of(seed, 'plan')))
    await Promise.race([running, delay(seconds * 1_000)])
    injector.heal()
    await running
    for (const [kind, count] of injector.counts) this.#figures[`faults: ${kind}`] = count
  }

  #closingChecks(cluster: ChaosCluster): readonly Check[] {
    const left = cluster.leftovers.find()
    const findings = this.#findings
    return [
      {
        name: 'nothing happened that no fault explains',
        outcome: findings.length === 0 ? 'holds' : 'fails',
        detail: findings.slice(0, 5).join('; '),
      },
      {
        name: 'no process is left behind',
        outcome: left.length === 0 ? 'holds' : 'fails',
        detail: left.join('; '),
      },
    ]
  }

  #count(clients: Clients, watch: GenerationWatch): void {
    const { operations, acknowledged, failedReads } = clients
    const reads = operations.filter(({ action }) => action.kind === 'read').length
    Object.assign(this.#figures, {
      operations: operations.length,
      reads,
      'reads that failed': failedReads,
      'writes acknowledged': acknowledged.length,
      'writes without an answer': operations.length - reads - acknowledged.length,
      'looks at generations': watch.looks,
    })
  }

  #report(checks: readonly Check[]): ChaosReport {
    for (const { name, outcome, detail } of checks) {
      this.#journal.say('phase', `${outcome.padEnd(9)}  ${name}: ${detail.slice(0, 400)}`)
    }
    const has = (outcome: Check['outcome']) => checks.some((check) => check.outcome === outcome)
    const outcome = has('fails') ? 'fails' : has('undecided') ? 'undecided' : 'holds'
    if (outcome !== 'holds') this.#findings.push(outcome)
    return { outcome, checks, figures: this.#figures }
  }
}
