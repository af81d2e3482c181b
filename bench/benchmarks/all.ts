/** All benchmarks, in the order in which they run. */
import type { Benchmark } from '../harness/benchmark.js'
import { append } from './append.js'
import { commit } from './commit.js'
import { commitWs } from './commit-ws.js'
import { failover } from './failover.js'

export const benchmarks: readonly Benchmark[] = [commit, commitWs, append, failover]
