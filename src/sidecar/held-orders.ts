/**
 * Orders of terms that no WebSocket has named yet. Anybody may have published them: nothing is
 * verified, so they are kept as the bytes that came, few of them, and never believed here.
 *
 * Too many: the highest term goes first, for leaders come one after the other and a made-up term is
 * as high as whoever made it up likes; of one term the oldest. What is lost comes again over the
 * WebSocket.
 */

import type { SignedByLeader, SignedMessage } from './signed-messages.js'

export const heldOrdersMax = 256
/** All of them, signatures included, in bytes. */
export const heldBytesMax = 4 * 1024 * 1024

export class HeldOrders {
  /** By term, each in order of arrival. */
  readonly #byTerm = new Map<number, SignedByLeader[]>()
  /** The terms of these, rising. */
  readonly #terms: number[] = []
  #count = 0
  #bytes = 0

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @returns how many were dropped for it, itself included */
  add({ term, payload, signature }: SignedByLeader): number {
    if (sizeOf({ payload, signature }) > heldBytesMax) return 1
    // A part of what the connection reads would keep all of that, and so does a slice of a Buffer.
    const held = { term, payload: new Uint8Array(payload), signature: new Uint8Array(signature) }
    this.#of(term).push(held)
    this.#count += 1
    this.#bytes += sizeOf(held)
    let dropped = 0
    for (; this.#count > heldOrdersMax || this.#bytes > heldBytesMax; dropped += 1) this.#drop()
    return dropped
  }

  /** A term was named: those of it, in order of arrival. Those of lower terms are forgotten. */
  take(term: number): { readonly orders: readonly SignedByLeader[]; readonly old: number } {
    let orders: readonly SignedByLeader[] = []
    let old = 0
    for (let lowest = this.#terms[0]; lowest !== undefined && lowest <= term; ) {
      const held = this.#forgetTerm(0)
      for (const each of held) this.#forgot(each)
      if (lowest === term) orders = held
      else old += held.length
      lowest = this.#terms[0]
    }
    return { orders, old }
  }

  #of(term: number): SignedByLeader[] {
    const known = this.#byTerm.get(term)
    if (known !== undefined) return known
    const list: SignedByLeader[] = []
    this.#byTerm.set(term, list)
    this.#terms.splice(placeOf(this.#terms, term), 0, term)
    return list
  }

  /** The oldest of the highest term. */
  #drop(): void {
    const at = this.#terms.length - 1
    const highest = this.#byTerm.get(this.#terms[at]!)!
    this.#forgot(highest.shift()!)
    if (highest.length === 0) this.#forgetTerm(at)
  }

  #forgetTerm(at: number): readonly SignedByLeader[] {
    const [term] = this.#terms.splice(at, 1)
    const held = this.#byTerm.get(term!)!
    this.#byTerm.delete(term!)
    return held
  }

  #forgot(held: SignedByLeader): void {
    this.#count -= 1
    this.#bytes -= sizeOf(held)
  }
}

/** Where a term stands, or would, among rising ones. */
function placeOf(terms: readonly number[], term: number): number {
  let [low, high] = [0, terms.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (terms[middle]! < term) low = middle + 1
    else high = middle
  }
  return low
}

function sizeOf({ payload, signature }: SignedMessage): number {
  return payload.length + signature.length
}
