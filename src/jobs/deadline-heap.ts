/**
 * What is due some day, in the order of when: a binary heap in which each item knows its place, so
 * that one which is settled early goes at once, and what waits costs nothing meanwhile.
 */

/** An item is in one heap at most. */
export interface Timed {
  /** By the clock of whoever keeps the heap, in ms. */
  dueMs: number
  /** Place in the heap; -1 while it is in none. */
  heapPlace: number
}

export class DeadlineHeap<T extends Timed> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  /** The one that is due next; undefined when there is none. */
  get first(): T | undefined {
    return this.#items[0]
  }

  /** When the next one is due; infinite when there is none. */
  get nextMs(): number {
    return this.#items[0]?.dueMs ?? Number.POSITIVE_INFINITY
  }

  /** Adds the item, or moves it to another time. */
  set(item: T, dueMs: number): void {
    if (item.heapPlace < 0) {
      item.heapPlace = this.#items.length
      this.#items.push(item)
    } else if (item.dueMs === dueMs) return
    item.dueMs = dueMs
    this.#rise(item)
    this.#sink(item)
  }

  /** Takes the item out; one that is not in does nothing. */
  remove(item: T): void {
    const place = item.heapPlace
    if (place < 0) return
    item.heapPlace = -1
    const last = this.#items.pop()!
    if (last === item) return
    last.heapPlace = place
    this.#items[place] = last
    this.#rise(last)
    this.#sink(last)
  }

  #rise(item: T): void {
    let place = item.heapPlace
    while (place > 0) {
      const above = this.#items[(place - 1) >> 1]!
      if (above.dueMs <= item.dueMs) break
      this.#put(above, place)
      place = (place - 1) >> 1
    }
    this.#put(item, place)
  }

  #sink(item: T): void {
    const { length } = this.#items
    let place = item.heapPlace
    for (;;) {
      let child = 2 * place + 1
      if (child >= length) break
      if (child + 1 < length && this.#items[child + 1]!.dueMs < this.#items[child]!.dueMs) {
        child += 1
      }
      const below = this.#items[child]!
      if (below.dueMs >= item.dueMs) break
      this.#put(below, place)
      place = child
    }
    this.#put(item, place)
  }

  #put(item: T, place: number): void {
    this.#items[place] = item
    item.heapPlace = place
  }
}
