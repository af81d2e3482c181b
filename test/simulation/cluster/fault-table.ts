/**
 * The faults of a whole cluster, with the bounds of their intensity: chances are per message, rates
 * per second of virtual time and cluster, `drift` in parts per million.
 */
import type { FaultPlan, FaultTable } from '../kernel/fault-plan.js'

export const faultTable = {
  // Between replicas, and their disks.
  partition: { from: 0.02, to: 0.4 },
  replicaCrash: { from: 0.02, to: 0.3 },
  /** Crashes that others notice only by silence. */
  powerLoss: { from: 0.02, to: 0.2 },
  replicaPause: { from: 0.02, to: 0.4 },
  /** SIGTERM, and another start. */
  replicaStop: { from: 0.02, to: 0.2 },
  transfer: { from: 0.02, to: 0.5 },
  slowDisk: { from: 0.001, to: 0.05 },
  hangingDisk: { from: 0.02, to: 0.2 },
  /** Now and then a message takes very long. */
  delay: { from: 0.001, to: 0.05 },
  // Hosts.
  hostCrash: { from: 0.05, to: 0.6 },
  hostBye: { from: 0.05, to: 0.5 },
  hostLeave: { from: 0.05, to: 0.5 },
  hostPause: { from: 0.05, to: 0.6 },
  /** The machine of a host sleeps: its monotonic clock stands still, its boot clock does not. */
  hostSleep: { from: 0.02, to: 0.6 },
  /** Hosts and replicas that do not reach one another, one way or both. */
  hostCut: { from: 0.05, to: 0.8 },
  /** Releases take long, in ms on average. */
  slowRelease: { from: 50, to: 2_000 },
  /** Chance that a release never ends. */
  stuckRelease: { from: 0.02, to: 0.4 },
  /** Clocks that are off, within the bound. */
  drift: { from: 200, to: 60_000 },
  // NATS.
  natsLoss: { from: 0.005, to: 0.5 },
  natsDown: { from: 0.02, to: 0.3 },
  natsCut: { from: 0.05, to: 0.5 },
  // Operators.
  evict: { from: 0.02, to: 0.3 },
  cordon: { from: 0.05, to: 0.5 },
  settings: { from: 0.02, to: 0.3 },
  /** The leader is cut off together with some hosts, and stands still until it is deposed. */
  island: { from: 0.05, to: 0.5 },
  /** A host stands still, is evicted, and another is started under its name: all three or fewer. */
  replace: { from: 0.05, to: 0.5 },
  /** A stranger says hello in a host's name and speaks for it, without its secret. */
  impostor: { from: 0.05, to: 1 },
  /** The wall clock of a replica is set ahead or back, by minutes or by years. */
  wallClock: { from: 0.05, to: 0.5 },
  /** A replica or host is started with a build that knows one more feature level. */
  upgrade: { from: 0.1, to: 1 },
  /** A host makes a table ready in steps, each of which takes so long, in ms on average. */
  slowTables: { from: 1, to: 100 },
  /** The application of a host offers other types, or none for a while. */
  types: { from: 0.5, to: 8 },
} as const satisfies FaultTable<string>

export type Fault = keyof typeof faultTable
export type ClusterFaultPlan = FaultPlan<Fault>
