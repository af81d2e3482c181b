/**
 * The line of one actor: calls that wait to be sent, in the order in which they came here, and what
 * holds them back beyond the place of the actor. One that comes back takes its old place again.
 */
import type { Timed } from '../../jobs/deadline-heap.js'
import type { Linked } from '../../jobs/linked-queue.js'
import type { Call } from './call.js'
import type { Location } from './ownership.js'

const none: readonly Call[] = []

/** Why calls of the line were not taken last. */
export interface Refusal {
  /** When the next attempt is made in any case. */
  readonly untilMs: number
  /** Who refused: another host by that table, or the own application (null). */
  readonly host: string | null
  readonly generation: number | null
  /** Table that the other host has and this one not yet; null for none. */
  readonly needs: number | null
  /** For people. */
  readonly reason: string
}

export class Line implements Timed, Linked<Line> {
  readonly type: string
  readonly id: string
  dueMs = 0
  heapPlace = -1
  isLinked = false
  before: Line | null = null
  after: Line | null = null
  /** The last one; null for none. */
  refusal: Refusal | null = null
  /** By their numbers: those of this side, and those that other sidecars sent. */
  readonly #own: Call[] = []
  readonly #guests: Call[] = []
  /** Of those of this side, the parts of other calls. */
  readonly #parts = new Set<Call>()
  /** Parts of calls that run on the actor here. */
  readonly #inner = new Set<Call>()

  constructor(type: string, id: string) {
    this.type = type
    this.id = id
  }

  get size(): number {
    return this.#own.length + this.#guests.length
  }

  /**
   * Who is to be sent first: where that one waits, so do all behind it. While the actor is not here
   * those of other sidecars are none of them.
   */
  first(isHere: boolean): Call | undefined {
    const [own] = this.#own
    const [guest] = this.#guests
    if (!isHere || guest === undefined) return own
    return own === undefined || guest.number < own.number ? guest : own
  }

  /** Those of whom each is asked by itself, whoever waits before it. */
  aside(where: Location['kind']): Iterable<Call> {
    if (where === 'here') return this.#inner.size === 0 ? none : [...this.#inner]
    const all = new Set([...this.#guests, ...this.#inner])
    // Whoever has the actor until its move is over may let these in.
    if (where === 'moving') for (const part of this.#parts) all.add(part)
    return all
  }

  /** @param isInner whether it is part of a call that runs on the actor here */
  add(call: Call, isInner: boolean): void {
    const calls = this.#listOf(call)
    const last = calls.at(-1)
    if (last === undefined || last.number < call.number) calls.push(call)
    else calls.splice(placeOf(call, calls), 0, call)
    if (isInner) this.#inner.add(call)
    if (!call.isGuest && call.arrival.chain.length > 0) this.#parts.add(call)
  }

  remove(call: Call): void {
    const calls = this.#listOf(call)
    const place = placeOf(call, calls)
    if (calls[place] !== call) throw new Error(`call ${call.number} is not in its line`)
    if (place === 0) calls.shift()
    else calls.splice(place, 1)
    this.#inner.delete(call)
    this.#parts.delete(call)
  }

  /** Whether calls wait for the next attempt although the actor is somewhere. */
  isHeldBack(location: Location, generation: number | null, now: number): boolean {
    const { refusal } = this
    if (refusal === null || now >= refusal.untilMs) return false
    if (refusal.needs !== null) return generation === null || generation < refusal.needs
    if (location.kind === 'here') return refusal.host === null
    const isSameHost = location.kind === 'there' && location.host === refusal.host
    return isSameHost && location.generation === refusal.generation
  }

  #listOf(call: Call): Call[] {
    return call.isGuest ? this.#guests : this.#own
  }
}

/** Of the call among others, or where it would be. */
function placeOf({ number }: Call, calls: readonly Call[]): number {
  let [from, to] = [0, calls.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (calls[middle]!.number < number) from = middle + 1
    else to = middle
  }
  return from
}
