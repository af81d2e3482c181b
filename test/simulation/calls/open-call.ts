/** A call as the edge of a host has it: who waits for it, where it is, how it is cut. */
import type { CallArrival } from '../../../src/calls/machine/arrival.js'
import type { CallProblem } from '../../../src/calls/machine/problem.js'
import type { Request } from './book.js'

/** What the caller gets. `broken`: nothing, or an answer that breaks off. */
export type CallResult =
  | { readonly kind: 'answered' }
  | { readonly kind: 'problem'; readonly problem: CallProblem }
  | { readonly kind: 'broken' }

export interface OpenCall {
  readonly number: number
  readonly request: Request
  readonly arrival: CallArrival
  /** By the clock of the host. */
  readonly arrivedMs: number
  phase: 'waiting' | 'local' | 'remote'
  /** Where it was sent last, when that was another host. */
  sentTo: string | null
  /** Name of its run here; null before it was given to the application. */
  run: string | null
  /** Ends the connection to where it was sent. @returns whether something may have reached it */
  cut: (() => boolean) | null
  /** The same, while nothing of it was sent to another host. */
  retract: (() => void) | null
  answerBegan: boolean
  /** The caller went away. */
  isGone: boolean
  readonly reply: (result: CallResult) => void
}
