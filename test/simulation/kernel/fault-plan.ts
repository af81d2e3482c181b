/**
 * Which faults a seed brings, and how many (swarm testing: Groce and others, ISSTA 2012). A run
 * with all faults at once hides what needs one of them to be absent, so each seed draws a subset,
 * and an intensity for each fault in it.
 *
 * Intensities are drawn for all faults, those left out included: leaving one out by hand changes
 * nothing about the others, which is how a failing seed is shrunk.
 */
import { Random } from './random.js'

/** Bounds of the intensity of each fault; what it means (a rate, a chance) is the simulation's. */
export type FaultTable<F extends string> = Readonly<
  Record<F, { readonly from: number; readonly to: number }>
>

export interface FaultPlan<F extends string> {
  /** 0 for a fault that this seed does not bring. */
  readonly intensity: Readonly<Record<F, number>>
  /** Those it does bring, in the order of the table. */
  readonly faults: readonly F[]
}

/** Most seeds take each fault with one of these chances; see `drawPlan`. */
const shares = [0.15, 0.3, 0.3, 0.5, 0.5, 0.7]

/**
 * @param without faults left out in any case
 * @param always faults that are brought in any case, unless left out
 */
export function drawPlan<F extends string>(
  seed: number,
  table: FaultTable<F>,
  without: ReadonlySet<string>,
  always: ReadonlySet<string> = new Set(),
): FaultPlan<F> {
  const random = Random.of(seed, 'faults')
  const share = random.pick(shares)
  const names = Object.keys(table) as F[]
  const intensity = {} as Record<F, number>
  for (const name of names) {
    const isIn = random.chance(share) || always.has(name)
    const { from, to } = table[name]
    // Many of them now and then, few of them mostly.
    const drawn = from * (to / from) ** random.next()
    intensity[name] = isIn && !without.has(name) ? drawn : 0
  }
  return { intensity, faults: names.filter((name) => intensity[name] > 0) }
}
