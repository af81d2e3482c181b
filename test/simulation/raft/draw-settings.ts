/** Settings, paces and sizes of a seed's cluster: small limits, so that all of them are met. */
import type { DiskPace } from '../kernel/disk-driver.js'
import type { NetworkPace } from '../kernel/network.js'
import type { Roughness } from '../kernel/peer-link.js'
import type { Random } from '../kernel/random.js'
import type { NodeTimes } from './cluster-parts.js'
import type { RaftFaultPlan } from './fault-table.js'

const replicaCounts = [1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6, 7]

export function drawReplicaCount(random: Random): number {
  return random.pick(replicaCounts)
}

export function drawNodeTimes(random: Random, plan: RaftFaultPlan): NodeTimes {
  const electionTicks = random.between(6, 20)
  const most = Math.floor(electionTicks / 3)
  return {
    clusterName: 'simulated',
    tickMs: random.pick([10, 20, 50]),
    electionTicks,
    heartbeatTicks: random.between(1, Math.min(3, most)),
    driftPpm: Math.max(500, Math.ceil(plan.intensity.drift)),
    snapshot: {
      entries: random.pick([10, 50, 200, 1000]),
      intervalMs: random.pick([500, 5_000, 120_000]),
      bytes: random.pick([2_000, 1_000_000]),
    },
    trailingEntries: random.pick([0, 5, 50]),
    proposalTimeoutTicks: random.pick([30, 100]),
    readTimeoutTicks: random.pick([30, 100]),
    confirmationTimeoutTicks: random.pick([20, 40]),
    proposalsMax: random.pick([4, 1000]),
    readsMax: random.pick([4, 1000]),
    sliceUnits: random.pick([1, 200, 3_200]),
    raft: {
      entriesPerMessageMax: random.pick([1, 3, 20, 4096]),
      messageBytesMax: random.pick([100, 1_000, 1_000_000]),
      inflightAppendsMax: random.pick([1, 2, 8, 256]),
      inflightBytesMax: random.pick([200, 2_000, 1_000_000]),
      uncommittedBytesMax: random.pick([500, 10_000, 1_000_000]),
      applyBytesMax: random.pick([50, 1_000, 1_000_000]),
      appendsUnderWayMax: random.pick([1, 2, 4, 64]),
      readsMax: random.pick([2, 1000]),
      snapshotTicksMax: random.pick([100, 1200]),
    },
  }
}

/** How much of the log stays in memory: often hardly enough. */
export function drawLogLimits(random: Random, times: NodeTimes): NodeTimes {
  const logBytesMax = random.pick([10_000, 100_000, 512 << 20])
  const raft = { ...times.raft, logBytesMax, recordBytesMax: random.pick([1, 500, 4 << 20]) }
  return { ...times, trailingBytes: random.pick([0, 2_000, 5_000]), proposalBytesMax: 1_000, raft }
}

export function drawNetworkPace(random: Random, { intensity }: RaftFaultPlan): NetworkPace {
  return {
    leastUs: 50,
    meanUs: random.pick([200, 1_000, 5_000]),
    spikeChance: intensity.delay,
    spikeUs: random.pick([50_000, 500_000, 3_000_000]),
  }
}

export function drawRoughness(_random: Random, { intensity }: RaftFaultPlan): Roughness {
  const { loss, repeat, reorder } = intensity
  return { lossChance: loss, repeatChance: repeat, reorderChance: reorder }
}

export function drawDiskPace(random: Random, { intensity }: RaftFaultPlan): DiskPace {
  return {
    leastUs: 100,
    meanUs: random.pick([200, 1_000, 5_000]),
    spikeChance: intensity.slowDisk,
    spikeUs: random.pick([50_000, 500_000, 3_000_000]),
  }
}
