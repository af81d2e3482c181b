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
  /** In order of arrival. */
  #held: SignedByLeader[] = []
  #bytes = 0

  get count(): number {
    return this.#held.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @returns how many were dropped for it, itself included */
  add({ term, payload, signature }: SignedByLeader): number {
    if (sizeOf({ payload, signature }) > heldBytesMax) return 1
    // A part of what the connection reads would keep all of that, and so does a slice of a Buffer.
    const held = { term, payload: new Uint8Array(payload), signature: new Uint8Array(signature) }
    this.#held.push(held)
    this.#bytes += sizeOf(held)
    let dropped = 0
    for (; this.count > heldOrdersMax || this.#bytes > heldBytesMax; dropped += 1) this.#drop()
    return dropped
  }

  /** A term was named: those of it, in order of arrival. Those of lower terms are forgotten. */
  take(term: number): { readonly orders: readonly SignedByLeader[]; readonly old: number } {
    const orders = this.#held.filter((held) => held.term === term)
    const old = this.#held.filter((held) => held.term < term).length
    this.#held = this.#held.filter((held) => held.term > term)
    this.#bytes = this.#held.reduce((sum, held) => sum + sizeOf(held), 0)
    return { orders, old }
  }

  #drop(): void {
    const highest = Math.max(...this.#held.map(({ term }) => term))
    const at = this.#held.findIndex(({ term }) => term === highest)
    const [dropped] = this.#held.splice(at, 1)
    if (dropped !== undefined) this.#bytes -= sizeOf(dropped)
  }
}

function sizeOf({ payload, signature }: SignedMessage): number {
  return payload.length + signature.length
}
