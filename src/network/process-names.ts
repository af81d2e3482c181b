/**
 * The lookups of this process: one of them, because the threads that look up names are the
 * process's, and what hangs there hangs for whatever else in it connects by name.
 */
import { lookup } from 'node:dns'
import { performance } from 'node:perf_hooks'
import { NameLookup, type SystemLookup } from './name-lookup.js'

export const processNames = createNames(lookup)

/** Lookups by another way than the system's. */
export function createNames(systemLookup: SystemLookup): NameLookup {
  return new NameLookup({
    lookup: systemLookup,
    now: () => performance.now(),
    after: (ms, act) => {
      if (ms === 0) {
        setImmediate(act)
        return () => undefined
      }
      const timer = setTimeout(act, ms).unref()
      return () => clearTimeout(timer)
    },
  })
}
