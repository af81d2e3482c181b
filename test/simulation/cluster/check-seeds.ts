/** A range of seeds as one test: what goes wrong names the seed and the command that replays it. */
import { createShared, type RunResult, runSeed } from './run.js'

export async function checkSeeds(first: number, count: number): Promise<readonly RunResult[]> {
  const shared = await createShared()
  const results: RunResult[] = []
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      results.push(runSeed(seed, shared))
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause)
      throw new Error(`${what}\nAgain: npm run sim -- --cluster --seed ${seed}`, { cause })
    }
  }
  return results
}

export function eventsOf(results: readonly RunResult[]): number {
  return results.reduce((sum, { events }) => sum + events, 0)
}
