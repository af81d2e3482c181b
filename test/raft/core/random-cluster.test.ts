import { describe, expect, test } from 'vitest'
import { RandomCluster } from '../support/random-cluster.js'

/** BERTH_RAFT_SEED=<seed> runs that one alone; BERTH_RAFT_SEEDS=<count> runs more of them. */
const one = process.env.BERTH_RAFT_SEED
const first = one === undefined ? 1 : Number(one)
const count = one === undefined ? Number(process.env.BERTH_RAFT_SEEDS ?? 120) : 1
const stepsPerSeed = 4_000

function run(seed: number): RandomCluster {
  const cluster = new RandomCluster(seed)
  let at = 0
  try {
    for (; at < stepsPerSeed; at += 1) cluster.step()
    cluster.heal()
  } catch (error) {
    const replay = `BERTH_RAFT_SEED=${seed} npx vitest run test/raft/core/random-cluster.test.ts`
    throw new Error(`seed ${seed} step ${at}: ${String(error)}\nreplay: ${replay}`, {
      cause: error,
    })
  }
  return cluster
}

describe('random clusters', () => {
  test('safety holds in every step, and a healed cluster makes progress', () => {
    let committed = 0
    for (let seed = first; seed < first + count; seed += 1) {
      committed += run(seed).safety.committedIndex
    }
    // Faults that nothing gets past would prove nothing.
    expect(committed).toBeGreaterThan(count * 20)
  })
})
