/** Runs one seed and says what came of it, in values that can be sent to another process. */
import { InvariantFailure } from './invariant-failure.js'
import { RaftSimulation, type SimulationOptions } from './raft-simulation.js'

export interface SeedOptions {
  readonly seed: number
  readonly replicas: number | null
  readonly steps: number
  readonly without: readonly string[]
}

export interface SeedResult {
  readonly seed: number
  readonly events: number
  readonly traceHash: string
  readonly elections: number
  readonly committed: number
  /** Faults that the seed brought. */
  readonly faults: readonly string[]
  readonly failure: SeedFailure | null
}

export interface SeedFailure {
  /** Name of what did not hold; the kind of error for others. */
  readonly invariant: string
  readonly detail: string
}

export function runSeed({ without, ...options }: SeedOptions): SeedResult {
  const given: SimulationOptions = { ...options, without: new Set(without) }
  const simulation = new RaftSimulation(given)
  let failure: SeedFailure | null = null
  try {
    simulation.run()
  } catch (error) {
    failure = describe(error)
  }
  const { events, traceHash, elections, committedIndex: committed } = simulation
  const { faults } = simulation.parts.plan
  return { seed: options.seed, events, traceHash, elections, committed, faults, failure }
}

/** The command that runs this seed again. */
export function replayLine({ seed, replicas, steps, without }: SeedOptions): string {
  const words = [`npm run sim -- --seed ${seed}`]
  if (replicas !== null) words.push(`--replicas ${replicas}`)
  words.push(`--steps ${steps}`)
  if (without.length > 0) words.push(`--without ${without.join(',')}`)
  return words.join(' ')
}

function describe(error: unknown): SeedFailure {
  if (error instanceof InvariantFailure) {
    return { invariant: error.invariant, detail: error.message }
  }
  if (error instanceof Error) {
    return { invariant: error.name, detail: error.stack ?? error.message }
  }
  return { invariant: 'error', detail: String(error) }
}
