/**
 * The operations of a search that are not placed yet, and which of them may come next: those that
 * were invoked before the first answer among them. Taking and putting back goes like a stack.
 *
 * Answered operations stand in a linked list by their invocation, so that taking one and putting it
 * back costs nothing. The others are few and stand apart. Of those that asked for the same only the
 * first invoked may come next: in any order that has a later one sooner, the two can change places.
 */
import type { Operation } from './history.js'

/** Bits of a character of `signature`. */
const bitsPerCharacter = 16

export class Pending<A> {
  /** By invocation: first all that were answered, then all that were not. */
  readonly operations: readonly Operation<A>[]
  readonly #answeredCount: number
  /** Places of neighbours among those left; `#answeredCount` is both ends of the list. */
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #taken: Uint8Array
  /** Unanswered ones that were taken, the newest last. */
  readonly #unanswered: number[] = []
  /** What the unanswered ones asked for, by their place behind the answered. */
  readonly #asked: readonly string[]
  #left: number

  constructor(operations: readonly Operation<A>[]) {
    const sorted = [...operations].sort((a, b) => a.invokedAt - b.invokedAt)
    const answered = sorted.filter(({ respondedAt }) => respondedAt !== null)
    const unanswered = sorted.filter(({ respondedAt }) => respondedAt === null)
    this.operations = [...answered, ...unanswered]
    this.#asked = unanswered.map(({ action }) => JSON.stringify(action))
    const count = answered.length
    this.#answeredCount = count
    this.#left = count
    this.#next = Int32Array.from({ length: count + 1 }, (_, i) => (i === count ? 0 : i + 1))
    this.#previous = Int32Array.from({ length: count + 1 }, (_, i) => (i === 0 ? count : i - 1))
    this.#taken = new Uint8Array(sorted.length)
  }

  /** Whether all that were answered are placed. */
  get isDone(): boolean {
    return this.#left === 0
  }

  /** How many of those that were answered are placed. */
  get placedCount(): number {
    return this.#answeredCount - this.#left
  }

  isAnswered(place: number): boolean {
    return place < this.#answeredCount
  }

  /** Places of those that may come next, those first that were answered. */
  candidates(): number[] {
    const end = this.#answeredCount
    const found: number[] = []
    let firstAnswer = Number.POSITIVE_INFINITY
    for (let place = this.#next[end]!; place !== end; place = this.#next[place]!) {
      const { invokedAt, respondedAt } = this.operations[place]!
      if (invokedAt > firstAnswer) break
      firstAnswer = Math.min(firstAnswer, respondedAt!)
      found.push(place)
    }
    const asked = new Set<string>()
    for (let place = end; place < this.operations.length; place += 1) {
      if (this.operations[place]!.invokedAt > firstAnswer) break
      const what = this.#asked[place - end]!
      if (this.#taken[place] === 1 || asked.has(what)) continue
      asked.add(what)
      found.push(place)
    }
    return found
  }

  take(place: number): void {
    this.#taken[place] = 1
    if (!this.isAnswered(place)) {
      this.#unanswered.push(place)
      return
    }
    const [previous, next] = [this.#previous[place]!, this.#next[place]!]
    this.#next[previous] = next
    this.#previous[next] = previous
    this.#left -= 1
  }

  /** The one that was taken last of all that are taken. */
  putBack(place: number): void {
    this.#taken[place] = 0
    if (!this.isAnswered(place)) {
      this.#unanswered.pop()
      return
    }
    this.#next[this.#previous[place]!] = place
    this.#previous[this.#next[place]!] = place
    this.#left += 1
  }

  /**
   * A text that is equal for equal sets of placed operations, and for no others: the first that is
   * not placed, which behind it are (as bits), and which unanswered ones are.
   */
  signature(): string {
    const first = this.#next[this.#answeredCount]!
    // Whoever is placed was invoked before the first answer among the others.
    const last = this.#lastTaken(first)
    let bits = ''
    for (let from = first; from <= last; from += bitsPerCharacter) {
      let word = 0
      for (let i = 0; i < bitsPerCharacter && from + i < this.#answeredCount; i += 1) {
        word |= this.#taken[from + i]! << i
      }
      bits += String.fromCharCode(word)
    }
    const unanswered = this.#unanswered.toSorted((a, b) => a - b).join(' ')
    return `${first} ${unanswered}/${bits}`
  }

  #lastTaken(first: number): number {
    const { respondedAt = 0 } = this.operations[first] ?? {}
    let last = first
    for (let place = first + 1; place < this.#answeredCount; place += 1) {
      if (this.operations[place]!.invokedAt > (respondedAt ?? 0)) break
      if (this.#taken[place] === 1) last = place
    }
    return last
  }
}
