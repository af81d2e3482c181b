/**
 * Makes a failing seed shorter: fewer faults, then fewer events, as long as it fails in the same
 * way. Faults have chance of their own, so leaving one out changes nothing about the others.
 */
import type { RunSeed, SeedOptions, SeedResult } from './seed-run.js'

export function shrink(runSeed: RunSeed, options: SeedOptions, failed: SeedResult): SeedOptions {
  const failsAlike = (given: SeedOptions) => {
    return runSeed(given).failure?.invariant === failed.failure?.invariant
  }
  let shortest = { ...options, steps: Math.min(options.steps, failed.events) }
  if (!failsAlike(shortest)) shortest = { ...options }
  for (const fault of failed.faults) {
    const less = { ...shortest, without: [...shortest.without, fault] }
    if (failsAlike(less)) shortest = less
  }
  let [enough, tooFew] = [shortest.steps, 0]
  while (enough - tooFew > Math.max(20, enough / 50)) {
    const steps = Math.floor((enough + tooFew) / 2)
    if (failsAlike({ ...shortest, steps })) enough = steps
    else tooFew = steps
  }
  return { ...shortest, steps: enough }
}
