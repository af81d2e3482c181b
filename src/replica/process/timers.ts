/**
 * When the machine of a replica is called without anybody having said something: ticks, looks at a
 * running round between them, and flushes, at once behind waiting input or later. It also says that
 * nobody leads, once that lasts over a second, and whom this replica does not reach.
 */
import type { Instant } from '../../fsm/instant.js'
import type { Log } from '../../log/log.js'
import { WaitReport } from '../../log/wait-report.js'
import type { ReplicaMachine } from '../machine/replica-machine.js'

/** Between ticks the leader looks at a running round this often, in ms. */
export const roundMs = 10

export class Timers {
  readonly #now: () => Instant
  readonly #log: Log
  readonly #fields: () => object
  #machine: ReplicaMachine | null = null
  #intervals: NodeJS.Timeout[] = []
  #leaderWait: WaitReport | null = null
  #immediate: NodeJS.Immediate | null = null
  #timer: NodeJS.Timeout | null = null
  #timerAtMs = Number.POSITIVE_INFINITY

  /** @param fields what else there is to say while nobody leads, read at each report */
  constructor(now: () => Instant, log: Log, fields: () => object) {
    this.#now = now
    this.#log = log
    this.#fields = fields
  }

  /** From now on the machine is flushed when it asks for that. */
  attach(machine: ReplicaMachine): void {
    this.#machine = machine
  }

  startTicks(machine: ReplicaMachine, tickMs: number): void {
    const tick = () => {
      const now = this.#now()
      machine.tick(now)
      const takesPart = machine.node.status(now.monotonicMs).stage === 'member'
      this.#waitForLeader(machine.leader === null && takesPart)
    }
    const look = () => {
      if (machine.leadership?.isBusy) machine.advance(this.#now())
    }
    this.#intervals.push(setInterval(tick, tickMs), setInterval(look, roundMs))
  }

  flushAt(atMs: number): void {
    const inMs = atMs - this.#now().monotonicMs
    if (inMs <= 0) {
      this.#immediate ??= setImmediate(() => {
        this.#immediate = null
        this.#flush()
      })
    } else if (atMs < this.#timerAtMs) {
      if (this.#timer !== null) clearTimeout(this.#timer)
      this.#timerAtMs = atMs
      this.#timer = setTimeout(() => this.#flush(), inMs)
    }
  }

  /** No more ticks; what is on its way still goes out. */
  stopTicks(): void {
    for (const interval of this.#intervals) clearInterval(interval)
    this.#intervals = []
    this.#leaderWait?.stop()
  }

  stop(): void {
    this.stopTicks()
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#immediate !== null) clearImmediate(this.#immediate)
    this.#machine = null
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#timerAtMs = Number.POSITIVE_INFINITY
    this.#machine?.flush(this.#now())
  }

  #waitForLeader(isWaiting: boolean): void {
    if (isWaiting) this.#leaderWait ??= new WaitReport(this.#log, 'a leader', this.#fields)
    else {
      this.#leaderWait?.done()
      this.#leaderWait = null
    }
  }
}
