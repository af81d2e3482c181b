/** All benchmarks, in the order in which they run. */
import type { Benchmark } from '../harness/benchmark.js'
import { append } from './append.js'
import { calls } from './calls.js'
import { commit } from './commit.js'
import { commitWs } from './commit-ws.js'
import { failover } from './failover.js'
import { idle } from './idle.js'
import { lookup } from './lookup.js'
import { machine } from './machine.js'
import { round } from './round.js'
import { snapshot } from './snapshot.js'
import { storm } from './storm.js'

export const benchmarks: readonly Benchmark[] = [
  ...[commit, commitWs, append, failover],
  ...[round, storm, idle, lookup, machine, snapshot, calls],
]
