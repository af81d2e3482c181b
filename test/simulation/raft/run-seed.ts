/** Runs one seed and says what came of it, in values that can be sent to another process. */
import { InvariantFailure } from './invariant-failure.js'
import { RaftSimulation, type SimulationOptions } from './raft-simulation.js'

export interface SeedOptions {
  readonly seed: number
  readonly replicas: number | null
  readonly steps: number
  readonly without: readonly string[]
  /** Faults that each seed brings. */
  readonly always?: readonly string[]
  /** Reads are judged at the end, by what clients saw, and by nothing else. */
  readonly byHistory?: boolean
}

export interface SeedResult {
  readonly seed: number
  readonly events: number
  readonly traceHash: string
  readonly elections: number
  readonly committed: number
  /** Operations of clients, and registers whose history the checker gave up on. */
  readonly operations: number
  readonly undecided: number
  /** Faults that the seed brought. */
  readonly faults: readonly string[]
  readonly failure: SeedFailure | null
}

export interface SeedFailure {
  /** Name of what did not hold; the kind of error for others. */
  readonly invariant: string
  readonly detail: string
}

export function runSeed({ without, always, ...options }: SeedOptions): SeedResult {
  const given: SimulationOptions = {
    ...options,
    without: new Set(without),
    always: new Set(always),
  }
  const simulation = new RaftSimulation(given)
  let failure: SeedFailure | null = null
  try {
    simulation.run()
  } catch (error) {
    failure = describe(error)
  }
  const { events, traceHash, elections, committedIndex: committed } = simulation
  const { faults } = simulation.parts.plan
  const { undecided } = simulation
  const operations = simulation.clients.operations.length
  const outcome = { events, traceHash, elections, committed, operations, undecided }
  return { seed: options.seed, ...outcome, faults, failure }
}

/** The command that runs this seed again. */
export function replayLine(options: SeedOptions): string {
  const { seed, replicas, steps, without, always = [], byHistory } = options
  const words = [`npm run sim -- --seed ${seed}`]
  if (replicas !== null) words.push(`--replicas ${replicas}`)
  words.push(`--steps ${steps}`)
  if (without.length > 0) words.push(`--without ${without.join(',')}`)
  if (always.length > 0) words.push(`--with ${always.join(',')}`)
  if (byHistory === true) words.push('--by-history')
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
