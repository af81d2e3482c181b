import { expect, test } from 'vitest'
import type { Downstream, Upstream } from '../../src/hosts/relay-message.js'
import { relayMs } from '../../src/replica/configuration.js'
import { RelayOutbox, relayFrameBytes } from '../../src/replica/relay-outbox.js'
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
  const { up: parts } = outbox.take()
  expect(parts.map(sessionsOf)).toEqual([['a', 'b']])
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
  expect(taken.up.map(sessionsOf)).toEqual([['c', 'd']])
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

test('a frame holds a bounded number of messages, and nothing is lost or reordered', () => {
  const outbox = new RelayOutbox()
  const sessions = Array.from({ length: 2_500 }, (_, i) => `s${i}`)
  for (const session of sessions) {
    outbox.up(up(session), true, 0)
    outbox.down(2, answer(session), 0)
  }
  const { up: parts, down } = outbox.take()
  expect(parts.map(({ length }) => length)).toEqual([1_024, 1_024, 452])
  expect(parts.flatMap(sessionsOf)).toEqual(sessions)
  expect(down.map(({ messages }) => messages.length)).toEqual([1_024, 1_024, 452])
  expect(down.flatMap(({ messages }) => sessionsOf(messages))).toEqual(sessions)
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
  const { up: parts } = outbox.take()
  const bytes = parts.map((messages) => encode({ kind: 'relay-up', term: 1, messages }).length)
  const [last, long, ...others] = bytes.reverse()
  for (const each of others) expect(each).toBeLessThanOrEqual(relayFrameBytes)
  expect(others.length).toBeLessThanOrEqual(8)
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
