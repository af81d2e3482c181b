/**
 * First in, first out, and each item can be taken out from anywhere at once: what waits in it is
 * linked. (A Set would do it too, but to look for its first again and again costs as much as all
 * that was deleted before.)
 */

/** An item is in one queue at most. */
export interface Linked<T> {
  isLinked: boolean
  before: T | null
  after: T | null
}

export class LinkedQueue<T extends Linked<T>> {
  #first: T | null = null
  #last: T | null = null
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The first; undefined when there is none. */
  get first(): T | undefined {
    return this.#first ?? undefined
  }

  /** Behind all others; one that is in already keeps its place. */
  push(item: T): void {
    if (item.isLinked) return
    item.isLinked = true
    item.before = this.#last
    item.after = null
    if (this.#last === null) this.#first = item
    else this.#last.after = item
    this.#last = item
    this.#size += 1
  }

  /** Takes the item out; one that is not in does nothing. */
  remove(item: T): void {
    if (!item.isLinked) return
    const { before, after } = item
    if (before === null) this.#first = after
    else before.after = after
    if (after === null) this.#last = before
    else after.before = before
    item.isLinked = false
    item.before = null
    item.after = null
    this.#size -= 1
  }
}
