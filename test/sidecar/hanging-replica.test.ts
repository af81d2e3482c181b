import { expect, test } from 'vitest'
import { defaultSettings } from '../../src/fsm/settings.js'
import { checkTimes, defaultTiming } from '../../src/fsm/settings-check.js'
import { connectTimeoutMsDefault } from '../../src/sidecar/replica-link.js'
import type { Times } from '../../src/wire/messages.js'
import { Bench, epochs, times } from './support/bench.js'

test('a replica that hangs fences no host whose times keep the inequality, and else it does', async () => {
  const { relayMs, raftHeartbeatMs } = defaultTiming
  const slow = { ...times, heartbeatMs: 3_000, answerTimeoutMs: 6_000, fenceAfterMs: 9_780 }
  const faults = ({ fenceAfterMs }: Times) =>
    checkTimes({ ...defaultSettings, ...slow, fenceAfterMs, hostTimeoutMs: 12_000 }, defaultTiming)
  const hang = async (told: Times) => {
    const bench = (await Bench.host({ replicas: ['ws://r1', 'ws://r2'] })).serve({ times: told })
    bench.pass(told.heartbeatMs + told.answerTimeoutMs + connectTimeoutMsDefault)
    return bench
  }
  const bench = await hang(slow)
  expect(bench.opened).toEqual(['ws://r1', 'ws://r2'])
  bench.tell((machine) => machine.opened(bench.now))
  bench.pass(2 * relayMs)
  bench.say(bench.welcome({ times: slow }))
  bench.pass(2 * relayMs + raftHeartbeatMs)
  expect(bench.heartbeats.at(-1)?.epoch).toBe(epochs.a)
  bench.answer()
  expect([faults(slow), bench.fences]).toEqual([[], []])
  const short = { ...slow, fenceAfterMs: 9_000 }
  expect(faults(short)).toMatchObject([{ inequality: 'replica-loss' }])
  expect((await hang(short)).fences).toMatchObject([{ reason: 'lease_expired' }])
})
