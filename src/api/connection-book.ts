/**
 * Who has how many connections to a replica, and what a further one may do: everything, or, in the
 * reserve beyond the limits, ask how the replica is and nothing else. Pure; knows no sockets.
 *
 * An IPv6 client has a network of 2^64 addresses to come from, so these are counted as one.
 * Loopback has no limit of its own: whoever is on this machine can do worse.
 *
 * Invariants: the counts are those of the connections that were entered and have not left; an
 * address without connections is not kept.
 */
import { isIP } from 'node:net'
import { isLoopback } from '../wire/loopback.js'

export interface ConnectionLimits {
  /** Connections at a time, host sessions among them; beyond it the reserve is used. */
  readonly connectionsMax: number
  /** The same of one address, but for loopback. */
  readonly connectionsPerAddressMax: number
  /** Connections in the reserve. */
  readonly reserveMax: number
  /** The same of one address, loopback too. */
  readonly reservePerAddressMax: number
}

/** Why a connection is in the reserve. */
export type Excess = 'address' | 'total'

export interface Entry {
  /** What stands for its address in the book. */
  readonly key: string
  /** null: it may do everything. */
  readonly excess: Excess | null
}

export class ConnectionBook {
  readonly #limits: ConnectionLimits
  /** By key, without those in the reserve. */
  readonly #open = new Map<string, number>()
  readonly #reserved = new Map<string, number>()
  #openCount = 0
  #reservedCount = 0

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  /** Connections that may do everything. */
  get open(): number {
    return this.#openCount
  }

  /** Connections in the reserve. */
  get reserved(): number {
    return this.#reservedCount
  }

  /** Connections of the same address that may do everything. */
  openOf({ key }: Entry): number {
    return this.#open.get(key) ?? 0
  }

  /** Whether the reserve has one more of this address than it may have. */
  isReserveFullFor({ key }: Entry): boolean {
    return (this.#reserved.get(key) ?? 0) > this.#limits.reservePerAddressMax
  }

  get isReserveFull(): boolean {
    return this.#reservedCount > this.#limits.reserveMax
  }

  enter(address: string): Entry {
    const key = keyOf(address)
    const excess = this.#excessOf(key, address)
    add(excess === null ? this.#open : this.#reserved, key, 1)
    if (excess === null) this.#openCount += 1
    else this.#reservedCount += 1
    return { key, excess }
  }

  leave({ key, excess }: Entry): void {
    add(excess === null ? this.#open : this.#reserved, key, -1)
    if (excess === null) this.#openCount -= 1
    else this.#reservedCount -= 1
  }

  #excessOf(key: string, address: string): Excess | null {
    const { connectionsMax, connectionsPerAddressMax } = this.#limits
    const isOver = (this.#open.get(key) ?? 0) >= connectionsPerAddressMax && !isLoopback(address)
    if (isOver) return 'address'
    return this.#openCount >= connectionsMax ? 'total' : null
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}

/** An IPv4 address, or the /64 network of an IPv6 address. */
export function keyOf(address: string): string {
  const [plain = ''] = address.replace(/^::ffff:(?=\d+\.)/i, '').split('%')
  if (isIP(plain) !== 6) return plain
  const [head = '', tail] = plain.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length)
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after]
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
