/** All benchmarks, in the order in which they run. */
import type { Benchmark } from '../harness/benchmark.js'
import { machine } from './machine.js'

export const benchmarks: readonly Benchmark[] = [machine]
