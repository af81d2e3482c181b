/**
 * Virtual time: what is to happen, in order of its instant and, at one instant, in the order in
 * which it was planned. Time is whole microseconds since the start of the run, and stands still
 * while an event happens.
 */
import { TraceHash } from './trace-hash.js'

export interface Planned {
  readonly atUs: number
  readonly order: number
  /** What it is, of `event-kinds.ts` or a simulation's own: for the trace. */
  readonly kind: number
  /** Whom it concerns: for the trace. */
  readonly key: number
  /** null once it is cancelled. */
  act: (() => void) | null
}

export class Schedule {
  readonly trace = new TraceHash()
  #nowUs = 0
  #order = 0
  #count = 0
  #heap: Planned[] = []
  /** Called before each event, for a readable trace; null for none. */
  watch: ((event: Planned) => void) | null = null

  get nowUs(): number {
    return this.#nowUs
  }

  /** Events that have happened. */
  get count(): number {
    return this.#count
  }

  /** Events to come, cancelled ones included. */
  get waiting(): number {
    return this.#heap.length
  }

  /** Instant of the next event, a cancelled one counted; infinite when nothing is planned. */
  get nextUs(): number {
    return this.#heap[0]?.atUs ?? Number.POSITIVE_INFINITY
  }

  at(atUs: number, kind: number, key: number, act: () => void): Planned {
    const whole = Math.max(this.#nowUs, Math.ceil(atUs))
    const event = { atUs: whole, order: this.#order, kind, key, act }
    this.#order += 1
    this.#push(event)
    return event
  }

  after(delayUs: number, kind: number, key: number, act: () => void): Planned {
    return this.at(this.#nowUs + delayUs, kind, key, act)
  }

  /** Lets the next event happen. Returns false when nothing is planned. */
  step(): boolean {
    for (;;) {
      const event = this.#pop()
      if (event === undefined) return false
      const { act } = event
      if (act === null) continue
      this.#nowUs = event.atUs
      this.#count += 1
      this.trace.fold(event.atUs)
      this.trace.fold(event.kind * 0x10000 + event.key)
      this.watch?.(event)
      act()
      return true
    }
  }

  /** Lets time pass in which nothing is planned. */
  passTo(atUs: number): void {
    this.#nowUs = Math.max(this.#nowUs, Math.min(atUs, this.nextUs))
  }

  #push(event: Planned): void {
    const heap = this.#heap
    let place = heap.length
    heap.push(event)
    while (place > 0) {
      const parent = (place - 1) >> 1
      const above = heap[parent]!
      if (!isBefore(event, above)) break
      heap[place] = above
      place = parent
    }
    heap[place] = event
  }

  #pop(): Planned | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    const { length } = heap
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= length) break
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child += 1
      const below = heap[child]!
      if (!isBefore(below, last)) break
      heap[place] = below
      place = child
    }
    heap[place] = last
    return top
  }
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order)
}
