/**
 * Decides whether a history is linearizable: whether its operations have an order that keeps those
 * that did not overlap as they were, and in which a single object would have given their answers.
 *
 * The search is that of Wing and Gong, with Lowe's memory of (operations placed, state) that led
 * nowhere (Wing, Gong: Testing and Verifying Concurrent Objects, 1993; Lowe: Testing for
 * Linearizability, 2016). Three things keep it small. A read that may come next and fits comes
 * next: to place it later makes nothing possible that is not possible now. An operation without an
 * answer needs no place where it would leave the state as it is. And of those without an answer
 * that asked for the same, the first one comes first (pending.ts).
 *
 * It decides exactly or says that it did not: `undecided`, when a limit is reached.
 */
import { byKey, type Model, type Operation } from './history.js'
import { Pending } from './pending.js'

export interface CheckLimits {
  /** Operations tried; default 20 million. */
  readonly stepsMax?: number
  /** Default: none, so that the answer depends on nothing but the history. */
  readonly timeMsMax?: number
}

export type Verdict<S, A> =
  | { readonly kind: 'linearizable'; readonly order: readonly Operation<A>[] }
  | ({ readonly kind: 'not-linearizable' } & Stuck<S, A>)
  | { readonly kind: 'undecided'; readonly steps: number; readonly why: string }

/** How far the search came at best. */
export interface Stuck<S, A> {
  readonly order: readonly Operation<A>[]
  readonly state: S
  /** Those that may come next in that state, and none of which leads on. */
  readonly next: readonly Operation<A>[]
}

const stepsMaxDefault = 20_000_000
/** The clock is read once in so many steps. */
const stepsPerLook = 1_024

/** Judges the history of one object. */
export function checkLinearizable<S, A>(
  model: Model<S, A>,
  operations: readonly Operation<A>[],
  limits: CheckLimits = {},
): Verdict<S, A> {
  return new Search(model, operations, limits).run()
}

export type KeyedVerdict<S, A> = Verdict<S, A> & { readonly key: string }

/** Judges the objects of all keys; in the order of their first operation. */
export function checkByKey<S, A>(
  modelOf: (key: string) => Model<S, A>,
  operations: readonly Operation<A>[],
  keyOf: (action: A) => string,
  limits: CheckLimits = {},
): readonly KeyedVerdict<S, A>[] {
  return [...byKey(operations, keyOf)].map(([key, those]) => ({
    key,
    ...checkLinearizable(modelOf(key), those, limits),
  }))
}

/** A place in the search where there is a choice. */
interface Fork<S> {
  /** State before the choice. */
  readonly state: S
  /** What was placed without a choice on the way here. */
  readonly settled: readonly number[]
  readonly choices: readonly { readonly place: number; readonly after: S }[]
  /** Choices before this one are tried. */
  tried: number
}

class Search<S, A> {
  readonly #model: Model<S, A>
  readonly #pending: Pending<A>
  readonly #stepsMax: number
  readonly #deadlineMs: number
  readonly #forks: Fork<S>[] = []
  readonly #deadEnds = new Set<string>()
  /** Places in the order of the search. */
  readonly #order: number[] = []
  #steps = 0
  /** Steps at which the clock is read next. */
  #lookAt = 0
  #best: Stuck<S, A> | null = null

  constructor(model: Model<S, A>, operations: readonly Operation<A>[], limits: CheckLimits) {
    this.#model = model
    this.#pending = new Pending(operations)
    this.#stepsMax = limits.stepsMax ?? stepsMaxDefault
    const { timeMsMax = Number.POSITIVE_INFINITY } = limits
    this.#deadlineMs = performance.now() + timeMsMax
  }

  run(): Verdict<S, A> {
    let reached: S | null = this.#model.initial
    for (;;) {
      if (reached !== null && this.#enter(reached)) {
        return { kind: 'linearizable', order: this.#operationsAt(this.#order) }
      }
      const why = this.#overLimit()
      if (why !== null) return { kind: 'undecided', steps: this.#steps, why }
      const fork = this.#forks.at(-1)
      if (fork === undefined) return { kind: 'not-linearizable', ...this.#best! }
      reached = this.#tryNext(fork)
    }
  }

  /** A state is reached: places what needs no choice and opens a fork. @returns whether all fits */
  #enter(state: S): boolean {
    const settled: number[] = []
    let choices = this.#choices(state, settled)
    while (choices === null) choices = this.#choices(state, settled)
    if (this.#pending.isDone) return true
    const seen = `${this.#pending.signature()}/${this.#model.key(state)}`
    const isKnown = this.#deadEnds.has(seen)
    // Known or not: what is tried from here need not be tried from here again.
    this.#deadEnds.add(seen)
    this.#forks.push({ state, settled, choices: isKnown ? [] : choices, tried: 0 })
    return false
  }

  /** What may be placed next; null after something was placed that needs no choice. */
  #choices(state: S, settled: number[]): Fork<S>['choices'] | null {
    const key = this.#model.key(state)
    const choices: { place: number; after: S }[] = []
    const reads: number[] = []
    for (const place of this.#pending.candidates()) {
      this.#steps += 1
      const { action, respondedAt } = this.#pending.operations[place]!
      const after = this.#model.step(state, action)
      if (after === null) continue
      const isNeeded = respondedAt !== null || this.#model.key(after) !== key
      if (respondedAt !== null && this.#model.isRead(action)) reads.push(place)
      else if (isNeeded) choices.push({ place, after })
    }
    for (const place of reads) {
      this.#place(place)
      settled.push(place)
    }
    return reads.length > 0 ? null : choices
  }

  /** The state after the next choice of a fork; null when there was none: the fork is closed. */
  #tryNext(fork: Fork<S>): S | null {
    const choice = fork.choices[fork.tried]
    // The choice before this one has been taken back when its own fork was closed.
    if (choice !== undefined) {
      fork.tried += 1
      this.#place(choice.place)
      return choice.after
    }
    if (fork.tried === 0) this.#remember(fork.state)
    this.#forks.pop()
    for (const place of fork.settled.toReversed()) this.#takeBack(place)
    const before = this.#forks.at(-1)
    if (before !== undefined) this.#takeBack(before.choices[before.tried - 1]!.place)
    return null
  }

  #place(place: number): void {
    this.#pending.take(place)
    this.#order.push(place)
  }

  #takeBack(place: number): void {
    this.#pending.putBack(place)
    this.#order.pop()
  }

  /** Nothing leads on from here. */
  #remember(state: S): void {
    if (this.#best !== null && this.#best.order.length >= this.#order.length) return
    const order = this.#operationsAt(this.#order)
    this.#best = { order, state, next: this.#operationsAt(this.#pending.candidates()) }
  }

  #operationsAt(places: readonly number[]): Operation<A>[] {
    return places.map((place) => this.#pending.operations[place]!)
  }

  #overLimit(): string | null {
    if (this.#steps >= this.#stepsMax) return `${this.#stepsMax} steps were not enough`
    if (this.#deadlineMs === Number.POSITIVE_INFINITY || this.#steps < this.#lookAt) return null
    this.#lookAt = this.#steps + stepsPerLook
    return performance.now() >= this.#deadlineMs ? 'it took too long' : null
  }
}
