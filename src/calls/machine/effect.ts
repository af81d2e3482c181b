/**
 * What the machine wants done, as plain data. The edge takes the effects behind each input and
 * executes them in order; what comes of one comes back as an input.
 *
 * Each `deliver` and `forward` is followed by `answering` when the caller's answer begins, if it
 * does, and by exactly one `ended`, also behind a `cut`. A call is over, and its number gone, with
 * an `answer`, or with an `ended` that brings no further effect of it.
 */
import type { Explanation } from './explanation.js'
import type { ActorKey, Held } from './ownership.js'
import type { CallProblem } from './problem.js'

/** To the own application, now: whether this host owns the actor was asked in the same turn. */
export interface Deliver {
  readonly kind: 'deliver'
  readonly call: number
  readonly held: Held
  /** With the name of this run at its end: for Berth-Chain. */
  readonly chain: readonly string[]
  /** Until the answer has to begin, in ms. The machine cuts it then by itself. */
  readonly remainingMs: number
}

/** One hop, to the sidecar of a host. */
export interface Forward {
  readonly kind: 'forward'
  readonly call: number
  readonly host: string
  /** Of the table that names the host; null where it may only still have it. */
  readonly generation: number | null
  readonly chain: readonly string[]
  /** For Berth-Timeout: a little less than what is left, so that its answer comes in time. */
  readonly remainingMs: number
}

/** The call is over: this is its answer, if its answer has not begun yet. */
export interface Answer {
  readonly kind: 'answer'
  readonly call: number
  readonly problem: CallProblem
  /** Null when nobody asked for it. */
  readonly explanation: Explanation | null
}

/**
 * Break the connection to the application or the other host now. Nothing is to be said to the
 * caller yet. Answered by `ended` in any case: `lost`, or what came before it.
 */
export interface Cut {
  readonly kind: 'cut'
  readonly call: number
}

/**
 * The call is to go elsewhere: break the connection if nothing of it went out that an application
 * can have seen, and leave it alone otherwise. Answered by `ended` with `refused` if it is broken.
 */
export interface Retract {
  readonly kind: 'retract'
  readonly call: number
}

/**
 * These actors leave, and no call of them runs or is let in. Answered by `told`, for each. At most
 * `tellActorsMax` in one.
 */
export interface TellApplication {
  readonly kind: 'tell-application'
  readonly why: LeaveReason
  readonly actors: readonly ActorKey[]
}

/** `idle`: no call for a while, or too many actors are remembered. */
export type LeaveReason = 'moved' | 'fenced' | 'idle'

/** The host was fenced. Answered by `toldFenced`. */
export interface TellFenced {
  readonly kind: 'tell-fenced'
  readonly fence: number
  readonly isFinal: boolean
}

/** All that this release named is let go of: say so to the sidecar. */
export interface Released {
  readonly kind: 'released'
  readonly release: number
}

/** All that this fence took is stopped: say so to the sidecar. */
export interface Stopped {
  readonly kind: 'stopped'
  readonly fence: number
}

/** Another sidecar has a table of this generation: the own one should catch up. */
export interface Refresh {
  readonly kind: 'refresh'
  readonly generation: number
}

export type CallEffect =
  | Deliver
  | Forward
  | Answer
  | Cut
  | Retract
  | TellApplication
  | TellFenced
  | Released
  | Stopped
  | Refresh

/** Actors in one `tell-application`. */
export const tellActorsMax = 1_000
