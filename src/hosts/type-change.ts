/** One change of the types of a member, from when the leader hears of it until the log has it. */
import type { SaidTypes } from '../fsm/said-types.js'
import type { TypesWaiting } from '../wire/messages.js'
import type { Admission, Route } from './relay-message.js'

/** What a host is to offer from now on. */
export interface TypeChange extends Admission {
  readonly number: number
  readonly types: SaidTypes
  /** What it takes in a command at most, in bytes. */
  readonly bytes: number
  /** Who is answered. */
  route: Route
  /** What the host was told last, so that it is told only what is new. */
  toldCode: TypesWaiting['code'] | null
  /** When it is to be looked at again, in monotonic ms. */
  lookAtMs: number
  /** A command with it is on its way into the log. */
  writing: boolean
}
