/**
 * Leases in the order of their last answers, so that whoever waits for a time after the answer
 * looks at those that are due and at no others. It knows no times: four groups, and in each of
 * them whoever was answered first is due first, whatever the settings are by then. So nothing is
 * sorted, an answer costs the same however many there are, and new settings cost nothing.
 *
 * Invariants: a lease is in one group at most; an answer never is older than those before it (the
 * leader's clock is monotonic).
 */
export type AnswerGroup =
  /** Their hosts said that nothing runs under them any more: due at once. */
  | 'stopped'
  /** Never answered by this leader: all due when its grace ends. */
  | 'unanswered'
  /** Answered, but not since the grace began. */
  | 'answeredBefore'
  /** Answered since the grace began. */
  | 'answeredSince'

export class AnswerOrder<Lease extends object> {
  readonly #groups: Readonly<Record<AnswerGroup, Set<Lease>>> = {
    stopped: new Set(),
    unanswered: new Set(),
    answeredBefore: new Set(),
    answeredSince: new Set(),
  }

  has(lease: Lease): boolean {
    return Object.values(this.#groups).some((group) => group.has(lease))
  }

  /** Puts it behind all others of a group, out of the one that it is in. */
  place(lease: Lease, group: AnswerGroup): void {
    this.leave(lease)
    this.#groups[group].add(lease)
  }

  leave(lease: Lease): void {
    const { answeredSince, unanswered, answeredBefore, stopped } = this.#groups
    // In most cases it is in the first one.
    if (answeredSince.delete(lease) || unanswered.delete(lease)) return
    if (!answeredBefore.delete(lease)) stopped.delete(lease)
  }

  /** The grace begins anew: nobody was answered since. */
  restartGrace(): void {
    const { answeredBefore, answeredSince } = this.#groups
    for (const lease of answeredSince) answeredBefore.add(lease)
    answeredSince.clear()
  }

  /** In each group those up to the first that is not due. One may leave when it is given out. */
  *due(isDue: (lease: Lease) => boolean): Generator<Lease> {
    for (const group of Object.values(this.#groups)) {
      for (const lease of group) {
        if (!isDue(lease)) break
        yield lease
      }
    }
  }
}
