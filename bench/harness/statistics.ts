/** Medians and spreads of samples, and whether a figure reaches its target. */
import type { Figure } from './benchmark.js'

/** Of values in any order; `share` from 0 to 1. @returns NaN for none */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** Of values in any order; of an even number the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = Math.floor(sorted.length / 2)
  const above = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? above : (sorted[half - 1]! + above) / 2
}

export interface Spread {
  readonly least: number
  readonly median: number
  readonly most: number
}

export function spread(values: readonly number[]): Spread {
  return { least: quantile(values, 0), median: median(values), most: quantile(values, 1) }
}

export interface Summary {
  readonly value: Spread
  readonly reference: Spread | null
  /** Of each repetition's pair; null without a reference. */
  readonly ratio: Spread | null
  /** Null without a target. */
  readonly reached: boolean | null
}

/** @throws Error when samples of a figure and of its reference are not pairs */
export function summarize({ what, samples, reference, target }: Figure): Summary {
  if (samples.length === 0) throw new Error(`${what}: no samples`)
  if (reference !== undefined && reference.samples.length !== samples.length) {
    throw new Error(`${what}: ${samples.length} samples, ${reference.samples.length} of reference`)
  }
  const value = spread(samples)
  const ratio =
    reference === undefined ? null : spread(samples.map((one, i) => one / reference.samples[i]!))
  if (target?.of === 'ratio' && ratio === null) throw new Error(`${what}: no reference`)
  const judged = target?.of === 'ratio' ? ratio!.median : value.median
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = target ?? {}
  return {
    value,
    reference: reference === undefined ? null : spread(reference.samples),
    ratio,
    reached: target === undefined ? null : judged <= atMost && judged >= atLeast,
  }
}

/**
 * Runs two works in turn, so that what disturbs the machine disturbs both: each repetition has one
 * of each, and which comes first changes every time.
 */
export async function inTurn<A, B>(
  repetitions: number,
  first: (repetition: number) => Promise<A>,
  second: (repetition: number) => Promise<B>,
): Promise<{ readonly first: readonly A[]; readonly second: readonly B[] }> {
  const [all, others]: [A[], B[]] = [[], []]
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    if (repetition % 2 === 0) all.push(await first(repetition))
    others.push(await second(repetition))
    if (repetition % 2 === 1) all.push(await first(repetition))
  }
  return { first: all, second: others }
}
