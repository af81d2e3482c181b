import { expect, test } from 'vitest'
import { TickClock, tickToleranceMs } from '../../../src/raft/node/tick-clock.js'
import { Random } from './support/random.js'

const settings = { tickMs: 50, stallMs: 500 }

/** Calls at the given times; which of them were ticks. */
function ticksOf(times: readonly number[]): number[] {
  const clock = new TickClock(settings, 0)
  return times.filter((nowMs) => {
    clock.observe(nowMs)
    return clock.tick()
  })
}

test('a driver that calls once a tick gets a tick from each call', () => {
  expect(ticksOf([50, 100, 150, 200])).toEqual([50, 100, 150, 200])
  expect(ticksOf([51, 101.5, 152, 203])).toEqual([51, 101.5, 152, 203])
})

test('calls within a tick count for nothing', () => {
  expect(ticksOf([10, 20, 49, 50, 60, 99, 104])).toEqual([50, 104])
})

test('ticks that were missed are not made up for', () => {
  expect(ticksOf([50, 270, 280, 290, 320])).toEqual([50, 270, 320])
})

test('after a stall queued input comes first, and the clock advances by one tick at most', () => {
  const clock = new TickClock(settings, 0)
  expect(clock.observe(50)).toBe(0)
  expect(clock.tick()).toBe(true)
  expect(clock.observe(5_050)).toBe(5_000)
  expect(clock.tick()).toBe(false)
  expect(clock.observe(5_051)).toBe(0)
  expect(clock.tick()).toBe(true)
  expect(clock.observe(5_060)).toBe(0)
  expect(clock.tick()).toBe(false)
})

test('a stall is told once, by whichever input comes first', () => {
  const clock = new TickClock(settings, 0)
  expect(clock.observe(900)).toBe(900)
  expect(clock.observe(901)).toBe(0)
  expect(clock.tick()).toBe(false)
  expect(clock.observe(1_402)).toBe(501)
})

test('a process that stalls all the time still ticks', () => {
  expect(ticksOf([1_000, 2_000, 3_000, 4_000])).toEqual([2_000, 4_000])
})

test('half an election timeout is no stall yet', () => {
  const clock = new TickClock(settings, 0)
  expect(clock.observe(500)).toBe(0)
  expect(clock.tick()).toBe(true)
})

test('time that goes back stands still', () => {
  const clock = new TickClock(settings, 100)
  clock.observe(90)
  expect(clock.nowMs).toBe(100)
})

test('n ticks after any instant are never over sooner than (n - 1) ticks less the tolerance', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = new Random(seed)
    const clock = new TickClock(settings, 0)
    const ticks: number[] = []
    let nowMs = 0
    for (let call = 0; call < 300; call += 1) {
      nowMs += random.chance(0.05) ? random.between(0, 2_000) : random.between(0, 70)
      clock.observe(nowMs)
      if (clock.tick()) ticks.push(nowMs)
    }
    const tooSoon = ticks.filter((tickMs, at) =>
      ticks.slice(at + 1, at + 20).some((laterMs, between) => {
        return laterMs - tickMs < (between + 1) * 50 - tickToleranceMs(50)
      }),
    )
    expect(tooSoon, `seed ${seed}`).toEqual([])
  }
})

test('the time until the driver begins to tick is no stall', () => {
  const clock = new TickClock(settings, 0)
  clock.start(900)
  expect(clock.observe(950)).toBe(0)
  expect(clock.tick()).toBe(true)
  expect(clock.observe(1_451)).toBe(501)
})
