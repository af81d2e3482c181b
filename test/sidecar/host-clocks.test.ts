import { expect, test } from 'vitest'
import { bootGranularityMs, elapsedMs } from '../../src/sidecar/clock.js'
import { aheadMsMax, bootAgeMaxMs, HostClocks } from '../../src/sidecar/host-clocks.js'

const bootStepMs = 10

/** A machine whose clocks a test moves. */
class Machine {
  /** Since it was started, sleep included. */
  trueMs = 1_000_000
  sleptMs = 0
  /** By how much somebody set the wall clock. */
  setMs = 0
  bootReads = 0
  /** The process is held up for so long when it is about to read the wall clock. */
  heldMs = 0
  readonly clocks = new HostClocks({
    monotonicMs: () => this.trueMs - this.sleptMs,
    wallMs: () => {
      this.trueMs += this.heldMs
      return Math.floor(1.7e12 + this.trueMs + this.setMs)
    },
    bootMs: () => {
      this.bootReads += 1
      return Math.floor(this.trueMs / bootStepMs) * bootStepMs
    },
  })

  works(ms: number): void {
    this.trueMs += ms
  }

  sleeps(ms: number): void {
    this.trueMs += ms
    this.sleptMs += ms
  }

  /** What a lease that began at `from` has run, as a question finds it. */
  elapsedSince(from: ReturnType<HostClocks['read']>): number {
    return elapsedMs(from, this.clocks.ask())
  }
}

/** By how much a sleep may seem shorter than it was. */
const shorterMs = bootGranularityMs + bootStepMs + aheadMsMax + 1

test('a question reads the boot clock only when its last reading is old', () => {
  const machine = new Machine()
  const from = machine.clocks.read()
  for (let passedMs = 0.25; passedMs <= bootAgeMaxMs; passedMs += 0.25) {
    machine.works(0.25)
    expect(machine.elapsedSince(from)).toBeCloseTo(passedMs, 6)
  }
  expect(machine.bootReads).toBe(1)
  machine.works(0.25)
  machine.clocks.ask()
  expect(machine.bootReads).toBe(2)
})

test('what comes in at the door is stamped by the clocks themselves', () => {
  const machine = new Machine()
  for (let input = 1; input <= 3; input += 1) {
    machine.clocks.read()
    expect(machine.bootReads).toBe(input)
  }
})

test('the first question after a sleep sees it, though the monotonic clock stood still', () => {
  const machine = new Machine()
  const from = machine.clocks.read()
  machine.works(1)
  machine.clocks.ask()
  machine.sleeps(5_000)
  expect(machine.elapsedSince(from)).toBeGreaterThan(5_000 - shorterMs)
})

test('many sleeps, none of which is noticed, add up to one that is', () => {
  const machine = new Machine()
  const from = machine.clocks.read()
  for (let i = 0; i < 100; i += 1) {
    machine.sleeps(1)
    const elapsed = machine.elapsedSince(from)
    expect(elapsed).toBeGreaterThan(i + 1 - shorterMs)
  }
})

test('a sleep is seen that is as long as the process was held up between two clocks', () => {
  const machine = new Machine()
  const from = machine.clocks.read()
  machine.heldMs = 200
  machine.clocks.read()
  machine.heldMs = 0
  machine.sleeps(200)
  expect(machine.elapsedSince(from)).toBeGreaterThan(400 - shorterMs)
})

test('a wall clock that is set has the boot clock read, and ends no lease', () => {
  const machine = new Machine()
  const from = machine.clocks.read()
  for (const setMs of [-3_600_000, 0, 3_600_000]) {
    machine.setMs = setMs
    machine.works(1)
    expect(machine.elapsedSince(from)).toBeLessThan(4)
  }
  expect(machine.bootReads).toBe(4)
})

test('a sleep that a wall clock which was set back hides is seen when the reading is old', () => {
  const machine = new Machine()
  const from = machine.clocks.read()
  machine.sleeps(5_000)
  machine.setMs = -5_000
  machine.works(bootAgeMaxMs + 1)
  expect(machine.elapsedSince(from)).toBeGreaterThan(5_000 - shorterMs)
})

test('what questions are told never goes ahead of the boot clock', () => {
  const machine = new Machine()
  machine.clocks.read()
  for (let i = 0; i < 200; i += 1) {
    machine.works(0.7)
    expect(machine.clocks.ask().bootMs).toBeLessThanOrEqual(machine.trueMs)
    expect(machine.clocks.ask().bootMs).toBeGreaterThan(machine.trueMs - bootGranularityMs)
  }
})
