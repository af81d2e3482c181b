/** What a run began and has to end, last begun first: an owner that is ended by hand. */
import type { Owner } from '../../support/owner.js'

export class Endings implements Owner {
  readonly #ends: (() => Promise<void> | void)[] = []

  onTestFinished(end: () => Promise<void> | void): void {
    this.#ends.push(end)
  }

  /** Ends all of it, whatever fails. @throws the first failure */
  async end(): Promise<void> {
    const failures: unknown[] = []
    for (const end of this.#ends.splice(0).reverse()) {
      try {
        await end()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
