/** The hellos that wait for one name, and how far they were looked through. */
import type { SaidTypes } from '../fsm/said-types.js'
import type { Route } from './relay-message.js'
import type { ProvenHello } from './secret.js'

export interface WaitingHello {
  readonly route: Route
  readonly hello: ProvenHello
  readonly types: SaidTypes
  /** What it takes in a command at most, and here about, in bytes. */
  readonly bytes: number
  readonly line: WaitingLine
  heardAtMs: number
  /** What the host was told last, so that it is told only what is new. */
  toldCode: string | null
  /** An entry that decides about it is in the log, not applied yet. */
  deciding: boolean
}

export class WaitingLine {
  readonly key: string
  /** In order of arrival. */
  readonly hellos = new Set<WaitingHello>()
  /** The one that may be written, or is on its way into the log. */
  joining: WaitingHello | null = null
  /** When time alone may change a decision, in monotonic ms; Infinity for never. */
  lookAtMs = Number.POSITIVE_INFINITY
  #rest: Iterator<WaitingHello> = this.hellos.values()

  constructor(key: string) {
    this.key = key
  }

  /** All are to be looked at, from the first on; each then says anew when to look again. */
  restart(): void {
    this.#rest = this.hellos.values()
    this.lookAtMs = Number.POSITIVE_INFINITY
  }

  /** The next one in this look; null after the last. */
  next(): WaitingHello | null {
    const { done, value } = this.#rest.next()
    return done ? null : value
  }

  lookAgain(atMs: number): void {
    this.lookAtMs = Math.min(this.lookAtMs, atMs)
  }
}
