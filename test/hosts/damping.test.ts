import { expect, test } from 'vitest'
import { Damping, dampingWindowMs } from '../../src/hosts/damping.js'

const free = Number.NEGATIVE_INFINITY

test('a name may join so often in a minute; the next one waits until the first is a minute old', () => {
  const damping = new Damping(() => 3)
  for (const atMs of [0, 1_000, 2_000]) {
    expect(damping.heldUntilMs('default', 'a:1', atMs)).toBe(free)
    damping.admitted('default', 'a:1', atMs)
  }
  expect(damping.heldUntilMs('default', 'a:1', 2_000)).toBe(dampingWindowMs)
  expect(damping.heldUntilMs('default', 'a:1', dampingWindowMs)).toBe(free)
})

test('other names and namespaces are not held', () => {
  const damping = new Damping(() => 1)
  damping.admitted('default', 'a:1', 0)
  expect(damping.heldUntilMs('default', 'b:1', 0)).toBe(free)
  expect(damping.heldUntilMs('other', 'a:1', 0)).toBe(free)
})

test('the limit holds as it is set now, and 0 switches it off', () => {
  const setting = { max: 1 }
  const damping = new Damping(() => setting.max)
  damping.admitted('default', 'a:1', 0)
  expect(damping.heldUntilMs('default', 'a:1', 1)).toBe(dampingWindowMs)
  setting.max = 2
  expect(damping.heldUntilMs('default', 'a:1', 1)).toBe(free)
  setting.max = 0
  expect(damping.heldUntilMs('default', 'a:1', 1)).toBe(free)
})

test('a lowered limit counts from the latest admissions', () => {
  const damping = new Damping(() => 2)
  for (const atMs of [0, 10_000, 20_000]) damping.admitted('default', 'a:1', atMs)
  expect(damping.heldUntilMs('default', 'a:1', 20_000)).toBe(10_000 + dampingWindowMs)
})

test('names whose last admission is long ago are forgotten', () => {
  const damping = new Damping(() => 1)
  damping.admitted('default', 'a:1', 0)
  damping.sweep(dampingWindowMs - 1)
  expect(damping.heldUntilMs('default', 'a:1', 1)).toBe(dampingWindowMs)
  damping.sweep(dampingWindowMs)
  expect(damping.heldUntilMs('default', 'a:1', 1)).toBe(free)
})

test('a name that joins again is kept from then on, and keeps nobody who joined before it', () => {
  const damping = new Damping(() => 9)
  damping.admitted('default', 'a:1', 0)
  damping.admitted('default', 'b:1', 10_000)
  damping.admitted('default', 'a:1', 20_000)
  damping.sweep(dampingWindowMs + 10_000)
  expect(damping.size).toBe(1)
  damping.sweep(dampingWindowMs + 20_000)
  expect(damping.size).toBe(0)
})
