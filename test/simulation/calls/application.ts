/**
 * The application of a host: works for calls for a while, calls other actors meanwhile, goes on
 * where its connection is cut, and has let go of an actor when it works for it no more.
 */
import type { Deliver } from '../../../src/calls/machine/effect.js'
import type { ActorKey } from '../../../src/calls/machine/ownership.js'
import type { Random } from '../kernel/random.js'
import type { SimProcess } from '../kernel/sim-process.js'
import type { Book, Handler, Request } from './book.js'
import { callKind } from './event-kinds.js'
import { keyName } from './placement.js'

export interface ApplicationPace {
  callMeanMs: number
  /** Chance that a call calls another actor: two that do so crosswise wait for their deadlines. */
  nestedChance: number
  releaseMeanMs: number
  stuckChance: number
}

export interface ApplicationParts {
  readonly host: string
  readonly book: Book
  readonly process: SimProcess
  readonly random: Random
  readonly keys: readonly ActorKey[]
  readonly turns: readonly string[]
  /** Calls an actor from within a call. */
  readonly call: (key: ActorKey, chain: readonly string[], whenOver: () => void) => void
}

/** A call that the sidecar gave it. */
export interface Delivery {
  readonly request: Request
  readonly effect: Deliver
  readonly key: ActorKey
  refused(): void
  /** It has worked for it, and answers. */
  done(): void
  /** It crashed. */
  broken(): void
}

/** Calls within calls go so deep. */
const depthMax = 3

export class Application {
  pace: ApplicationPace
  isUp = true
  readonly #parts: ApplicationParts
  readonly #works = new Map<Delivery, Handler>()
  /** On their way from the sidecar, each with whether it is beyond its lease. */
  readonly #coming = new Map<Delivery, boolean>()
  /** What waits until it works for an actor no more. */
  readonly #leaving = new Map<string, () => void>()

  /** What it was asked to let go of, and forgot. */
  #stuck: (() => void)[] = []

  constructor(parts: ApplicationParts, pace: ApplicationPace) {
    this.#parts = parts
    this.pace = pace
  }

  take(delivery: Delivery): void {
    const { process, random } = this.#parts
    this.#coming.set(delivery, false)
    process.inputAfter(100 + random.below(800), callKind.application, () => {
      const isBeyondLease = this.#coming.get(delivery)
      if (isBeyondLease === undefined) return
      this.#coming.delete(delivery)
      if (this.isUp) this.#begin(delivery, isBeyondLease)
      else delivery.refused()
    })
  }

  /** @returns whether it had begun */
  cut(delivery: Delivery): boolean {
    this.#coming.delete(delivery)
    const handler = this.#works.get(delivery)
    if (handler === undefined) return false
    handler.isCut = true
    return true
  }

  /** It is asked to let go of an actor. */
  leave(key: ActorKey, whenLeft: () => void): void {
    const { random, process } = this.#parts
    if (random.chance(this.pace.stuckChance)) {
      this.#stuck.push(() => this.leave(key, whenLeft))
      return
    }
    const ms = random.exponential(this.pace.releaseMeanMs)
    process.inputAfter(ms * 1_000, callKind.application, () => {
      if (this.#isAtWork(keyName(key))) this.#leaving.set(keyName(key), whenLeft)
      else whenLeft()
    })
  }

  /** It remembers what it was asked to let go of. */
  heal(): void {
    this.isUp = true
    const stuck = this.#stuck
    this.#stuck = []
    for (const leave of stuck) leave()
  }

  crash(): void {
    this.isUp = false
    for (const [delivery, handler] of [...this.#works]) {
      this.#end(delivery, handler)
      if (!handler.isCut) delivery.broken()
    }
  }

  /** The host is gone, and all with it. */
  forget(): void {
    for (const handler of this.#works.values()) this.#parts.book.ends(handler)
    this.#works.clear()
    this.#coming.clear()
    this.#leaving.clear()
    this.#stuck = []
    this.isUp = true
  }

  /** What runs is beyond its lease, or stood still: only the token protects it. */
  beyondLease(has: (type: string, id: string) => boolean): void {
    for (const [{ key }, handler] of this.#works) {
      if (has(key.type, key.id)) handler.isBeyondLease = true
    }
    for (const delivery of this.#coming.keys()) {
      if (has(delivery.key.type, delivery.key.id)) this.#coming.set(delivery, true)
    }
  }

  #begin(delivery: Delivery, isBeyondLease: boolean): void {
    const { book, host, random, process, keys, turns } = this.#parts
    const { request, effect, key } = delivery
    const handler: Handler = {
      ...{ request, host, chain: effect.chain.slice(0, -1), run: effect.chain.at(-1)! },
      ...{ hasTurns: turns.includes(key.type), isCut: false, isBeyondLease },
    }
    this.#works.set(delivery, handler)
    book.begins(handler)
    const finish = () => {
      if (this.#works.get(delivery) !== handler) return
      this.#end(delivery, handler)
      if (!handler.isCut) delivery.done()
    }
    const isNested = effect.chain.length < depthMax && random.chance(this.pace.nestedChance)
    const ms = random.exponential(this.pace.callMeanMs)
    process.inputAfter(ms * 1_000, callKind.application, () => {
      if (!isNested || this.#works.get(delivery) !== handler) return finish()
      const other = random.chance(0.4) ? key : random.pick(keys)
      this.#parts.call(other, effect.chain, finish)
    })
  }

  #end(delivery: Delivery, handler: Handler): void {
    this.#works.delete(delivery)
    this.#parts.book.ends(handler)
    const key = keyName(delivery.key)
    const whenLeft = this.#leaving.get(key)
    if (whenLeft === undefined || this.#isAtWork(key)) return
    this.#leaving.delete(key)
    whenLeft()
  }

  #isAtWork(key: string): boolean {
    for (const each of this.#works.keys()) if (keyName(each.key) === key) return true
    return false
  }
}
