import { expect, test } from 'vitest'
import {
  type AcknowledgedOrder,
  isAskedFor,
  type KnownGenerations,
  nothingAcknowledged,
  unknownGenerationsMax,
} from '../../src/hosts/acknowledgement.js'

const known: KnownGenerations = { term: 5, disseminated: 10, newest: 12, runningTo: null }

/** A session that says these, and which of them were asked for. */
function session(before: AcknowledgedOrder = nothingAcknowledged) {
  let last = before
  return (generation: number, term = 5, of: Partial<KnownGenerations> = {}) => {
    const said = { term, generation }
    if (!isAskedFor(said, last, { ...known, ...of })) return false
    last = said
    return true
  }
}

test('each generation is acknowledged once, from the disseminated one on', () => {
  const says = session()
  expect([9, 10, 10, 11, 12, 12, 11].map((generation) => says(generation))).toEqual([
    ...[false, true, false, true, true, false, false],
  ])
})

test('and once more to the next leader, but to no other', () => {
  const says = session()
  expect(says(12)).toBe(true)
  expect([says(12, 4), says(12, 6), says(13, 4), says(13, 6)]).toEqual([false, false, false, false])
  const next = { term: 6 }
  expect([says(12, 6, next), says(12, 6, next), says(12, 5, next)]).toEqual([true, false, false])
  expect(says(13, 6, { term: undefined })).toBe(false)
})

test('a replica that is behind knows of what is published before it has applied it', () => {
  expect(session()(12 + unknownGenerationsMax)).toBe(true)
  expect(session()(13 + unknownGenerationsMax)).toBe(false)
  expect(session()(100, 5, { runningTo: 100 - unknownGenerationsMax })).toBe(true)
})

test('whoever calls everything an acknowledgement runs out of generations', () => {
  const says = session()
  const asked = (of: Partial<KnownGenerations> = {}) => {
    let count = 0
    for (let generation = 0; generation < 100_000; generation += 1) {
      if (says(generation, 5, of)) count += 1
    }
    return count
  }
  expect(asked()).toBe(3 + unknownGenerationsMax)
  expect(asked()).toBe(0)
  expect(says(Number.MAX_SAFE_INTEGER)).toBe(false)
  // One more generation is worth one more.
  expect(asked({ newest: 13 })).toBe(1)
})
