/** A map by the two names of an actor. No text is put together for a question. */
import type { ActorKey } from './ownership.js'

export class KeyMap<T extends ActorKey> {
  readonly #types = new Map<string, Map<string, T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(type: string, id: string): T | undefined {
    return this.#types.get(type)?.get(id)
  }

  /** All of them. What is added or deleted meanwhile may be seen or not. */
  *values(): Iterable<T> {
    for (const ids of this.#types.values()) yield* ids.values()
  }

  /** All of one type. What is added or deleted meanwhile may be seen or not. */
  ofType(type: string): Iterable<T> {
    return this.#types.get(type)?.values() ?? []
  }

  /** Adds one whose key is not there yet. */
  add(value: T): void {
    const ids = this.#types.get(value.type)
    if (ids === undefined) this.#types.set(value.type, new Map([[value.id, value]]))
    else ids.set(value.id, value)
    this.#size += 1
  }

  delete({ type, id }: ActorKey): void {
    const ids = this.#types.get(type)
    if (ids === undefined || !ids.delete(id)) return
    this.#size -= 1
    if (ids.size === 0) this.#types.delete(type)
  }
}
