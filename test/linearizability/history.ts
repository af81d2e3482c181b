/**
 * What clients saw, and what it is judged by. Times are numbers of any one clock: only their order
 * counts. An operation precedes another when it was answered before the other was invoked; equal
 * times are concurrent.
 */

/**
 * One call of one client. `A` says what was asked and, if there was an answer, what it was: plain
 * data, by which calls without an answer are told to be alike.
 */
export interface Operation<A> {
  readonly action: A
  readonly invokedAt: number
  /** null: no answer. It may have taken effect at any time since its invocation, or never will. */
  readonly respondedAt: number | null
}

/** A sequential object: what would happen if one operation came after the other. Immutable. */
export interface Model<S, A> {
  readonly initial: S
  /**
   * The state after the action. null when no object in this state gives the answer of the action;
   * an action without an answer can have any.
   */
  step(state: S, action: A): S | null
  /** Equal for states that no future can tell apart, different for all others. */
  key(state: S): string
  /** Whether the action leaves every state as it is in which it can have its answer: a read. */
  isRead(action: A): boolean
}

/** Operations of each key, in the order given: objects that know nothing of one another. */
export function byKey<A>(
  operations: readonly Operation<A>[],
  keyOf: (action: A) => string,
): Map<string, Operation<A>[]> {
  const found = new Map<string, Operation<A>[]>()
  for (const operation of operations) {
    const key = keyOf(operation.action)
    const those = found.get(key)
    if (those === undefined) found.set(key, [operation])
    else those.push(operation)
  }
  return found
}
