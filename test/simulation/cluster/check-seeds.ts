/** A range of seeds as one test: what goes wrong names the seed and the command that replays it. */
import { replayLine, type SeedResult } from '../kernel/seed-run.js'
import { createRunSeed, stepsDefault } from './run-seed.js'

export async function checkSeeds(first: number, count: number): Promise<readonly SeedResult[]> {
  const runSeed = await createRunSeed()
  const results: SeedResult[] = []
  for (let seed = first; seed < first + count; seed += 1) {
    const options = { seed, replicas: null, steps: stepsDefault, without: [] }
    const result = runSeed(options)
    if (result.failure !== null) {
      throw new Error(`${result.failure.detail}\nAgain: ${replayLine('sim:cluster', options)}`)
    }
    results.push(result)
  }
  return results
}

export function eventsOf(results: readonly SeedResult[]): number {
  return results.reduce((sum, { events }) => sum + events, 0)
}
