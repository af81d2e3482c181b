/** What the judge of calls must not let pass. */
import { expect, test } from 'vitest'
import type { Addition, SeenCall } from './call-record.js'
import { checkEffects, checkNumbers, checkSpeed, tookMsOf, undisturbed } from './verdict.js'

const names = ['a:1', 'b:1']
const answered = (call: string, more: Partial<SeenCall> = {}): SeenCall => ({
  ...{ call, id: 'x', caller: 0, status: 200, host: 'a:1', token: 7, number: 1 },
  ...{ fromMs: 0, toMs: 1, ...more },
})
const problem = (call: string, code: string, more: Partial<SeenCall> = {}): SeenCall => ({
  ...{ call, id: 'x', caller: 0, status: 503, code, fromMs: 0, toMs: 1, ...more },
})
const added = (call: string, number: number, more: Partial<Addition> = {}): Addition => ({
  ...{ counter: 'x', call, host: 'a:1', number, token: 7, ...more },
})
const failing = (checks: readonly { name: string; outcome: string }[]) =>
  checks.filter(({ outcome }) => outcome !== 'holds').map(({ name }) => name)

test('calls that were carried out as often as they were answered hold', () => {
  const unknown = { status: 502, outcome: 'unknown' } as const
  const seen = [
    answered('1'),
    problem('2', 'call_moving'),
    problem('3', 'call_lost', unknown),
    problem('4', 'call_lost', unknown),
    { call: '5', id: 'x', caller: 0, status: null, fromMs: 0, toMs: 1 },
  ]
  expect(failing(checkEffects(seen, [added('1', 1), added('3', 2), added('6', 3)]))).toEqual([])
})

test.each([
  ['an answer with nothing behind it', [answered('1'), answered('2')], [added('1', 1)]],
  ['one that was carried out twice', [answered('1')], [added('1', 1), added('1', 2)]],
  [
    'a refusal that had its effect',
    [answered('1'), problem('2', 'call_moving')],
    [added('1', 1), added('2', 2)],
  ],
  [
    'an unknown outcome that came twice',
    [answered('1'), problem('2', 'call_lost', { outcome: 'unknown' })],
    [added('1', 1), added('2', 2), added('2', 3)],
  ],
  ['no call at all', [], []],
])('%s is found', (_, seen, additions) => {
  expect(failing(checkEffects(seen, additions)).length).toBeGreaterThan(0)
})

test('numbers that are what was added, under tokens of one host each, hold', () => {
  const additions = [added('1', 1), added('2', 2), added('3', 3, { token: 9, host: 'b:1' })]
  expect(failing(checkNumbers(additions, new Map([['x', 3]])))).toEqual([])
})

test.each([
  ['one token of two hosts', [added('1', 1), added('2', 2, { host: 'b:1' })], 2],
  ['a token that falls', [added('1', 1), added('2', 2, { token: 6 })], 2],
  ['a number that was added to twice', [added('1', 1), added('2', 1)], 1],
  ['a number that nobody has added to', [added('1', 1)], 2],
])('%s is found', (_, additions, number) => {
  expect(failing(checkNumbers(additions, new Map([['x', number]]))).length).toBe(1)
})

test('a call counts for speed where nobody was disturbed and its actor stayed', () => {
  const additions = [1, 2, 3, 4].map((number) => added(String(number), number))
  const at = (call: string, fromMs: number, more: Partial<SeenCall> = {}) =>
    answered(call, { fromMs, toMs: fromMs + 10, ...more })
  const tookMs = (seen: readonly SeenCall[], afflictions: { host: number }[] = []) =>
    undisturbed(seen, additions, {
      names,
      afflictions: afflictions.map(({ host }) => ({ host, fromMs: 100, toMs: 120 })),
    }).map(tookMsOf)
  // The first may have waited for the move, of the last nobody knows whether the actor stayed.
  expect(tookMs([at('1', 0), at('2', 20), at('3', 110), at('4', 200)])).toEqual([10, 10])
  expect(tookMs([at('1', 0), at('2', 5)])).toEqual([])
  expect(tookMs([at('1', 0), at('3', 110)], [{ host: 0 }])).toEqual([])
  expect(tookMs([at('1', 0), at('3', 110, { caller: 1 })], [{ host: 1 }])).toEqual([])
  expect(tookMs([at('1', 0), at('3', 110)], [{ host: 1 }])).toEqual([10])
})

test('one slow call of five hundred is too slow', () => {
  const quick = Array.from({ length: 499 }, (_, i) => answered(String(i), { toMs: 2 }))
  const outcome = (slowMs: number) =>
    checkSpeed([...quick, answered('slow', { toMs: slowMs })], 250).outcome
  expect([outcome(251), outcome(249)]).toEqual(['fails', 'holds'])
  expect(checkSpeed([], 250).outcome).toBe('fails')
})
