/**
 * Calls of simulated clients that have no answer yet: each gets exactly one, in time, unless its
 * replica dies (bug L17).
 */
import { type FailureSink, fail } from '../kernel/invariant-failure.js'
import type { SimReplica } from './sim-replica.js'

interface Call {
  readonly what: string
  readonly life: number
  readonly startedUs: number
  readonly pausedUs: number
  /** Without pauses of the replica, in microseconds. */
  readonly limitUs: number
  isAnswered: boolean
}

/** Late timers, ticks that are dropped after a pause, disks that stall a stop. */
const slackUs = 2_000_000

export class Calls {
  readonly #nowUs: () => number
  readonly #open = new Map<SimReplica, Set<Call>>()

  readonly #failures: FailureSink

  /** Where clocks are far off, nobody can say what is late. */
  readonly #clocksHold: boolean

  constructor(nowUs: () => number, failures: FailureSink, clocksHold: boolean) {
    this.#nowUs = nowUs
    this.#clocksHold = clocksHold
    this.#failures = failures
  }

  get openCount(): number {
    let count = 0
    for (const calls of this.#open.values()) count += calls.size
    return count
  }

  /** What still waits, for a report. */
  get openNames(): readonly string[] {
    return [...this.#open].flatMap(([{ id }, calls]) =>
      [...calls].map((call) => `${id}: ${call.what}`),
    )
  }

  /** Wraps the callback of a call that is about to be made. */
  open<T>(
    replica: SimReplica,
    what: string,
    limitMs: number,
    done: (outcome: T) => void,
  ): (outcome: T) => void {
    const { process } = replica
    const times = { startedUs: this.#nowUs(), pausedUs: process.pausedUs, limitUs: limitMs * 1000 }
    const call: Call = { what, life: process.life, ...times, isAnswered: false }
    const calls = this.#open.get(replica) ?? new Set()
    this.#open.set(replica, calls)
    calls.add(call)
    return (outcome) => {
      try {
        if (call.isAnswered) fail('answers', `${what} was answered twice by ${replica.id}`)
        call.isAnswered = true
        calls.delete(call)
        this.#checkAge(replica, call)
        done(outcome)
      } catch (error) {
        this.#failures.note(error)
        throw error
      }
    }
  }

  crashed(replica: SimReplica): void {
    this.#open.delete(replica)
  }

  checkAll(): void {
    for (const [replica, calls] of this.#open) {
      for (const call of calls) this.#checkAge(replica, call)
    }
  }

  #checkAge({ id, process }: SimReplica, call: Call): void {
    if (!this.#clocksHold || process.isPaused || process.life !== call.life) return
    const ageUs = this.#nowUs() - call.startedUs - (process.pausedUs - call.pausedUs)
    if (ageUs > call.limitUs * 1.2 + slackUs) {
      fail('answers', `${call.what} waits for ${id} for ${Math.round(ageUs / 1000)} ms`)
    }
  }
}
