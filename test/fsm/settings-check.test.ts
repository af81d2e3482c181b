import { describe, expect, test } from 'vitest'
import { defaultSettings } from '../../src/fsm/settings.js'
import { checkSettings, checkTimes, defaultTiming } from '../../src/fsm/settings-check.js'

const check = (settings: object, timing: object = {}) =>
  checkTimes({ ...defaultSettings, ...settings }, { ...defaultTiming, ...timing })

describe('the times', () => {
  test('that are the defaults keep every inequality', () => {
    expect(check({})).toEqual([])
    expect(checkSettings(defaultSettings)).toEqual([])
  })

  test('need a fence margin for the drift of both clocks, their granularity and onFenced', () => {
    // 2 × 0.01 / 0.99 × 6000 = 121.212…
    const settings = { driftPpm: 10_000, fenceMarginMs: 1141 }
    expect(check(settings)).toEqual([
      {
        inequality: 'fence-margin',
        setting: 'fenceMarginMs',
        shortBy: 0.213,
        detail:
          'fenceMarginMs is 1141, at least drift of both clocks over the lease 121.213 + clock ' +
          'granularity 20 + onFenced 1000 = 1141.213 ms is needed: 0.213 ms too little.',
      },
    ])
    expect(check({ ...settings, fenceMarginMs: 1142 })).toEqual([])
    expect(check({ driftPpm: 0, fenceMarginMs: 1020 })).toEqual([])
    expect(check({ fenceMarginMs: 1500 }, { onFencedMs: 2000 })[0]?.inequality).toBe('fence-margin')
    expect(check({ driftPpm: 0, fenceMarginMs: 1020 }, { clockGranularityMs: 21 })).toHaveLength(1)
  })

  test('need a host timeout of at least the lease and its margin', () => {
    expect(check({ hostTimeoutMs: 7500 })).toEqual([])
    expect(check({ hostTimeoutMs: 7499 })).toMatchObject([
      { inequality: 'host-timeout', setting: 'hostTimeoutMs', shortBy: 1 },
    ])
  })

  test('need a lease that outlasts the loss of a leader, also for its own hosts', () => {
    // 1000 + 4 × 1000 + 500 + 2 × 100 + 6 × 20 = 5820
    const times = { hostTimeoutMs: 10_000, fenceMarginMs: 1500 }
    expect(check({ ...times, fenceAfterMs: 5820 })).toEqual([])
    expect(check({ ...times, fenceAfterMs: 5819 })).toMatchObject([
      { inequality: 'leader-loss', setting: 'fenceAfterMs', shortBy: 1 },
    ])
    const longer = [
      { electionTimeoutMs: 1046 },
      { raftHeartbeatMs: 191 },
      { relayMs: 51 },
      { commitMs: 681 },
    ]
    for (const timing of longer) {
      expect(check({}, timing), JSON.stringify(timing)).toHaveLength(1)
    }
    expect(check({ heartbeatMs: 1181 })).toHaveLength(1)
    expect(check({ heartbeatMs: 1180 })).toEqual([])
  })

  test('need a lease that outlasts a replica that hangs', () => {
    // 3000 + 2 × 3000 + 600 + 100 + 4 × 20 = 9780, more than an election takes
    const times = { heartbeatMs: 3000, hostTimeoutMs: 12_000 }
    expect(check({ ...times, fenceAfterMs: 9780 })).toEqual([])
    expect(check({ ...times, fenceAfterMs: 9000 })).toEqual([
      {
        inequality: 'replica-loss',
        setting: 'fenceAfterMs',
        shortBy: 780,
        detail:
          'fenceAfterMs is 9000, at least heartbeatMs 3000 + 2 of them without an answer 6000 + ' +
          'a change of replicas 600 + a Raft heartbeat 100 + 4 relays 80 = 9780 ms is needed: ' +
          '780 ms too little.',
      },
    ])
    for (const timing of [{ reconnectMs: 601 }, { raftHeartbeatMs: 101 }, { relayMs: 21 }]) {
      const faults = check({ ...times, fenceAfterMs: 9780 }, timing)
      expect(faults[0]?.inequality, JSON.stringify(timing)).toBe('replica-loss')
    }
  })

  test('that fail several inequalities name each of them', () => {
    const faults = check({ fenceMarginMs: 0, fenceAfterMs: 5000, hostTimeoutMs: 4000 })
    expect(faults.map(({ inequality }) => inequality)).toEqual([
      'fence-margin',
      'host-timeout',
      'leader-loss',
    ])
  })
})

describe('settings alone', () => {
  test('leave out what only a replica knows', () => {
    expect(checkSettings({ ...defaultSettings, heartbeatMs: 5000 })).toEqual([])
    expect(checkSettings({ ...defaultSettings, hostTimeoutMs: 7499 })).toHaveLength(1)
    expect(checkSettings({ ...defaultSettings, fenceMarginMs: 1000 })).toHaveLength(1)
  })

  test.each([
    [{ factor: 0 }, 'factor is 0; it must be a whole number, 1 to 10000.'],
    [{ factor: 10_001 }, 'factor is 10001; it must be a whole number, 1 to 10000.'],
    [{ factor: 1.5 }, 'factor is 1.5; it must be a whole number, 1 to 10000.'],
    [
      { roundDeadlineMs: 999 },
      'roundDeadlineMs is 999; it must be a whole number, 1000 to 300000.',
    ],
    [
      { roundDeadlineMs: 300_001 },
      'roundDeadlineMs is 300001; it must be a whole number, 1000 to 300000.',
    ],
    [{ heartbeatMs: Number.NaN }, 'heartbeatMs is NaN; it must be a whole number, 10 to 86400000.'],
    [{ driftPpm: -1 }, 'driftPpm is -1; it must be a whole number, 0 to 100000.'],
  ])('out of range are named: %o', (settings, detail) => {
    const faults = checkSettings({ ...defaultSettings, ...settings })
    expect(faults.map((fault) => fault.detail)).toEqual([detail])
    expect(faults[0]?.inequality).toBe('range')
    expect(checkTimes({ ...defaultSettings, ...settings }, defaultTiming)).toEqual(faults)
  })
})
