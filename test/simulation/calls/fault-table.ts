/**
 * The faults of calls, with the bounds of their intensity: chances are per message or call, rates
 * per second of virtual time and cluster, others as they say.
 */
import type { FaultPlan, FaultTable } from '../kernel/fault-plan.js'

export const faultTable = {
  /** Keys get other owners. */
  move: { from: 0.2, to: 6 },
  hostCrash: { from: 0.05, to: 0.6 },
  /** A process stands still, often until its lease is over. */
  hostPause: { from: 0.05, to: 1 },
  /** Hosts that do not reach one another, or the leader, one way or both. */
  partition: { from: 0.05, to: 1 },
  /** Now and then a message takes very long. */
  delay: { from: 0.001, to: 0.05 },
  /** Connections break: before the request is there, or before its answer. */
  broken: { from: 0.005, to: 0.2 },
  /** News of tables that do not come, until they are asked for. */
  lostNews: { from: 0.05, to: 0.9 },
  /** An application is down for a while, and takes no call. */
  applicationCrash: { from: 0.05, to: 1 },
  /** What a call takes at the application, in ms on average. */
  slowCalls: { from: 20, to: 1_500 },
  /** What the application takes to let go of an actor, in ms on average. */
  slowRelease: { from: 20, to: 1_500 },
  /** Chance that it never answers. */
  stuckRelease: { from: 0.01, to: 0.2 },
  /** Callers go away. */
  gone: { from: 0.02, to: 0.3 },
  /** Many calls at once for one actor. */
  burst: { from: 0.2, to: 3 },
  /** Somebody asks whether the host owns an actor, and believes it. */
  grant: { from: 1, to: 60 },
  /** A host has to stop some of its keys at once, and has them again. */
  stop: { from: 0.1, to: 2 },
  /** Clocks that are off, in parts per million. */
  drift: { from: 200, to: 20_000 },
} as const satisfies FaultTable<string>

export type Fault = keyof typeof faultTable
export type CallFaultPlan = FaultPlan<Fault>
