/** What of a sidecar's states is told as a warning. */
import { describe, expect, test } from 'vitest'
import type { SidecarState } from '../../src/sidecar/state.js'
import { levelOf, startMs } from '../../src/sidecar/state-level.js'

const well = {
  ...{ phase: 'serving', isFenced: false, broken: null, failure: null, missing: null },
  ...{ nats: 'listening', natsForbids: [], replica: 'ws://r1', replicas: [] },
  ...{ generation: 4, members: 2 },
} as unknown as SidecarState
const refused = [{ url: 'ws://r1', reason: 'ECONNREFUSED' }]

describe.for([
  ['it connects', { phase: 'connecting', replica: null, isFenced: true, nats: 'down' }],
  ['it waits for a welcome', { phase: 'connecting', nats: 'down', generation: null }],
  ['it is the first one of its namespace', { members: 0 }],
  ['it has no lease yet', { isFenced: true }],
  ['NATS is not there yet', { nats: 'down' }],
  ['no order came yet', { nats: 'silent' }],
] as const)('%s', ([, state]) => {
  test('is normal at a start, and not when that is over', () => {
    const now = { ...well, ...state } as SidecarState
    expect(levelOf(now, true, 0)).toBe('info')
    expect(levelOf(now, true, startMs - 1)).toBe('info')
    expect(levelOf(now, true, startMs)).toBe('warn')
    expect(levelOf(now, true, null)).toBe('warn')
  })
})

test.for([
  ['no replica is reached', { phase: 'connecting', replica: null, replicas: refused }],
  [
    'a hello was refused',
    { phase: 'connecting', failure: { code: 'foreign_cluster', detail: '' } },
  ],
  ['a hello waits', { phase: 'waiting' }],
  ['it is fenced', { phase: 'fencing', isFenced: true }],
  ['it is fenced while it leaves', { phase: 'leaving', isFenced: true }],
  ['it is broken', { isFenced: true, broken: 'onFenced failed' }],
  ['NATS forbids something', { natsForbids: ['subscribe to "x"'] }],
] as const)('%s: a warning whenever it is', ([, state]) => {
  expect(levelOf({ ...well, ...state } as SidecarState, true, 0)).toBe('warn')
})

test('what is well, and leaving, are no warning', () => {
  expect(levelOf(well, true, null)).toBe('info')
  expect(levelOf({ ...well, phase: 'leaving' }, true, null)).toBe('info')
})

test('who is to live without NATS is well without it', () => {
  expect(levelOf({ ...well, nats: 'down' }, false, null)).toBe('info')
  expect(levelOf({ ...well, nats: 'down', members: 0 }, false, null)).toBe('warn')
})
