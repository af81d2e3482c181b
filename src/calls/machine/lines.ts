/**
 * All calls that wait, in the lines of their actors. While they wait they cost nothing: a line is
 * asked when the ownership has changed, when its next attempt is due, or when what it waits for at
 * the application is over.
 */
import { DeadlineHeap } from '../../jobs/deadline-heap.js'
import { LinkedQueue } from '../../jobs/linked-queue.js'
import type { Call } from './call.js'
import { KeyMap } from './key-map.js'
import { Line, type Refusal } from './line.js'
import type { CallSettings } from './settings.js'

type Bounds = Pick<CallSettings, 'waitingPerKeyMax' | 'waitingPerTypeMax' | 'waitingMax'>

export class Lines {
  readonly #bounds: Bounds
  readonly #lines = new KeyMap<Line>()
  /** The same, all in one: in the order in which they came to be. */
  readonly #all = new Set<Line>()
  readonly #ofType = new Map<string, number>()
  #waiting = 0
  /** Lines whose next attempt has a time. */
  readonly #attempts = new DeadlineHeap<Line>()
  /** Those who are still to be asked after the last change; null when all were. */
  #round: Iterator<Line> | null = null
  /** Whether another change came meanwhile: of those who were asked already, too. */
  #isDueAgain = false
  /** Lines that can go on, and had no time to. */
  readonly #ready = new LinkedQueue<Line>()

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#waiting
  }

  get hasNext(): boolean {
    return this.#ready.size > 0 || this.#round !== null
  }

  get nextDueMs(): number {
    return this.#attempts.nextMs
  }

  get(type: string, id: string): Line | undefined {
    return this.#lines.get(type, id)
  }

  /**
   * @param isInner whether it is part of a call that runs on the actor here
   * @returns why the call may not wait; null when it does now
   */
  add(call: Call, isInner = false): string | null {
    const { type, id } = call.arrival
    const { waitingPerKeyMax, waitingPerTypeMax, waitingMax } = this.#bounds
    const ofType = this.#ofType.get(type) ?? 0
    const known = this.#lines.get(type, id)
    if (this.#waiting >= waitingMax) return `${waitingMax} calls wait here`
    if (ofType >= waitingPerTypeMax) return `${waitingPerTypeMax} calls of this type wait here`
    if ((known?.size ?? 0) >= waitingPerKeyMax) return `${waitingPerKeyMax} calls of it wait here`
    const line = known ?? this.#open(type, id)
    line.add(call, isInner)
    this.#waiting += 1
    this.#ofType.set(type, ofType + 1)
    return null
  }

  remove(call: Call): void {
    const { type, id } = call.arrival
    const line = this.#lines.get(type, id)
    if (line === undefined) throw new Error(`call ${call.number} waits nowhere`)
    line.remove(call)
    this.#waiting -= 1
    const ofType = this.#ofType.get(type)! - 1
    if (ofType === 0) this.#ofType.delete(type)
    else this.#ofType.set(type, ofType)
    if (line.size > 0) return
    this.#attempts.remove(line)
    this.#lines.delete(line)
    this.#all.delete(line)
    this.#ready.remove(line)
  }

  /** Calls of the line were not taken. Of two refusals alike the one that holds longer counts. */
  refused(line: Line, refusal: Refusal): void {
    const before = line.refusal
    if (before !== null && isAlike(before, refusal) && before.untilMs > refusal.untilMs) return
    line.refusal = refusal
    this.#attempts.set(line, refusal.untilMs)
  }

  /** The next line whose attempt is due, once; undefined for none. */
  takeDue(now: number): Line | undefined {
    const line = this.#attempts.first
    if (line === undefined || line.dueMs > now) return undefined
    this.#attempts.remove(line)
    return line
  }

  /** All lines are to be asked, each once. */
  askAll(): void {
    if (this.#round !== null) this.#isDueAgain = true
    else if (this.#all.size > 0) this.#round = this.#all.values()
  }

  /** This one is to be asked again. */
  ask(line: Line): void {
    if (line.size > 0) this.#ready.push(line)
  }

  /** The next line to ask; undefined when all were. */
  next(): Line | undefined {
    const ready = this.#ready.first
    if (ready !== undefined) {
      this.#ready.remove(ready)
      return ready
    }
    while (this.#round !== null) {
      const { done, value } = this.#round.next()
      if (done !== true) return value
      this.#round = this.#isDueAgain ? this.#all.values() : null
      this.#isDueAgain = false
    }
    return undefined
  }

  #open(type: string, id: string): Line {
    const line = new Line(type, id)
    this.#lines.add(line)
    this.#all.add(line)
    return line
  }
}

function isAlike(a: Refusal, b: Refusal): boolean {
  return a.host === b.host && a.generation === b.generation && a.needs === b.needs
}
