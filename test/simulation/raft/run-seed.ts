/** Runs one seed of the Raft simulation. */
import {
  failureOf,
  type SeedFailure,
  type SeedOptions,
  type SeedResult,
} from '../kernel/seed-run.js'
import { RaftSimulation, type SimulationOptions } from './raft-simulation.js'

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
    failure = failureOf(error)
  }
  const { events, traceHash, elections, committedIndex } = simulation
  const { faults } = simulation.parts.plan
  const { undecided } = simulation
  const operations = simulation.clients.operations.length
  const judged =
    undecided === 0 ? `${operations} calls` : `${operations} calls (${undecided} undecided)`
  const about = `${elections} elections, ${committedIndex} entries, ${judged}`
  return { seed: options.seed, events, traceHash, faults, about, failure }
}
