/**
 * The leases of members in the order in which they expire, so that a sweep looks at those that are
 * due and at no others. It knows no times but those of the answers: four groups, and in each of
 * them whoever was answered first expires first, whatever the settings are by then. So nothing is
 * sorted, an answer costs the same however many there are, and new settings cost nothing.
 *
 * Invariant: an answer never is older than those before it (the leader's clock is monotonic).
 */
export class ExpiryOrder<Lease extends object> {
  /** Their hosts said that nothing runs under them any more: due at once. */
  readonly #stopped = new Set<Lease>()
  /** Never answered by this leader: all due when its grace ends. */
  readonly #unanswered = new Set<Lease>()
  /** Answered, but not since the grace began. */
  readonly #answeredBefore = new Set<Lease>()
  /** Answered since the grace began. */
  readonly #answeredSince = new Set<Lease>()

  /** A lease that was not answered yet. */
  enter(lease: Lease): void {
    this.#unanswered.add(lease)
  }

  /** @returns whether it was there */
  leave(lease: Lease): boolean {
    return (
      this.#answeredSince.delete(lease) ||
      this.#unanswered.delete(lease) ||
      this.#answeredBefore.delete(lease) ||
      this.#stopped.delete(lease)
    )
  }

  /** @param sinceGrace whether the grace had begun by the answer */
  answered(lease: Lease, sinceGrace: boolean): void {
    if (!this.leave(lease)) return
    const group = sinceGrace ? this.#answeredSince : this.#answeredBefore
    group.add(lease)
  }

  stopped(lease: Lease): void {
    if (this.leave(lease)) this.#stopped.add(lease)
  }

  /** The grace begins anew: nobody was answered since. */
  restartGrace(): void {
    for (const lease of this.#answeredSince) this.#answeredBefore.add(lease)
    this.#answeredSince.clear()
  }

  /** In each group those up to the first that is not due. One may leave when it is given out. */
  *due(isDue: (lease: Lease) => boolean): Generator<Lease> {
    const answered = [this.#answeredBefore, this.#answeredSince]
    for (const group of [this.#stopped, this.#unanswered, ...answered]) {
      for (const lease of group) {
        if (!isDue(lease)) break
        yield lease
      }
    }
  }
}
