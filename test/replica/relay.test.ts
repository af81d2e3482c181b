import { expect, test } from 'vitest'
import type { Downstream, Upstream } from '../../src/hosts/relay-message.js'
import { RelayOutbox, relayFrameBytes } from '../../src/replica/machine/relay.js'
import { relayMs } from '../../src/replica/settings/configuration.js'
import { encode } from '../../src/wire/msgpack.js'
import { versions } from '../support/versions.js'

const up = (session: string): Upstream => ({ kind: 'closed', session })
const urgent = (session: string): Downstream => ({ kind: 'superseded', session })
const answer = (session: string): Downstream => ({
  kind: 'answer',
  session,
  number: 1,
  disseminated: 0,
})

const sessionsOf = (messages: readonly (Upstream | Downstream)[]) =>
  messages.map((message) => ('session' in message ? message.session : message.kind))

test('an empty outbox is never due', () => {
  const outbox = new RelayOutbox()
  expect(outbox.dueAtMs).toBeNull()
  expect(outbox.take()).toEqual({ up: [], down: [] })
})

test('routine messages wait for company, but never longer than a relay may take', () => {
  const outbox = new RelayOutbox()
  outbox.up(up('a'), true, 100)
  const due = outbox.dueAtMs!
  expect(due).toBeGreaterThan(100)
  expect(due).toBeLessThanOrEqual(100 + relayMs)
  outbox.up(up('b'), true, 105)
  outbox.down(2, answer('c'), 107)
  expect(outbox.dueAtMs).toBe(due)
  expect(sessionsOf(outbox.take().up)).toEqual(['a', 'b'])
  expect(outbox.dueAtMs).toBeNull()
})

test('what a round waits for leaves at once, and takes what waits along', () => {
  const outbox = new RelayOutbox()
  outbox.down(2, answer('a'), 100)
  outbox.down(2, urgent('b'), 103)
  expect(outbox.dueAtMs).toBe(103)
  outbox.up(up('c'), true, 100)
  outbox.up(up('d'), false, 104)
  expect(outbox.dueAtMs).toBe(103)
  const taken = outbox.take()
  expect(taken.down.map(({ to, messages }) => [to, sessionsOf(messages)])).toEqual([
    [2, ['a', 'b']],
  ])
  expect(sessionsOf(taken.up)).toEqual(['c', 'd'])
})

test('each replica gets its own, in order, replicas in a fixed order', () => {
  const outbox = new RelayOutbox()
  for (const [to, session] of [
    [3, 'a'],
    [1, 'b'],
    [3, 'c'],
  ] as const) {
    outbox.down(to, urgent(session), 0)
  }
  const { down } = outbox.take()
  expect(down.map(({ to, messages }) => [to, sessionsOf(messages)])).toEqual([
    [1, ['b']],
    [3, ['a', 'c']],
  ])
})

/** All that is due, frame by frame. */
function takeAll(outbox: RelayOutbox) {
  const up: (readonly Upstream[])[] = []
  const down: (readonly Downstream[])[] = []
  while (outbox.dueAtMs !== null) {
    const taken = outbox.take()
    if (taken.up.length > 0) up.push(taken.up)
    for (const { messages } of taken.down) down.push(messages)
  }
  return { up, down }
}

test('a frame holds a bounded number of messages, and nothing is lost or reordered', () => {
  const outbox = new RelayOutbox()
  const sessions = Array.from({ length: 600 }, (_, i) => `s${i}`)
  for (const session of sessions) {
    outbox.up(up(session), true, 0)
    outbox.down(2, answer(session), 0)
  }
  const { up: ups, down } = takeAll(outbox)
  expect(ups.map(({ length }) => length)).toEqual([128, 128, 128, 128, 88])
  expect(ups.flatMap(sessionsOf)).toEqual(sessions)
  expect(down.map(({ length }) => length)).toEqual([128, 128, 128, 128, 88])
  expect(down.flatMap(sessionsOf)).toEqual(sessions)
})

test('what comes in while frames are left goes behind them', () => {
  const outbox = new RelayOutbox()
  for (let i = 0; i < 200; i += 1) outbox.up(up(`s${i}`), true, 0)
  expect(outbox.take().up.length).toBe(128)
  expect(outbox.dueAtMs).not.toBeNull()
  outbox.up(up('last'), false, 20)
  const rest = outbox.take().up
  expect([sessionsOf(rest)[0], sessionsOf(rest).at(-1)]).toEqual(['s128', 'last'])
  expect(outbox.dueAtMs).toBeNull()
})

test('a frame holds a bounded number of bytes, unless one message alone is longer', () => {
  const outbox = new RelayOutbox()
  const say = (session: string, bytes: number) => {
    const types = Array.from({ length: bytes / 128 }, () => 'x'.repeat(128))
    const who = {
      ...versions,
      namespace: 'default',
      instance: 'i',
      name: 'a:1',
      types,
    } as const
    outbox.up(
      { kind: 'hello', session, hello: { kind: 'hello', ...who }, secretHash: '' },
      false,
      0,
    )
  }
  for (let i = 0; i < 100; i += 1) say(`s${i}`, 16_384)
  say('long', 2 * relayFrameBytes)
  say('last', 128)
  const bytes = takeAll(outbox).up.map(
    (messages) => encode({ kind: 'relay-up', term: 1, messages }).length,
  )
  const [last, long, ...others] = bytes.reverse()
  for (const each of others) expect(each).toBeLessThanOrEqual(relayFrameBytes)
  expect(others.length).toBeLessThanOrEqual(100)
  expect(long).toBeGreaterThan(relayFrameBytes)
  expect(last).toBeLessThan(1_024)
})

test('what was meant for a former leader, or said by one, is forgotten', () => {
  const outbox = new RelayOutbox()
  outbox.up(up('a'), true, 0)
  outbox.down(2, urgent('b'), 0)
  outbox.forget()
  expect(outbox.take()).toEqual({ up: [], down: [] })
})
