import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LimitedLog, logWindowMs } from '../../src/log/limited-log.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function begin() {
  const lines: (readonly [string, object, string])[] = []
  const say = (level: string) => (fields: object, message: string) => {
    lines.push([level, fields, message])
  }
  const log = new LimitedLog({ info: say('info'), warn: say('warn'), error: say('error') })
  return { log, lines }
}

test('the first of a kind is said at once; the others at the end of the window, with their count', () => {
  const { log, lines } = begin()
  for (let i = 0; i < 200; i += 1) log.add('warn', { i }, 'refused')
  expect(lines).toEqual([['warn', { i: 0, count: 1 }, 'refused']])
  vi.advanceTimersByTime(logWindowMs - 1)
  expect(lines).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(lines.slice(1)).toEqual([['warn', { i: 199, count: 199 }, 'refused']])
})

test('a flood without an end is one line a window, and each of it is counted once', () => {
  const { log, lines } = begin()
  for (let i = 0; i < 10_000; i += 1) {
    log.add('info', {}, 'refused')
    vi.advanceTimersByTime(100)
  }
  vi.advanceTimersByTime(logWindowMs)
  expect(lines.length).toBeLessThanOrEqual((10_000 * 100) / logWindowMs + 2)
  const counts = lines.map(([, fields]) => (fields as { count: number }).count)
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000)
})

test('after a quiet window the next one is said at once again', () => {
  const { log, lines } = begin()
  log.add('warn', {}, 'refused')
  vi.advanceTimersByTime(logWindowMs)
  expect(vi.getTimerCount()).toBe(0)
  log.add('warn', {}, 'refused')
  expect(lines).toHaveLength(2)
})

test('kinds are counted apart, and the end says what was held back', () => {
  const { log, lines } = begin()
  for (const kind of ['a', 'b', 'a', 'a']) log.add('warn', { kind }, 'refused', kind)
  log.end()
  expect(lines.map(([, fields]) => fields)).toEqual([
    { kind: 'a', count: 1 },
    { kind: 'b', count: 1 },
    { kind: 'a', count: 2 },
  ])
  expect(vi.getTimerCount()).toBe(0)
})
