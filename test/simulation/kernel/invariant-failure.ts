/** What must hold did not: names the invariant, so that a shorter run can be told to fail alike. */
export class InvariantFailure extends Error {
  override readonly name = 'InvariantFailure'
  readonly invariant: string

  constructor(invariant: string, detail: string) {
    super(`${invariant}: ${detail}`)
    this.invariant = invariant
  }
}

export function fail(invariant: string, detail: string): never {
  throw new InvariantFailure(invariant, detail)
}

/**
 * Keeps the first failure: what is thrown in the middle of a node ends that node, as any error of
 * its host would, and must not be lost with it.
 */
export class FailureSink {
  #first: unknown = null

  note(error: unknown): void {
    this.#first ??= error
  }

  /** @throws whatever was noted first */
  check(): void {
    if (this.#first !== null) throw this.#first
  }
}
