/** A promise that does not hold. */
export class OwnershipFailure extends Error {
  /** The name of the promise. */
  readonly promise: string

  constructor(promise: string, detail: string) {
    super(`${promise}: ${detail}`)
    this.promise = promise
  }
}

export function fail(promise: string, detail: string): never {
  throw new OwnershipFailure(promise, detail)
}
