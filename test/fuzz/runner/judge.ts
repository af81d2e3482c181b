/**
 * Judges what a door did to the processes behind it: all of them run, the honest hosts were never
 * fenced and never saw two owners or none that they know, nobody stood still by himself, nobody
 * complains, all replicas are the same, and what was taken is given back.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Alarm, FuzzCluster } from '../cluster/fuzz-cluster.js'
import type { Vitals } from '../cluster/probe-client.js'
import type { Subject } from '../cluster/subject.js'
import { ownStallMsMax, ownStalls } from './stalls.js'
import { excess, type Holding, holdingOf, holdingsOf, shown, untilBack } from './vital-signs.js'

interface HostsReport {
  readonly counts: Readonly<Record<'looks' | 'fences' | 'unknown' | 'owned' | 'twice', number>>
  readonly found: readonly string[]
}

const agreeWithinMs = 60_000
const lookEveryMs = 250
const linesShown = 3
/** A replica of which nothing is heard for 0.8 s is taken for dead; it and who listens may wait. */
const starvedMsMin = 400
/** As long as the lease of an honest host, which may lapse for it, and a bit. */
const starvationLastsMs = 50_000

export interface WorstStall {
  readonly name: string
  readonly ownMs: number
  /** Longest part of a stall that a busy machine does not explain, of all processes. */
  readonly sureMs: number
}

export class Judge {
  readonly #cluster: FuzzCluster | null
  readonly #control: Subject
  readonly #finding: (what: string) => void
  readonly #told = new Set<string>()
  #before: readonly Holding[] = []
  #after: readonly Holding[] = []
  #hosts: HostsReport | null = null
  #starvedAtMs = Number.NEGATIVE_INFINITY
  #starvedMs = 0
  #worst: WorstStall = { name: 'nobody', ownMs: 0, sureMs: 0 }
  /** Longest stall of a process that does nothing. */
  #machineMs = 0

  constructor(cluster: FuzzCluster | null, control: Subject, finding: (what: string) => void) {
    this.#cluster = cluster
    this.#control = control
    this.#finding = finding
  }

