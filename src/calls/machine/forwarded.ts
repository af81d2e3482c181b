/**
 * Forwarded calls that can still go to another host: those of which nothing went out yet, since the
 * host does not take the connection or gives no go-ahead, and those without an answer that may be
 * sent again. When tables change they are looked at, so that they go on to the new owner and do not
 * wait for one that is frozen or cut off.
 */
import type { Budget } from '../../jobs/job.js'
import type { Call } from './call.js'
import type { Ownership } from './ownership.js'

/** To ask where an actor is. */
const lookUnits = 2

export class Forwarded {
  readonly #ownership: Ownership
  readonly #calls = new Set<Call>()
  /** Those that are still to be looked at after the last change; null when all were. */
  #round: Iterator<Call> | null = null
  /** Whether another change came meanwhile. */
  #isDueAgain = false

  constructor(ownership: Ownership) {
    this.#ownership = ownership
  }

  get hasWork(): boolean {
    return this.#round !== null
  }

  add(call: Call): void {
    this.#calls.add(call)
  }

  delete(call: Call): void {
    this.#calls.delete(call)
  }

  /** Each is to be looked at once. */
  lookAtAll(): void {
    if (this.#round !== null) this.#isDueAgain = true
    else if (this.#calls.size > 0) this.#round = this.#calls.values()
  }

  /** @param astray called with each that is to go elsewhere @returns whether there was one */
  step(budget: Budget, astray: (call: Call) => void): boolean {
    let hasOne = false
    while (this.#round !== null && !budget.isSpent) {
      const { done, value } = this.#round.next()
      if (done === true) {
        this.#round = this.#isDueAgain ? this.#calls.values() : null
        this.#isDueAgain = false
        continue
      }
      budget.spend(lookUnits)
      if (!this.isAstray(value)) continue
      hasOne = true
      astray(value)
    }
    return hasOne
  }

  /** Whether it can go to another host, and would if it were sent now. */
  isAstray(call: Call): boolean {
    if (!this.#calls.has(call)) return false
    const { type, id } = call.arrival
    const location = this.#ownership.locate(type, id)
    switch (location.kind) {
      case 'here':
        return true
      case 'there':
        return location.host !== call.host
      case 'moving':
        // What runs there may end, and be answered.
        if (call.wasSent) return false
        // Parts of calls that run there are let in until the move is over.
        return location.holder !== call.host || call.generation !== null
      case 'no_owner':
        return !call.wasSent
      case 'unknown':
        return false
      default:
        return location satisfies never
    }
  }
}
