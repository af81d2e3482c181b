import { expect, test } from 'vitest'
import { ownershipFaults, Stints, type WorkRow } from './stints.js'

const row = (host: string, token: number, since: number, until = since + 1): WorkRow => ({
  ...{ actor: 'a', run: `run of ${host}`, host, claim: token, token },
  ...{ since: BigInt(since), until: BigInt(until) },
})
const faults = (...rows: WorkRow[]) => {
  const stints = new Stints()
  for (const one of rows) stints.add(one)
  return stints
    .byActor()
    .flatMap(ownershipFaults)
    .map(({ what }) => what)
}

test('owners that follow one another under rising tokens are well', () => {
  expect(faults(row('x', 1, 0), row('x', 1, 10), row('y', 2, 20), row('x', 3, 30))).toEqual([])
})

test('an owner that goes on after the next has begun is found', () => {
  const both = [row('x', 1, 0), row('y', 2, 10), row('x', 1, 20), row('y', 2, 30)]
  expect(faults(...both)).toEqual(['two owners at once'])
})

test('an owner within the time of another one is found', () => {
  expect(faults(row('x', 1, 0), row('y', 2, 10), row('x', 1, 20))).toEqual(['two owners at once'])
})

test('a question that took long tells of an instant within it, and accuses nobody', () => {
  expect(faults(row('x', 1, 0), row('x', 1, 5, 100), row('y', 2, 50))).toEqual([])
})

test('a token that stays or falls at a hand-over is found', () => {
  expect(faults(row('x', 2, 0), row('y', 2, 10))).toEqual(['a token that did not rise'])
  expect(faults(row('x', 2, 0), row('y', 1, 10))).toEqual(['a token that did not rise'])
})

test('one process may have an actor again and again, under tokens of its own', () => {
  expect(faults(row('x', 1, 0), row('x', 2, 10), row('x', 2, 20))).toEqual([])
})

test('whoever goes on with a claim after its token is gone is found', () => {
  const late = { ...row('x', 1, 20), token: null }
  expect(faults(row('x', 1, 0), row('y', 2, 10), late)).toEqual(['two owners at once'])
})

test('an owner without any token is found', () => {
  const wrong = [5, 15].map((since) => ({ ...row('x', 7, since), token: null }))
  expect(faults(row('y', 1, 0), row('y', 1, 10), ...wrong)).toEqual(['two owners at once'])
})
