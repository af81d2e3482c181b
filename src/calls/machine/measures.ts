/** What is counted of calls, as plain data: the edge shows it as metrics. */

/** How calls ended. */
export const callEnds = [
  /** The application's answer was passed on whole. */
  'answered',
  /** It broke off in the middle. */
  'broken',
  /** The caller went away. */
  'gone',
  /** Refused to another sidecar: not owned here. */
  'declined',
  /** By problems, each named by its code. */
  'call_fenced',
  'call_lost',
  'call_moving',
  'call_unreachable',
  'call_timeout',
  'invalid_request',
  'no_owner',
  'too_many_calls',
  'unavailable',
] as const
export type CallEnd = (typeof callEnds)[number]

/** `none`: it was never sent. `local`: last to the own application. `remote`: to another host. */
export const callHops = ['none', 'local', 'remote'] as const
export type CallHop = (typeof callHops)[number]

/** Upper bounds of the classes of waiting times, in ms; longer ones are in the last class. */
export const waitBoundsMs = [1, 5, 20, 50, 100, 250, 500, 1_000, 2_500, 10_000, 30_000] as const

export interface CallMeasures {
  /** Calls that are over, by how they ended and by their last hop. */
  readonly ended: Readonly<Record<CallEnd, Readonly<Record<CallHop, number>>>>
  /** Calls that are over, by how long they waited here: not cumulated; the last is beyond all. */
  readonly waits: readonly number[]
  /** Sum of these waits, in ms. */
  readonly waitedMs: number
  /** Calls that were sent a further time: declined, refused or repeatable and lost. */
  readonly sentAgain: number
  /** Now: in a line, at the own application, at another host. */
  readonly waiting: number
  readonly running: number
  readonly forwarded: number
  /** Actors that were called here and have not left. */
  readonly actors: number
}
