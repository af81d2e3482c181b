/** A seed that fails is made shorter, and its command runs the very same again. */
import { expect, test } from 'vitest'
import { replayLine, type SeedOptions, type SeedResult } from './seed-run.js'
import { shrink } from './shrink.js'

const asked: SeedOptions = { seed: 42, replicas: null, steps: 10_000, without: [] }
const faults = ['loss', 'crash', 'drift', 'wipe']

/** A run that breaks a promise from an event on, as long as it has the faults that it takes. */
function runs(needed: readonly string[], fromEvent: number) {
  return ({ seed, steps, without }: SeedOptions): SeedResult => {
    const brought = faults.filter((fault) => !without.includes(fault))
    const isBroken = needed.every((fault) => brought.includes(fault)) && steps >= fromEvent
    const broken = { invariant: 'one owner', detail: 'two' }
    // Without what it takes it fails all the same, in another way, which is not what is looked for.
    const other = brought.length < 2 ? { invariant: 'other', detail: 'else' } : null
    const failure = isBroken ? broken : other
    const events = isBroken ? fromEvent : steps
    return { seed, events, traceHash: '0', faults: brought, about: '', failure }
  }
}

test('a failing seed is shortened to the faults and the events that it takes', () => {
  const runSeed = runs(['crash', 'wipe'], 1_234)
  const short = shrink(runSeed, asked, runSeed(asked))
  expect(short).toMatchObject({ seed: 42, without: ['loss', 'drift'] })
  expect(short.steps).toBeGreaterThanOrEqual(1_234)
  expect(short.steps).toBeLessThan(1_300)
  expect(runSeed(short).failure?.invariant).toBe('one owner')
})

test('what fails in another way is not taken for the same failure', () => {
  const runSeed = runs(['loss'], 50)
  const short = shrink(runSeed, asked, runSeed(asked))
  expect(short.without).toEqual(['crash', 'drift', 'wipe'])
  expect(runSeed(short).failure?.invariant).toBe('one owner')
})

test('a command has everything that a run was asked for', () => {
  expect(replayLine('sim', asked)).toBe('npm run sim -- --seed 42 --steps 10000')
  const all = { ...asked, replicas: 5, without: ['loss', 'wipe'], always: ['crash'] }
  expect(replayLine('sim:cluster', { ...all, byHistory: true })).toBe(
    'npm run sim:cluster -- --seed 42 --replicas 5 --steps 10000 --without loss,wipe ' +
      '--with crash --by-history',
  )
})
