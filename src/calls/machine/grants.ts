/**
 * Who was told that this host owns an actor may believe it for a moment. Here is kept until when
 * that is, so that nothing is let go of before.
 */
import type { ActorKey } from './ownership.js'

/** An answer may be believed for so long, in ms. */
export const grantMsMax = 500
/** Grants that are kept one by one; while there are more, all keys count as granted. */
export const grantsMax = 10_000

interface Granted extends ActorKey {
  untilMs: number
}

export class Grants {
  readonly #max: number
  /** By both names, the oldest first. */
  readonly #granted = new Map<string, Granted>()
  /** Until when grants hold that are not kept. */
  #otherUntilMs = Number.NEGATIVE_INFINITY

  constructor(max = grantsMax) {
    this.#max = max
  }

  /** Until when a grant of any key may hold that is not in `live`. */
  get otherUntilMs(): number {
    return this.#otherUntilMs
  }

  add(type: string, id: string, untilMs: number, now: number): void {
    this.#forget(now)
    const name = `${type.length}:${type}${id}`
    const known = this.#granted.get(name)
    if (known !== undefined) {
      this.#granted.delete(name)
      this.#granted.set(name, { type, id, untilMs: Math.max(known.untilMs, untilMs) })
    } else if (this.#granted.size < this.#max) this.#granted.set(name, { type, id, untilMs })
    else this.#otherUntilMs = Math.max(this.#otherUntilMs, untilMs)
  }

  /** Those that may hold. */
  *live(now: number): Iterable<Readonly<Granted>> {
    this.#forget(now)
    yield* this.#granted.values()
  }

  /** The oldest are forgotten; none is kept longer than it can hold and the ones before it. */
  #forget(now: number): void {
    for (const [name, { untilMs }] of this.#granted) {
      if (untilMs > now) return
      this.#granted.delete(name)
    }
  }
}
