/**
 * A process with an event loop, as Node.js runs one: inputs and timers one after the other, timers
 * a little early or late, intervals that are not made up for, `soon` behind the input that waits.
 * It can be paused (SIGSTOP, a long collection of garbage): sockets go on filling meanwhile, and
 * when it runs again what waited comes first or the timers do, as luck has it. It can be killed:
 * then nothing that it had planned happens, and the next life knows nothing of this one.
 */
import type { DriftingClock } from './drifting-clock.js'
import { eventKind } from './event-kinds.js'
import type { Random } from './random.js'
import type { Planned, Schedule } from './schedule.js'

/** Timers compare whole milliseconds: they may fire so much early by the clock that others read. */
const earlyMs = 1
/** And mostly less than this late. */
const lateMeanMs = 0.4
/** Time from one turn of the event loop to the next, in microseconds. */
const turnUs = 20

interface Waiting {
  readonly kind: number
  readonly act: () => void
}

export class SimProcess {
  /** For the trace. */
  readonly key: number
  readonly clock: DriftingClock
  readonly #schedule: Schedule
  readonly #random: Random
  /** 0 while it is down; else the number of this life, from 1. */
  #life = 0
  #lives = 0
  #isPaused = false
  #inputs: Waiting[] = []
  #timers: Waiting[] = []
  /** Virtual time that this life spent paused. */
  #pausedUs = 0
  #pausedSinceUs = 0

  constructor(key: number, schedule: Schedule, random: Random, clock: DriftingClock) {
    this.key = key
    this.#schedule = schedule
    this.#random = random
    this.clock = clock
  }

  get isUp(): boolean {
    return this.#life > 0
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Names the life for those who talk to it; 0 while it is down. */
  get life(): number {
    return this.#life
  }

  /** What its clock shows. */
  get nowMs(): number {
    return this.clock.readMs(this.#schedule.nowUs)
  }

  /** Virtual time that this life has spent paused so far. */
  get pausedUs(): number {
    const running = this.#isPaused ? this.#schedule.nowUs - this.#pausedSinceUs : 0
    return this.#pausedUs + running
  }

  start(): void {
    this.#lives += 1
    this.#life = this.#lives
    this.#pausedUs = 0
  }

  kill(): void {
    this.#life = 0
    this.#isPaused = false
    this.#inputs = []
    this.#timers = []
  }

  pause(): void {
    if (!this.isUp || this.#isPaused) return
    this.#isPaused = true
    this.#pausedSinceUs = this.#schedule.nowUs
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#pausedUs += this.#schedule.nowUs - this.#pausedSinceUs
    this.#isPaused = false
    const inputs = this.#inputs
    const timers = this.#timers
    this.#inputs = []
    this.#timers = []
    const all = this.#random.chance(0.5) ? [...timers, ...inputs] : [...inputs, ...timers]
    for (const { kind, act } of all) this.#plan(0, kind, act)
  }

  /** Something reaches the process from outside, now: at once, or once it is no longer paused. */
  input(kind: number, act: () => void): void {
    if (!this.isUp) return
    if (this.#isPaused) this.#inputs.push({ kind, act })
    else act()
  }

  /** Something reaches this life, and no later one, after a while. */
  inputAfter(delayUs: number, kind: number, act: () => void): Planned {
    return this.#plan(delayUs, kind, act)
  }

  /** setTimeout, by the own clock. */
  after(ownMs: number, act: () => void): Planned {
    return this.#plan(this.#timerUs(ownMs), eventKind.timer, act)
  }

  /** setInterval, by the own clock, until the end of this life. */
  every(ownMs: number, act: () => void): void {
    const next = () => {
      act()
      if (this.isUp) this.after(ownMs, next)
    }
    // Machines are not in step.
    const first = this.#random.next() * ownMs
    this.#plan(this.clock.toUs(first), eventKind.timer, next)
  }

  /** setImmediate: behind the input that waits. */
  soon(act: () => void): void {
    this.#plan(turnUs, eventKind.immediate, act)
  }

  #plan(delayUs: number, kind: number, act: () => void): Planned {
    const life = this.#life
    const isTimer = kind === eventKind.timer
    return this.#schedule.after(delayUs, kind, this.key, () => {
      if (this.#life !== life) return
      if (!this.#isPaused) act()
      else if (isTimer) this.#timers.push({ kind, act })
      else this.#inputs.push({ kind, act })
    })
  }

  #timerUs(ownMs: number): number {
    const random = this.#random
    const late = random.next() * earlyMs - earlyMs + random.exponential(lateMeanMs)
    return this.clock.toUs(Math.max(0, ownMs + late))
  }
}
