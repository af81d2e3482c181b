/**
 * Which settings keep the promise of one owner (design §5, "Fence"), as inequalities with names.
 * Some hold between settings alone: `checkSettings`, the same on every replica, is part of the
 * state machine. Others need what each replica was started with: `checkTimes`, at start and before
 * settings are proposed.
 */
import type { Settings } from './settings.js'

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
}

/** What is assumed of hosts wherever nothing else is said. */
export const hostTiming = { clockGranularityMs: 20, onFencedMs: 1_000 } as const

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
 */
export type Inequality = 'range' | 'fence-margin' | 'host-timeout' | 'leader-loss'

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
  const needed = driftMs + clockGranularityMs + onFencedMs
  return atLeast('fence-margin', 'fenceMarginMs', fenceMarginMs, needed, [
    `drift of both clocks over the lease ${round(driftMs)}`,
    `clock granularity ${clockGranularityMs}`,
    `onFenced ${onFencedMs}`,
  ])
}

/** hostTimeout ≥ fenceAfter + margin */
function checkHostTimeout(settings: Settings): SettingsFault[] {
  const { hostTimeoutMs, fenceAfterMs, fenceMarginMs } = settings
  return atLeast('host-timeout', 'hostTimeoutMs', hostTimeoutMs, fenceAfterMs + fenceMarginMs, [
    `fenceAfterMs ${fenceAfterMs}`,
    `fenceMarginMs ${fenceMarginMs}`,
  ])
}

/** heartbeat + Raft heartbeat + 2 relays + 4 × election timeout + a commit ≤ fenceAfter */
function checkLeaderLoss({ heartbeatMs, fenceAfterMs }: Settings, timing: Timing): SettingsFault[] {
  const { raftHeartbeatMs, relayMs, electionTimeoutMs, commitMs } = timing
  const needed = heartbeatMs + raftHeartbeatMs + 2 * relayMs + 4 * electionTimeoutMs + commitMs
  return atLeast('leader-loss', 'fenceAfterMs', fenceAfterMs, needed, [
    `heartbeatMs ${heartbeatMs}`,
    `Raft heartbeat ${raftHeartbeatMs}`,
    `2 relays of ${relayMs}`,
    `4 election timeouts of ${electionTimeoutMs}`,
    `a commit ${commitMs}`,
  ])
}

function atLeast(
  inequality: Inequality,
  setting: keyof Settings,
  value: number,
  needed: number,
  terms: readonly string[],
): SettingsFault[] {
  if (value >= needed) return []
  const shortBy = round(needed - value)
  const sum = `${terms.join(' + ')} = ${round(needed)}`
  const detail = `${setting} is ${value}, at least ${sum} ms is needed: ${shortBy} ms too little.`
  return [{ inequality, setting, shortBy, detail }]
}

/** To thousandths, upwards: what is reported as missing suffices when it is added. */
function round(ms: number): number {
  return Math.ceil(ms * 1_000) / 1_000
}
