/**
 * The faults of a simulated cluster, with the bounds of their intensity: chances are per frame,
 * operation or election, rates per second of virtual time and cluster, `drift` and `wildClock` in
 * parts per million.
 */
import type { FaultPlan, FaultTable } from '../kernel/fault-plan.js'

export const faultTable = {
  /** A frame is lost although the connection lives. */
  loss: { from: 0.001, to: 0.2 },
  repeat: { from: 0.001, to: 0.2 },
  reorder: { from: 0.001, to: 0.3 },
  /** Now and then a frame takes very long. */
  delay: { from: 0.001, to: 0.05 },
  partition: { from: 0.05, to: 1 },
  brokenConnection: { from: 0.1, to: 3 },
  crash: { from: 0.05, to: 1 },
  /** Crashes that others notice only by silence. */
  powerLoss: { from: 0.03, to: 0.5 },
  pause: { from: 0.1, to: 2 },
  /** Now and then an operation of the disk takes very long. */
  slowDisk: { from: 0.001, to: 0.1 },
  hangingDisk: { from: 0.05, to: 0.5 },
  failingDisk: { from: 0.02, to: 0.3 },
  damagedSnapshot: { from: 0.05, to: 1 },
  /** Clocks that are off, within the bound. */
  drift: { from: 500, to: 90_000 },
  /** Clocks that are off beyond the bound, or jump: reads under leases promise nothing then. */
  wildClock: { from: 100_000, to: 900_000 },
  /** Members come and go. */
  churn: { from: 0.2, to: 3 },
  transfer: { from: 0.1, to: 2 },
  campaign: { from: 0.05, to: 0.5 },
  snapshot: { from: 0.1, to: 2 },
  wipe: { from: 0.05, to: 0.3 },
  setBack: { from: 0.05, to: 0.3 },
  /** Who was just elected falls silent: what it wrote by then is on its own disk, or few. */
  struckLeader: { from: 0.2, to: 0.9 },
  /** Forged messages of terms beyond reach, and replicas that others leave behind by such terms. */
  farTerm: { from: 0.1, to: 3 },
  /** The state of one replica, leader or not, goes wrong in memory. */
  wrongState: { from: 0.03, to: 0.3 },
} as const satisfies FaultTable<string>

export type Fault = keyof typeof faultTable
export type RaftFaultPlan = FaultPlan<Fault>
