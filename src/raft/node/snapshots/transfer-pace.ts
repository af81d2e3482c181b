/**
 * How many chunks of a snapshot may be on their way to a peer: as many as the link carries without
 * a queue in front of it. Heartbeats share that link, and what waits in its queues cannot be
 * overtaken: a snapshot that fills them would silence the leader.
 *
 * A chunk that is stored as soon as the fastest one was shows that there is room for one more; one
 * that took much longer stood in a queue. (The idea of TCP Vegas, Brakmo and Peterson 1995, in
 * ticks.) It begins with one chunk, so a slow link never gets a burst. Pure.
 */

export interface TransferPaceSettings {
  /** Chunks on their way, however fast the link is. */
  readonly windowChunksMax: number
  /** A chunk that takes so many ticks longer than the fastest one stood in a queue. */
  readonly queueTicks: number
}

/** What ticks of 50 ms cannot tell apart. */
const noiseTicks = 2

export class TransferPace {
  readonly #settings: TransferPaceSettings
  #windowChunks = 1
  #leastTicks = Number.POSITIVE_INFINITY

  constructor(settings: TransferPaceSettings) {
    this.#settings = settings
  }

  get windowChunks(): number {
    return this.#windowChunks
  }

  /** A chunk is on the disk of the peer, so many ticks after it was sent. */
  stored(ticks: number): void {
    this.#leastTicks = Math.min(this.#leastTicks, ticks)
    const queuedTicks = ticks - this.#leastTicks
    const { windowChunksMax, queueTicks } = this.#settings
    if (queuedTicks <= noiseTicks) {
      this.#windowChunks = Math.min(windowChunksMax, this.#windowChunks + 1)
    } else if (queuedTicks > queueTicks) {
      this.#windowChunks = Math.max(1, this.#windowChunks - 1)
    }
  }
}
