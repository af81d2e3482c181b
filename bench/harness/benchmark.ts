/**
 * What a benchmark is: a name, why its comparison is fair, and a run that gives figures. A figure
 * holds raw samples, one for each repetition, beside those of its reference, which ran in the same
 * repetition on the same machine. Ratios, medians and spreads are made from them elsewhere.
 */
import type { Endings } from '../../test/chaos/cluster/endings.js'

export interface Benchmark {
  /** As in `npm run bench -- commit`. */
  readonly name: string
  /** One line for `--help`. */
  readonly summary: string
  /** What is measured and against what: Markdown. */
  readonly compared: string
  /** Why that is fair, and where it is not: Markdown. */
  readonly fairness: string
  /** Repetitions without `--repetitions`. */
  readonly repetitions: number
  /** @returns figures, in the order in which they are shown */
  run(bench: BenchContext): Promise<readonly Figure[]>
}

export interface BenchContext {
  /** Each figure has so many samples. */
  readonly repetitions: number
  /** Sizes are cut down: shows that all of it works, measures nothing. */
  readonly isQuick: boolean
  /** Program of the etcd to compare with; null for Debian's. */
  readonly etcd: string | null
  /** Ends whatever the benchmark began. */
  readonly endings: Endings
  /** A folder of this benchmark's own, that goes with it. */
  readonly folder: string
  /** Progress, for whoever watches. */
  say(line: string): void
  /** A version that belongs to the result, such as that of etcd. */
  note(name: string, version: string): void
}

export interface Figure {
  /** What is measured, such as `p50, 16 in flight`. */
  readonly what: string
  /** Of the samples, such as `ms` or `changes/s`. */
  readonly unit: string
  /** One for each repetition. */
  readonly samples: readonly number[]
  /** Measured in the same repetitions. */
  readonly reference?: { readonly what: string; readonly samples: readonly number[] }
  readonly target?: Target
}

/** Of the ratio to the reference, or of the measured value itself. */
export interface Target {
  readonly of: 'ratio' | 'value'
  readonly atMost?: number
  readonly atLeast?: number
}