  get figures() {
    const [machineMs, starvedMs] = [this.#machineMs, this.#starvedMs]
    return { worst: this.#worst, machineMs, starvedMs, before: this.#before, after: this.#after }
  }

  /**
   * Whether a process got no processor for so long, not long before the last look, that others took
   * it for dead: then timeouts and lapsed leases are the machine's.
   */
  get isStarved(): boolean {
    return performance.now() - this.#starvedAtMs < starvationLastsMs
  }

  /** From here on it is judged. */
  async begin(): Promise<void> {
    await this.#agree()
    this.#before = await holdingsOf(this.#subjects)
    if (this.#cluster !== null) {
      this.#hosts = (await this.#cluster.hosts.read()).report as HostsReport
    }
    await this.#reset()
  }

  /** How long processes stood still until now is of their starts, and no doing of strangers. */
  forgetStarts(): Promise<void> {
    return this.#reset()
  }

  /** While it goes on. @returns what processes hold now */
  async look(): Promise<readonly Holding[]> {
    if (this.#cluster === null) return holdingsOf([])
    if (!this.#run()) return []
    const control = await this.#control.read()
    this.#machineMs = Math.max(this.#machineMs, ...control.stalls.map(({ wallMs }) => wallMs))
    const holdings: Holding[] = []
    const all = new Map<Subject, Vitals>()
    for (const subject of this.#subjects) all.set(subject, await subject.read())
    const starvedMs = Math.max(...[control, ...all.values()].map((vitals) => vitals.starvedMs))
    this.#starvedMs = Math.max(this.#starvedMs, starvedMs)
    if (starvedMs > starvedMsMin) this.#starvedAtMs = performance.now()
    for (const [subject, vitals] of all) {
      holdings.push(holdingOf(subject, vitals))
      this.#judgeStalls(subject, vitals, control)
      if (subject === this.#cluster.hosts) this.#judgeHosts(vitals.report as HostsReport)
    }
    await this.#reset()
    return holdings
  }

  /** Once the door is left alone. */
  async end(): Promise<void> {
    await this.look()
    if (!this.#run()) return
    await this.#agree()
    this.#after = await untilBack(this.#subjects, this.#before)
    const over = excess(this.#before, this.#after)
    if (over !== null) this.#tell('memory', over)
  }

  get #subjects(): readonly Subject[] {
    return this.#cluster?.subjects ?? []
  }

  async #reset(): Promise<void> {
    await Promise.all([this.#control, ...this.#subjects].map((subject) => subject.reset()))
  }

  /** Whether all run that should. */
  #run(): boolean {
    const gone = this.#subjects.filter((subject) => subject.process.exit !== null)
    for (const { name, process } of gone) {
      const last = process.lines.slice(-linesShown).join('\n  ')
      this.#tell(name, `${name} ended: ${JSON.stringify(process.exit)}\n  ${last}`)
    }
    return gone.length === 0
  }

  #judgeStalls({ name }: Subject, vitals: Vitals, control: Vitals): void {
    const stalls = ownStalls(vitals.stalls, control.stalls)
    for (const { ownMs, sureMs } of stalls) {
      if (ownMs > this.#worst.ownMs) this.#worst = { ...this.#worst, name, ownMs }
      if (sureMs > this.#worst.sureMs) this.#worst = { ...this.#worst, sureMs }
    }
    const [surest] = stalls
    if (surest === undefined || surest.sureMs <= ownStallMsMax) return
    const { ownMs, stall } = surest
    const parts = Object.entries(stall).map(([key, value]) => `${key} ${Math.round(value)}`)
    this.#tell(`stall ${name}`, `${name} stood still for ${Math.round(ownMs)} ms: ${parts}`)
  }

  #judgeHosts({ counts, found }: HostsReport): void {
    const before = this.#hosts
    if (before === null) return
    for (const what of ['fences', 'unknown', 'twice'] as const) {
      if (counts[what] === before.counts[what]) continue
      if (what !== 'twice' && this.isStarved) continue
      const more = found.slice(before.found.length).slice(0, linesShown).join('; ')
      this.#tell(what, `honest hosts: ${what} ${counts[what] - before.counts[what]}: ${more}`)
    }
    if (counts.looks === before.counts.looks || counts.owned === before.counts.owned) {
      this.#tell('idle', 'honest hosts do nothing, so they show nothing')
    }
  }

  /** All replicas have the same state, know one leader, and none complains. */
  async #agree(): Promise<void> {
    const cluster = this.#cluster
    if (cluster === null) return
    const deadlineMs = performance.now() + agreeWithinMs
    for (;;) {
      const apart = await disagreement(cluster).catch((error: Error) => error.message)
      if (apart === null) return
      if (performance.now() > deadlineMs) {
        this.#tell('apart', `replicas do not come to rest: ${apart}`)
        return
      }
      await delay(lookEveryMs)
    }
  }

  /** Each kind once: what is so at one look is so at the next. */
  #tell(kind: string, what: string): void {
    if (this.#told.has(kind)) return
    this.#told.add(kind)
    this.#finding(what)
  }
}

/** What keeps the replicas from being one; null for nothing. */
async function disagreement(cluster: FuzzCluster): Promise<string | null> {
  const all = await Promise.all(
    cluster.running.map(async ({ id }) => {
      const { status } = await cluster.status(id)
      const own = status.replicas.find((replica) => replica.id === id)
      const alarms = status.alarms.filter((alarm: Alarm) => !cluster.isExpected(alarm))
      return { id, leader: status.leader, applied: own?.applied, digest: own?.digest, alarms }
    }),
  )
  const [first] = all
  const isOne = all.every(
    ({ leader, applied, digest, alarms }) =>
      leader !== null &&
      leader === first?.leader &&
      applied === first.applied &&
      digest === first.digest &&
      alarms.length === 0,
  )
  return isOne ? null : JSON.stringify(all)
}

export function shownHoldings(before: readonly Holding[], after: readonly Holding[]): string[] {
  return before.map((then) => {
    const now = after.find(({ name }) => name === then.name)
    return `${then.name}: ${shown(then)} -> ${now === undefined ? 'not read' : shown(now)}`
  })
}
