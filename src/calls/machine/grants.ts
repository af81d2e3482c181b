/**
 * Who was told that this host owns an actor may believe it for a moment. Here is kept until when
 * that is, so that nothing is let go of before.
 */
import { Queue } from '../../jobs/queue.js'
import { KeyMap } from './key-map.js'
import type { ActorKey } from './ownership.js'

/** An answer may be believed for so long, in ms. */
export const grantMsMax = 500
/** Grants that are kept one by one; while there are more, all keys count as granted. */
export const grantsMax = 10_000

interface Granted extends ActorKey {
  untilMs: number
  /** When it is looked at again: what it was until then. */
  lookAtMs: number
}

export class Grants {
  readonly #max: number
  readonly #granted = new KeyMap<Granted>()
  /** The same, in the order in which they are looked at again. */
  readonly #order = new Queue<Granted>()
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
    const known = this.#granted.get(type, id)
    if (known !== undefined) known.untilMs = Math.max(known.untilMs, untilMs)
    else if (this.#granted.size < this.#max) {
      const granted = { type, id, untilMs, lookAtMs: untilMs }
      this.#granted.add(granted)
      this.#order.push(granted)
    } else this.#otherUntilMs = Math.max(this.#otherUntilMs, untilMs)
  }

  /** Those that may hold. */
  *live(now: number): Iterable<Pick<Granted, 'type' | 'id' | 'untilMs'>> {
    for (const granted of this.#granted.values()) if (granted.untilMs > now) yield granted
  }

  /** Each is looked at once in the time that it holds, however often it is given anew. */
  #forget(now: number): void {
    for (let next = this.#order.first; next !== undefined; next = this.#order.first) {
      if (next.lookAtMs > now) return
      this.#order.shift()
      if (next.untilMs <= now) this.#granted.delete(next)
      else {
        next.lookAtMs = next.untilMs
        this.#order.push(next)
      }
    }
  }
}
