/**
 * Which settings keep the promise of one owner (design §5, "Fence"), as inequalities with names.
 * Some hold between settings alone: `checkSettings`, the same on every replica, is part of the
 * state machine. Others need what each replica was started with: `checkTimes`, at start and before
 * settings are proposed.
 */
import { answerTimeoutMs, type Settings } from './settings.js'

/** What a replica adds to the settings: its own times, all in ms. */
export interface Timing {
  readonly electionTimeoutMs: number
  /** Between two heartbeats of a Raft leader. */
  readonly raftHeartbeatMs: number
  /** Longest wait of a batch at a relay. */
  readonly relayMs: number
  /** Estimate of a commit. */
  readonly commitMs: number
  /** Of the host's clocks. */
  readonly clockGranularityMs: number
  /** What a host's `onFenced` may take. */
  readonly onFencedMs: number
  /** Of a host that changes replicas: the connection, the longest pause before it, its ticks. */
  readonly reconnectMs: number
}

/** What is assumed of hosts wherever nothing else is said. */
export const hostTiming = {
  clockGranularityMs: 20,
  onFencedMs: 1_000,
  reconnectMs: 600,
} as const

export const defaultTiming: Timing = {
  electionTimeoutMs: 1_000,
  raftHeartbeatMs: 100,
  relayMs: 20,
  commitMs: 500,
  ...hostTiming,
}

/**
 * `fence-margin`: the leader's clock may run fast and the host's slow, and stopping takes time.
 * `host-timeout`: a member is not removed while its lease may hold.
 * `leader-loss`: a lease outlasts the loss of a leader, a split vote included.
 * `replica-loss`: a lease outlasts a replica that hangs without closing its connections.
 */
export type Inequality = 'range' | 'fence-margin' | 'host-timeout' | 'leader-loss' | 'replica-loss'

/** An inequality that fails, and by how much. */
export interface SettingsFault {
  readonly inequality: Inequality
  /** The setting to change. */
  readonly setting: keyof Settings
  /** What is missing, in the unit of the setting. */
  readonly shortBy: number
  /** One sentence with the numbers. */
  readonly detail: string
}

const day = 24 * 3600 * 1000

/** Lowest and highest value of each setting; all are whole numbers. */
const ranges: Readonly<Record<keyof Settings, readonly [lowest: number, highest: number]>> = {
  factor: [1, 10_000],
  heartbeatMs: [10, day],
  fenceAfterMs: [100, day],
  hostTimeoutMs: [100, day],
  fenceMarginMs: [0, day],
  roundDeadlineMs: [1_000, 300_000],
  coalesceMs: [0, 10_000],
  beaconMs: [100, 60_000],
  admissionsPerMinuteMax: [0, 1_000],
  levelMax: [1, 65_535],
  driftPpm: [0, 100_000],
}

/** The names of all settings, in a fixed order. */
export const settingNames = Object.keys(ranges) as readonly (keyof Settings)[]

/** What holds between settings alone; empty when all is well. Deterministic. */
export function checkSettings(settings: Settings): SettingsFault[] {
  const faults = settingNames.flatMap((setting) => checkRange(setting, settings[setting]))
  if (faults.length > 0) return faults
  return [...checkFenceMargin(settings, hostTiming), ...checkHostTimeout(settings)]
}

/** All inequalities, with a replica's own times; empty when all is well. */
export function checkTimes(settings: Settings, timing: Timing): SettingsFault[] {
  const faults = settingNames.flatMap((setting) => checkRange(setting, settings[setting]))
  if (faults.length > 0) return faults
  return [
    ...checkFenceMargin(settings, timing),
    ...checkHostTimeout(settings),
    ...checkLeaderLoss(settings, timing),
    ...checkReplicaLoss(settings, timing),
  ]
}

function checkRange(setting: keyof Settings, value: number): SettingsFault[] {
  const [lowest, highest] = ranges[setting]
  if (Number.isInteger(value) && value >= lowest && value <= highest) return []
  const detail = `${setting} is ${value}; it must be a whole number, ${lowest} to ${highest}.`
  const shortBy = value < lowest ? lowest - value : value > highest ? value - highest : 1
  return [{ inequality: 'range', setting, shortBy, detail }]
}

/** margin ≥ 2ρ / (1 − ρ) · fenceAfter + clock granularity + what onFenced needs */
function checkFenceMargin(
  { fenceMarginMs, fenceAfterMs, driftPpm }: Settings,
  { clockGranularityMs, onFencedMs }: Pick<Timing, 'clockGranularityMs' | 'onFencedMs'>,
): SettingsFault[] {
  const drift = driftPpm / 1_000_000
  const driftMs = ((2 * drift) / (1 - drift)) * fenceAfterMs
  return atLeast('fence-margin', 'fenceMarginMs', fenceMarginMs, [
    ['drift of both clocks over the lease', driftMs],
    ['clock granularity', clockGranularityMs],
    ['onFenced', onFencedMs],
  ])
}

/** hostTimeout ≥ fenceAfter + margin */
function checkHostTimeout(settings: Settings): SettingsFault[] {
  const { hostTimeoutMs, fenceAfterMs, fenceMarginMs } = settings
  return atLeast('host-timeout', 'hostTimeoutMs', hostTimeoutMs, [
    ['fenceAfterMs', fenceAfterMs],
    ['fenceMarginMs', fenceMarginMs],
  ])
}

/** heartbeat + 4 election timeouts + a commit + 2 Raft heartbeats + 6 relays ≤ fenceAfter */
function checkLeaderLoss({ heartbeatMs, fenceAfterMs }: Settings, timing: Timing): SettingsFault[] {
  const { raftHeartbeatMs, relayMs, electionTimeoutMs, commitMs } = timing
  return atLeast('leader-loss', 'fenceAfterMs', fenceAfterMs, [
    ['heartbeatMs', heartbeatMs],
    ['4 election timeouts', 4 * electionTimeoutMs],
    ['a commit', commitMs],
    ['2 Raft heartbeats', 2 * raftHeartbeatMs],
    ['6 relays', 6 * relayMs],
  ])
}

/** heartbeat + answer timeout + a change of replicas + Raft heartbeat + 4 relays ≤ fenceAfter */
function checkReplicaLoss(settings: Settings, timing: Timing): SettingsFault[] {
  const { heartbeatMs, fenceAfterMs } = settings
  const { raftHeartbeatMs, relayMs, reconnectMs } = timing
  return atLeast('replica-loss', 'fenceAfterMs', fenceAfterMs, [
    ['heartbeatMs', heartbeatMs],
    ['2 of them without an answer', answerTimeoutMs(settings)],
    ['a change of replicas', reconnectMs],
    ['a Raft heartbeat', raftHeartbeatMs],
    ['4 relays', 4 * relayMs],
  ])
}

function atLeast(
  inequality: Inequality,
  setting: keyof Settings,
  value: number,
  terms: readonly (readonly [name: string, ms: number])[],
): SettingsFault[] {
  const needed = terms.reduce((sum, [, ms]) => sum + ms, 0)
  if (value >= needed) return []
  const shortBy = round(needed - value)
  const sum = `${terms.map(([name, ms]) => `${name} ${round(ms)}`).join(' + ')} = ${round(needed)}`
  const detail = `${setting} is ${value}, at least ${sum} ms is needed: ${shortBy} ms too little.`
  return [{ inequality, setting, shortBy, detail }]
}

/** To thousandths, upwards: what is reported as missing suffices when it is added. */
function round(ms: number): number {
  return Math.ceil(ms * 1_000) / 1_000
}
