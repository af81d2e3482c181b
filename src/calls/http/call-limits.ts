/** What a side of calls takes from one connection and from all of them, and how it connects. */

import type { PlaceLimits } from './place-queue.js'

/** Longest body that is held, so that it can be sent again; longer ones stream once, in bytes. */
export const heldBytesMax = 64 * 1_024

/**
 * What headers of ours add to a call or to its answer on their way between sidecars, at most, in
 * bytes: the longest chain has 6.4 KiB, an explanation of 64 steps some 20.
 */
export const ourHeaderBytesMax = 32 * 1_024

export interface CallServerLimits {
  /** Request line and headers of a caller together; beyond it 431. */
  readonly headerBytesMax: number
  /** For all headers to arrive, of a new connection too; then 408. */
  readonly headersTimeoutMs: number
  /** For a body that is held to arrive; then 408. */
  readonly heldBodyTimeoutMs: number
  /** A connection that owes us bytes, or does not take ours, for so long, is cut. */
  readonly idleTimeoutMs: number
  /** A connection kept open between calls is closed; longer than callers keep theirs. */
  readonly keepAliveTimeoutMs: number
  /** Connections at a time; a further one is closed at once. */
  readonly connectionsMax: number
}

export const defaultCallServerLimits: CallServerLimits = {
  headerBytesMax: 32 * 1_024,
  headersTimeoutMs: 10_000,
  heldBodyTimeoutMs: 15_000,
  idleTimeoutMs: 60_000,
  keepAliveTimeoutMs: 75_000,
  connectionsMax: 20_000,
}

/** Headers of an answer of an application together; one with more is none. */
export const answerHeaderBytesMax = 64 * 1_024

export interface CallClientLimits extends PlaceLimits {
  readonly connectTimeoutMs: number
  /**
   * A connection without calls is closed. Shorter than the other side keeps it: a call on a
   * connection that is just being closed is lost, and nobody knows whether it came in.
   */
  readonly keepAliveTimeoutMs: number
}

export interface ApplicationLimits extends CallClientLimits {
  /**
   * For one ask of the application to let go of actors, in ms; then it is asked again, and given
   * twice as long, up to 16 times this.
   */
  readonly askTimeoutMs: number
}

/** Other sidecars: they keep connections for 75 s. */
export const hostClientLimits: CallClientLimits = {
  connectionsReady: 128,
  connectionsMax: 4_096,
  patienceMs: 50,
  waitingMax: 50_000,
  connectTimeoutMs: 2_000,
  keepAliveTimeoutMs: 30_000,
}

/** The own application: of some servers it is known that they keep connections for 2 s. */
export const applicationClientLimits: ApplicationLimits = {
  askTimeoutMs: 5_000,
  connectionsReady: 1_024,
  connectionsMax: 4_096,
  patienceMs: 50,
  waitingMax: 50_000,
  connectTimeoutMs: 2_000,
  keepAliveTimeoutMs: 1_500,
}
