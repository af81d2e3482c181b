/** The storage contract under random operations and crashes, against the model. */
import { expect, test } from 'vitest'
import type { StorageOperation, StoredState } from '../../../src/raft/node/disk/storage.js'
import { StorageModel } from './model.js'
import { append, entry, snapshotOf } from './operations.js'
import { Random } from './random.js'
import { type OpenStorage, plain, readAll } from './storage-under-test.js'

const modelSeeds = [1, 2, 3, 4]
const modelSteps = 120

export function testAgainstModel(open: OpenStorage): void {
  test.for(modelSeeds)(
    'any operations and crashes end as in the model: seed %i',
    async (seed, t) => {
      const storage = await open(t)
      const random = new Random(seed)
      const model = new StorageModel(storage.state)
      for (let step = 0; step < modelSteps; step += 1) {
        if (random.chance(0.08)) {
          const state = await storage.restart()
          model.restart(state.identity.incarnation)
          expect(plain(state), `seed ${seed}, step ${step}`).toEqual(plain(model.state))
          if (state.snapshot === null) continue
          const chunks = model.chunks.map((chunk) => [...chunk])
          expect(await readAll(storage, state.snapshot)).toEqual(chunks)
        }
        for (const operation of randomOperations(random, model.state)) {
          await storage.run(operation)
          model.run(operation)
        }
      }
    },
  )
}

/** What a node could ask for next: operations that the contract allows in this state. */
export function randomOperations(random: Random, state: StoredState): StorageOperation[] {
  const { compacted, hardState } = state
  const last = state.entries.at(-1) ?? compacted
  const term = hardState.term
  switch (random.pick(['append', 'append', 'vote', 'snapshot', 'install', 'compact', 'project'])) {
    case 'append': {
      const from = random.between(Math.max(hardState.commit, compacted.index) + 1, last.index + 1)
      const to = from + random.between(0, 5)
      const next = Math.max(term, last.term) + random.between(0, 1)
      const list = Array.from({ length: to - from + 1 }, (_, at) =>
        entry(from + at, next, random.between(0, 400)),
      )
      const commit = random.between(hardState.commit, to)
      return [append(list, { term: next, vote: random.between(0, 3), commit })]
    }
    case 'vote':
      return [
        {
          ...{ kind: 'append', entries: [], identity: { latched: `l${term}` } },
          hardState: { term: term + 1, vote: 2, commit: hardState.commit },
        },
      ]
    case 'snapshot': {
      if (hardState.commit <= (state.snapshot?.meta.index ?? 0)) return []
      const at = hardState.commit
      const { parts, snapshot } = snapshotOf(at, term, [random.between(1, 50), 9])
      if (random.chance(0.3)) return parts.slice(0, 1)
      if (random.chance(0.3)) {
        return [parts[0]!, { kind: 'snapshot-discard', index: at, term }, ...parts.slice(0, 1)]
      }
      return [...parts, { kind: 'snapshot-complete', snapshot }]
    }
    case 'install': {
      if (random.chance(0.7)) return []
      const at = last.index + random.between(1, 20)
      const { parts, snapshot } = snapshotOf(at, term + 1, [random.between(1, 50)])
      const installed = { term: term + 1, vote: 0, commit: at }
      return [...parts, { kind: 'snapshot-install', snapshot, hardState: installed }]
    }
    case 'compact': {
      const to = Math.min(state.snapshot?.meta.index ?? 0, last.index)
      if (to <= compacted.index) return []
      const index = random.between(compacted.index + 1, to)
      const found = state.entries.find((one) => one.index === index)!
      return [{ kind: 'compact', index, term: found.term }]
    }
    default:
      return [{ kind: 'project', through: state.projected + 1, events: [] }]
  }
}
