import { expect, test } from 'vitest'
import { checkLinearizable } from '../../linearizability/check.js'
import type { Operation } from '../../linearizability/history.js'
import { type PlacementAction, placementModel } from './placement-model.js'

const model = placementModel({ generation: 2, cordoned: [] }, ['a:1', 'b:1'])

type Step = { readonly action: PlacementAction; readonly isLost?: boolean }

const cordon = (name: string, cordoned: boolean, changed: boolean, generation: number): Step => ({
  action: { kind: 'cordon', namespace: 'n', name, cordoned, answer: { changed, generation } },
})
const lost = (name: string, cordoned: boolean): Step => ({
  action: { kind: 'cordon', namespace: 'n', name, cordoned, answer: null },
  isLost: true,
})
const read = (generation: number, ...cordoned: string[]): Step => ({
  action: { kind: 'read', namespace: 'n', mode: 'default', generation, cordoned },
})

/** Judges steps that came one after the other. */
function judge(...steps: Step[]): string {
  const history = steps.map(
    ({ action, isLost = false }, i): Operation<PlacementAction> => ({
      ...{ action, invokedAt: 2 * i, respondedAt: isLost ? null : 2 * i + 1 },
    }),
  )
  return checkLinearizable(model, history).kind
}

test('each change of a member makes a generation, and reads show both', () => {
  const steps = [cordon('a:1', true, true, 3), read(3, 'a:1'), cordon('a:1', false, true, 4)]
  expect(judge(read(2), ...steps, read(4))).toBe('linearizable')
})

test('a change that is none makes no generation', () => {
  expect(judge(cordon('a:1', false, false, 2), read(2))).toBe('linearizable')
  expect(judge(cordon('a:1', false, true, 3))).toBe('not-linearizable')
  expect(judge(cordon('a:1', true, false, 2))).toBe('not-linearizable')
})

test('the cordon of a name that nobody has is remembered and makes no generation', () => {
  const [first, again] = [cordon('c:1', true, true, 2), cordon('c:1', true, false, 2)]
  expect(judge(first, again, read(2))).toBe('linearizable')
  expect(judge(first, first)).toBe('not-linearizable')
})

test('a write that was lost, one that is repeated, and a stale read are found', () => {
  const first = cordon('a:1', true, true, 3)
  expect(judge(first, read(2))).toBe('not-linearizable')
  expect(judge(first, first)).toBe('not-linearizable')
  expect(judge(first, cordon('b:1', true, true, 3))).toBe('not-linearizable')
  expect(judge(first, read(3))).toBe('not-linearizable')
})

test('a write without an answer may have been, once', () => {
  expect(judge(lost('a:1', true), read(2), read(3, 'a:1'))).toBe('linearizable')
  expect(judge(lost('a:1', true), cordon('b:1', true, true, 4))).toBe('linearizable')
  expect(judge(lost('a:1', true), cordon('b:1', true, true, 5))).toBe('not-linearizable')
})
