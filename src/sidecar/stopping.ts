/**
 * Fences whose keys the host is stopping. Until it has said of each that all is stopped, its keys
 * are nobody's here, and nothing is acknowledged: what was let go of may be among what still stops.
 */
import type { FenceOrder } from './ports.js'
import type { PendingTable } from './table-keeper.js'

/** Beyond so many the next fence takes everything: a host that never stops gets no more. */
export const stoppingMax = 64

export class Stopping {
  readonly #orders = new Set<FenceOrder>()
  #released: PendingTable[] = []

  get isFull(): boolean {
    return this.#orders.size >= stoppingMax
  }

  /** Whether all that was to be stopped is. */
  get isDone(): boolean {
    return this.#orders.size === 0
  }

  begin(order: FenceOrder): void {
    this.#orders.add(order)
  }

  /** @returns false for one that was ended before */
  end(order: FenceOrder): boolean {
    return this.#orders.delete(order)
  }

  has(type: string, id: string): boolean {
    for (const { keys } of this.#orders) if (keys.has(type, id)) return true
    return false
  }

  /** Let go of meanwhile. */
  hold(token: PendingTable): void {
    if (!this.#released.includes(token)) this.#released.push(token)
  }

  /** What was held, once. */
  takeHeld(): readonly PendingTable[] {
    const released = this.#released
    this.#released = []
    return released
  }
}
