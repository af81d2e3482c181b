/**
 * Whose turn it is among the addresses of one peer: in a round each of them is tried once, in the
 * order in which they are wanted. Pure; the dialler tries them.
 *
 * Invariant: a round goes through the list as it stood when the round began. Whoever keeps showing
 * other addresses, true or false, never keeps the others from their turn.
 */
import type { PeerAddress } from './transport-options.js'

/** Of more addresses of one peer the last are left out. */
export const addressesMax = 8

export class AddressTurns {
  #wanted: readonly PeerAddress[] = []
  #left: readonly PeerAddress[] = []

  /** @param wanted the best first, at least one */
  constructor(wanted: readonly PeerAddress[]) {
    this.want(wanted)
  }

  /** The best first, at least one. Counts from the next round on. */
  want(wanted: readonly PeerAddress[]): void {
    const names = wanted.map(nameOf)
    const once = wanted.filter((address, at) => names.indexOf(nameOf(address)) === at)
    this.#wanted = once.slice(0, addressesMax)
  }

  get wanted(): readonly PeerAddress[] {
    return this.#wanted
  }

  /** Whether all of this round have been handed out. */
  get isRoundOver(): boolean {
    return this.#left.length === 0
  }

  /** Where to try next; begins a round if none is under way. */
  next(): PeerAddress {
    const [next, ...left] = this.isRoundOver ? this.#wanted : this.#left
    this.#left = left
    return next!
  }

  /** One of them was right: what comes next is a new round. */
  restart(): void {
    this.#left = []
  }
}

/** host:port, an IPv6 address in brackets. */
export function nameOf({ host, port }: Pick<PeerAddress, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
