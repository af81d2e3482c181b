/**
 * A run: a cluster of real processes, a workload, faults from a seed; then all heals, and what must
 * hold is checked. Owns the order of these; each is in a file of its own.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Random } from '../simulation/kernel/random.js'
import { RestClient } from './clients/rest-client.js'
import type { ChaosCluster } from './cluster/chaos-cluster.js'
import { Endings } from './cluster/endings.js'
import { ProcessCluster, replicaIds } from './cluster/process-cluster.js'
import { checkConvergence } from './convergence.js'
import { Injector } from './faults/injector.js'
import { Journal } from './journal.js'
import { Wiring } from './network/wiring.js'
import type { Check, Workload, WorkloadKind } from './workload.js'

export interface ChaosOptions {
  readonly seconds: number
  readonly seed: number
  /** Where logs go; made if it is not there. */
  readonly folder: string
  readonly workload: WorkloadKind
  onLine(line: string): void
}

export interface ChaosReport {
  readonly outcome: 'holds' | 'fails' | 'undecided'
  readonly checks: readonly Check[]
  readonly figures: Readonly<Record<string, number>>
}

/** The last faults are lifted, and the workload goes on for so long. */
const healedMs = 3_000

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
  #hasHeld = false

  constructor(options: ChaosOptions, journal: Journal) {
    this.#options = options
    this.#journal = journal
    this.#endings.onTestFinished(() => this.#rest.close())
  }

  async run(): Promise<ChaosReport> {
    const { folder, seconds, seed, workload: kind } = this.#options
    const [journal, rest] = [this.#journal, this.#rest]
    journal.say('phase', `seed ${seed}, ${seconds} s of faults, logs in ${folder}`)
    const onFinding = (what: string) => {
      this.#findings.push(what)
      journal.say('finding', what)
    }
    const { settings, flags } = kind
    const ways = new Wiring(this.#endings)
    const options = { folder, ways, settings, flags, onFinding }
    const cluster = await ProcessCluster.start(this.#endings, options)
    const ground = { seed, cluster, rest, journal, owner: this.#endings, onFinding }
    const workload = await kind.start(ground)
    journal.say('phase', 'the cluster serves; faults begin')
    const faults = await this.#faults(cluster, workload)
    journal.say('phase', 'all faults are lifted')
    await delay(healedMs)
    await workload.stop()
    const checks = [await checkConvergence(cluster, rest), ...(await workload.check())]
    await workload.close()
    await cluster.stop()
    checks.push(...this.#closingChecks(cluster))
    return this.#report(checks, { ...faults, ...workload.figures() })
  }

  /** Ends whatever is left, in whatever state. Data of a run in which all holds is of no use. */
  async end(): Promise<void> {
    await this.#endings.end()
    if (!this.#hasHeld) return
    for (const id of replicaIds) {
      rmSync(join(this.#options.folder, `postgres-${id}`), { recursive: true, force: true })
    }
  }

  async #faults(cluster: ChaosCluster, workload: Workload): Promise<Record<string, number>> {
    const { seconds, seed } = this.#options
    const { hosts, hostNames } = workload
    const plan = this.#options.workload.plan(Random.of(seed, 'plan'))
    const injector = new Injector({
      ...{ cluster, hosts, hostNames, journal: this.#journal, rest: this.#rest },
      random: Random.of(seed, 'injector'),
    })
    const running = injector.run(plan)
    await Promise.race([running, delay(seconds * 1_000)])
    injector.heal()
    await running
    workload.afflicted?.(injector.afflictions)
    return Object.fromEntries([...injector.counts].map(([kind, n]) => [`faults: ${kind}`, n]))
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

  #report(checks: readonly Check[], figures: ChaosReport['figures']): ChaosReport {
    for (const { name, outcome, detail } of checks) {
      this.#journal.say('phase', `${outcome.padEnd(9)}  ${name}: ${detail.slice(0, 400)}`)
    }
    const has = (outcome: Check['outcome']) => checks.some((check) => check.outcome === outcome)
    const outcome = has('fails') ? 'fails' : has('undecided') ? 'undecided' : 'holds'
    this.#hasHeld = outcome === 'holds'
    return { outcome, checks, figures }
  }
}
