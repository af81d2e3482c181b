import { expect, test } from 'vitest'
import {
  Damping,
  dampingWindowMs,
  stragglerHoldMs,
  stragglerHoldMsMax,
  stragglerMemoryMs,
  stragglersMax,
} from '../../src/hosts/damping.js'

const free = null

test('a name may join so often in a minute; the next one waits until the first is a minute old', () => {
  const damping = new Damping(() => 3)
  for (const atMs of [0, 1_000, 2_000]) {
    expect(damping.held('default', 'a:1', atMs)).toBe(free)
    damping.admitted('default', 'a:1', atMs)
  }
  expect(damping.held('default', 'a:1', 2_000)).toEqual({ untilMs: dampingWindowMs, straggled: 0 })
  expect(damping.held('default', 'a:1', dampingWindowMs)).toBe(free)
})

test('other names and namespaces are not held', () => {
  const damping = new Damping(() => 1)
  damping.admitted('default', 'a:1', 0)
  expect(damping.held('default', 'b:1', 0)).toBe(free)
  expect(damping.held('other', 'a:1', 0)).toBe(free)
})

test('the limit holds as it is set now, and 0 switches it off', () => {
  const setting = { max: 1 }
  const damping = new Damping(() => setting.max)
  damping.admitted('default', 'a:1', 0)
  expect(damping.held('default', 'a:1', 1)).toEqual({ untilMs: dampingWindowMs, straggled: 0 })
  setting.max = 2
  expect(damping.held('default', 'a:1', 1)).toBe(free)
  setting.max = 0
  expect(damping.held('default', 'a:1', 1)).toBe(free)
})

test('a lowered limit counts from the latest admissions', () => {
  const damping = new Damping(() => 2)
  for (const atMs of [0, 10_000, 20_000]) damping.admitted('default', 'a:1', atMs)
  expect(damping.held('default', 'a:1', 20_000)).toEqual({
    untilMs: 10_000 + dampingWindowMs,
    straggled: 0,
  })
})

test('names whose last admission is long ago are forgotten', () => {
  const damping = new Damping(() => 1)
  damping.admitted('default', 'a:1', 0)
  damping.sweep(dampingWindowMs - 1)
  expect(damping.held('default', 'a:1', 1)).toEqual({ untilMs: dampingWindowMs, straggled: 0 })
  damping.sweep(dampingWindowMs)
  expect(damping.held('default', 'a:1', 1)).toBe(free)
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

test('a straggler may come back once; from then on it waits twice as long each time', () => {
  const damping = new Damping(() => 100)
  const holds = Array.from({ length: 10 }, (_, i) => {
    damping.straggled('default', 'a:1', i * 1_000_000)
    const held = damping.held('default', 'a:1', i * 1_000_000)
    return held === null ? 0 : held.untilMs - i * 1_000_000
  })
  expect(holds.slice(0, 4)).toEqual([0, stragglerHoldMs, 2 * stragglerHoldMs, 4 * stragglerHoldMs])
  expect(holds.at(-1)).toBe(stragglerHoldMsMax)
  expect(damping.held('default', 'a:1', 9_000_000 + stragglerHoldMsMax)).toBe(free)
  expect(damping.held('default', 'b:1', 9_000_000)).toBe(free)
})

test('a straggler is forgotten when it was none for long, and for others', () => {
  const damping = new Damping(() => 100)
  damping.straggled('default', 'a:1', 0)
  damping.sweep(stragglerMemoryMs - 1)
  expect(damping.size).toBe(1)
  damping.sweep(stragglerMemoryMs)
  damping.straggled('default', 'a:1', stragglerMemoryMs)
  expect(damping.held('default', 'a:1', stragglerMemoryMs)).toBe(free)
  for (let i = 0; i < stragglersMax + 5; i += 1) damping.straggled('default', `h${i}:1`, i)
  expect(damping.size).toBe(stragglersMax)
})
