/**
 * A line between two processes, as faults see it: two directions, each of which can fall silent or
 * be slow, for all connections that run over it. TCP loses nothing: what a silent direction holds
 * back arrives when it speaks again, unless the connection is gone by then.
 *
 * Faults overlap, so each gives a function that lifts it, and a direction speaks when the last one
 * that silenced it is lifted.
 */

export type Lift = () => void

export class Direction {
  readonly #delaysMs = new Map<symbol, number>()
  readonly #listeners = new Set<() => void>()
  #silences = 0

  get isSilent(): boolean {
    return this.#silences > 0
  }

  /** What passes waits so long, in ms. */
  get delayMs(): number {
    return Math.max(0, ...this.#delaysMs.values())
  }

  silence(): Lift {
    this.#silences += 1
    return once(() => {
      this.#silences -= 1
      if (!this.isSilent) for (const listener of this.#listeners) listener()
    })
  }

  slow(delayMs: number): Lift {
    const fault = Symbol('slow')
    this.#delaysMs.set(fault, delayMs)
    return once(() => void this.#delaysMs.delete(fault))
  }

  /** @returns a function that ends the calls */
  onSpeaks(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}

export class Line {
  /** `peers 1>2`, `postgres 3`. */
  readonly name: string
  /** From the side that connects to the one that listens. */
  readonly there = new Direction()
  readonly back = new Direction()
  readonly #connections = new Set<() => void>()

  constructor(name: string) {
    this.name = name
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** Resets the connections that are open. */
  cut(): void {
    for (const reset of [...this.#connections]) reset()
  }

  /** @returns a function that says that the connection has ended */
  opened(reset: () => void): () => void {
    this.#connections.add(reset)
    return () => void this.#connections.delete(reset)
  }
}

function once(act: () => void): Lift {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    act()
  }
}
