/** All benchmarks, in the order in which they run. */
import type { Benchmark } from '../harness/benchmark.js'
import { commit } from './commit.js'
import { machine } from './machine.js'

export const benchmarks: readonly Benchmark[] = [commit, machine]
