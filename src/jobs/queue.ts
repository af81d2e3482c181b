/**
 * What waits, first in, first out. To take the first is to move on by one place: what was taken is
 * let go in large pieces, so that a long queue costs no more for each than a short one.
 */

/** Places of things that were taken are given back once there are so many, and half of all. */
const takenMax = 1_024

export class Queue<T> {
  #items: T[] = []
  /** Place of the first. */
  #next = 0

  get size(): number {
    return this.#items.length - this.#next
  }

  /** The first; undefined when there is none. */
  get first(): T | undefined {
    return this.#items[this.#next]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the first; undefined when there is none. */
  shift(): T | undefined {
    const item = this.#items[this.#next]
    if (this.#next === this.#items.length) return undefined
    this.#next += 1
    if (this.#next === this.#items.length) this.clear()
    else if (this.#next >= takenMax && this.#next * 2 >= this.#items.length) {
      this.#items.splice(0, this.#next)
      this.#next = 0
    }
    return item
  }

  clear(): void {
    this.#items = []
    this.#next = 0
  }
}
