/**
 * The line of one actor: calls that wait to be sent, in the order in which they came here, and what
 * holds them back beyond the place of the actor. One that comes back takes its old place again.
 */
import type { Timed } from '../../jobs/deadline-heap.js'
import type { Linked } from '../../jobs/linked-queue.js'
import type { Call } from './call.js'
import type { Location } from './ownership.js'

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
  /** By their numbers. */
  readonly #calls: Call[] = []
  #specials = 0

  constructor(type: string, id: string) {
    this.type = type
    this.id = id
  }

  get size(): number {
    return this.#calls.length
  }

  get first(): Call | undefined {
    return this.#calls[0]
  }

  /** A copy. */
  get calls(): readonly Call[] {
    return [...this.#calls]
  }

  /** Whether some wait for other things than the others: those of sidecars, parts of chains. */
  get isMixed(): boolean {
    return this.#specials > 0
  }

  add(call: Call): void {
    const last = this.#calls.at(-1)
    if (last === undefined || last.number < call.number) this.#calls.push(call)
    else this.#calls.splice(this.#placeOf(call), 0, call)
    if (isSpecial(call)) this.#specials += 1
  }

  remove(call: Call): void {
    const place = this.#placeOf(call)
    if (this.#calls[place] !== call) throw new Error(`call ${call.number} is not in its line`)
    if (place === 0) this.#calls.shift()
    else this.#calls.splice(place, 1)
    if (isSpecial(call)) this.#specials -= 1
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

  /** Of the call, or where it would be. */
  #placeOf({ number }: Call): number {
    let [from, to] = [0, this.#calls.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (this.#calls[middle]!.number < number) from = middle + 1
      else to = middle
    }
    return from
  }
}

function isSpecial({ isGuest, arrival }: Call): boolean {
  return isGuest || arrival.chain.length > 0
}
