/**
 * Invariants of the core. A broken one is a bug or damaged storage, never bad luck on the network:
 * the replica stops with a report instead of going on with a state that nobody thought about.
 */

/** Thrown when the core finds its own state impossible. The core must not be used afterwards. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
  /** What was found, as plain values for a log line. */
  readonly report: Readonly<Record<string, unknown>>

  constructor(message: string, report: Readonly<Record<string, unknown>> = {}) {
    super(`${message} ${JSON.stringify(report)}`)
    this.report = report
  }
}

/**
 * For places off the hot path. Hot paths test first and throw themselves, so that the report is
 * built only when it is needed.
 */
export function invariant(
  holds: boolean,
  message: string,
  report?: Readonly<Record<string, unknown>>,
): asserts holds {
  if (!holds) throw new InvariantError(message, report)
}
