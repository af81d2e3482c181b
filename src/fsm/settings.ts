/**
 * Settings of a cluster. They are in the log and in the state digest, so no two replicas can
 * disagree about them; a replica has no flag for any of these but for the cluster's first start.
 */
import { levels } from '../versions/levels.js'

export interface Settings {
  /** Virtual nodes per host on the ring, 1 to 10,000. A change is generation +1 everywhere. */
  readonly factor: number
  /** A host says a heartbeat at least this often, in ms. */
  readonly heartbeatMs: number
  /** Length of a host's lease from the sending of an answered heartbeat, in ms. */
  readonly fenceAfterMs: number
  /** After this long without an answer a member is removed, in ms; at least fenceAfter + margin. */
  readonly hostTimeoutMs: number
  /** What the leader adds to fenceAfter before it counts a host as past its fence, in ms. */
  readonly fenceMarginMs: number
  /** A round's stragglers are removed this long after its first publication; 1 to 300 s, in ms. */
  readonly roundDeadlineMs: number
  /** Changes within this time after a round make one next round, in ms. */
  readonly coalesceMs: number
  /** Time between beacons, in ms. */
  readonly beaconMs: number
  /** Admissions of a name within a minute before the next one waits; 0 switches damping off. */
  readonly admissionsPerMinuteMax: number
  /**
   * The feature level of the cluster rises as far as this by itself, and no further: for more an
   * operator has to allow it. 65,535 allows every one.
   */
  readonly levelMax: number
  /** Bound on the drift of clock rates, in parts per million. */
  readonly driftPpm: number
}

export const defaultSettings: Settings = {
  factor: 100,
  heartbeatMs: 1_000,
  fenceAfterMs: 6_000,
  hostTimeoutMs: 8_000,
  fenceMarginMs: 1_500,
  roundDeadlineMs: 10_000,
  coalesceMs: 50,
  beaconMs: 3_000,
  admissionsPerMinuteMax: 6,
  // All that the build knows which begins the cluster.
  levelMax: levels.newest,
  driftPpm: 500,
}

/** A host to whom nobody answers for so long goes to another replica, in ms. */
export function answerTimeoutMs({ heartbeatMs }: Settings): number {
  return 2 * heartbeatMs
}
