/**
 * Sessions that wait until an entry is applied here, in the order of the entries: what is applied
 * costs those that waited for it, and nobody else.
 *
 * A session waits for one entry at a time. One that is ready is so until it is removed.
 */
export class WaitingSessions<S extends object> {
  /** The entry that each waits for. */
  readonly #indexes = new Map<S, number>()
  readonly #byIndex = new Map<number, Set<S>>()
  /** The entries up to here are applied. */
  #appliedIndex = 0
  readonly #ready = new Set<S>()

  /** Whether somebody is ready. */
  get hasReady(): boolean {
    return this.#ready.size > 0
  }

  /** Waits for this entry; ready at the next `applied` when that is applied already. */
  add(session: S, index: number): void {
    this.remove(session)
    if (index <= this.#appliedIndex) {
      this.#ready.add(session)
      return
    }
    this.#indexes.set(session, index)
    const waiting = this.#byIndex.get(index)
    if (waiting === undefined) this.#byIndex.set(index, new Set([session]))
    else waiting.add(session)
  }

  remove(session: S): void {
    this.#ready.delete(session)
    const index = this.#indexes.get(session)
    if (index === undefined) return
    this.#indexes.delete(session)
    const waiting = this.#byIndex.get(index)
    waiting?.delete(session)
    if (waiting?.size === 0) this.#byIndex.delete(index)
  }

  /** The entries up to `index` are applied. */
  applied(index: number): void {
    if (index - this.#appliedIndex > this.#byIndex.size) {
      // After a snapshot there may be more entries than anybody waits for.
      for (const each of [...this.#byIndex.keys()].sort((a, b) => a - b)) {
        if (each <= index) this.#makeReady(each)
      }
    } else {
      for (let each = this.#appliedIndex + 1; each <= index; each += 1) this.#makeReady(each)
    }
    this.#appliedIndex = Math.max(this.#appliedIndex, index)
  }

  /** The first one that is ready; null for none. */
  first(): S | null {
    return this.#ready.values().next().value ?? null
  }

  #makeReady(index: number): void {
    for (const session of this.#byIndex.get(index) ?? []) {
      this.#indexes.delete(session)
      this.#ready.add(session)
    }
    this.#byIndex.delete(index)
  }
}
