/** What a seed is run with and what came of it, in values that can be sent to another process. */
import { InvariantFailure } from './invariant-failure.js'

export interface SeedOptions {
  readonly seed: number
  /** null: as many as the seed has it. */
  readonly replicas: number | null
  /** Events with faults; those of healing come on top. */
  readonly steps: number
  /** Faults to leave out. */
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
  /** Faults that the seed brought. */
  readonly faults: readonly string[]
  /** What a simulation has to say beyond that. */
  readonly about: string
  readonly failure: SeedFailure | null
}

export interface SeedFailure {
  /** Name of what did not hold; the kind of error for others. */
  readonly invariant: string
  readonly detail: string
}

export type RunSeed = (options: SeedOptions) => SeedResult

/**
 * The command that runs a seed again.
 * @param script of package.json
 */
export function replayLine(
  script: string,
  { seed, replicas, steps, without, always = [], byHistory = false }: SeedOptions,
): string {
  const words = [`npm run ${script} -- --seed ${seed}`]
  if (replicas !== null) words.push(`--replicas ${replicas}`)
  words.push(`--steps ${steps}`)
  if (without.length > 0) words.push(`--without ${without.join(',')}`)
  if (always.length > 0) words.push(`--with ${always.join(',')}`)
  if (byHistory) words.push('--by-history')
  return words.join(' ')
}

export function failureOf(error: unknown): SeedFailure {
  if (error instanceof InvariantFailure) {
    return { invariant: error.invariant, detail: error.message }
  }
  if (error instanceof Error) {
    return { invariant: error.name, detail: error.stack ?? error.message }
  }
  return { invariant: 'error', detail: String(error) }
}
