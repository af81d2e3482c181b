import { describe, expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import { encodeChange } from '../../../src/raft/core/configuration-codec.js'
import type { Entry } from '../../../src/raft/core/entry.js'
import { entriesPerAppendMax } from '../../../src/raft/core/limits.js'
import type { Message } from '../../../src/raft/core/message.js'
import { parseMessage } from '../../../src/raft/core/parse-message.js'
import { decode, encode } from '../../../src/wire/msgpack.js'

const envelope = { from: 1, to: 2, term: 5 }
const command: Entry = { index: 8, term: 4, kind: 'command', data: Uint8Array.of(7, 2) }
const begin = { kind: 'begin', configuration: plainConfiguration([1, 2], [3]) } as const
const configuration: Entry = { index: 9, term: 5, kind: 'configuration', data: encodeChange(begin) }
const noop: Entry = { index: 10, term: 5, kind: 'noop', data: new Uint8Array() }
const entries = [command, configuration, noop]
const snapshot = { index: 7, term: 5, configuration: plainConfiguration([1, 2, 3], [4]) }
const append = {
  kind: 'append',
  ...envelope,
  prevIndex: 7,
  prevTerm: 4,
  entries,
  commit: 6,
} as const

const everyKind: Message[] = [
  {
    kind: 'vote-request',
    ...envelope,
    pre: true,
    lastIndex: 3,
    lastTerm: 2,
    transfer: false,
    commit: 2,
    commitTerm: 1,
  },
  { kind: 'vote-response', ...envelope, pre: false, granted: true, commit: 0, commitTerm: 0 },
  append,
  { ...append, prevIndex: 0, prevTerm: 0, entries: [] },
  { kind: 'append-accepted', ...envelope, index: 0 },
  { kind: 'append-rejected', ...envelope, index: 9, hintIndex: 4, hintTerm: 3 },
  { kind: 'heartbeat', ...envelope, commit: 3, round: 17 },
  { kind: 'heartbeat-response', ...envelope, round: 17 },
  { kind: 'snapshot', ...envelope, snapshot },
  { kind: 'higher-term', ...envelope },
  { kind: 'timeout-now', ...envelope },
  { kind: 'read-index-request', ...envelope, session: 2 ** 53 - 1, batch: 3 },
  { kind: 'read-index-response', ...envelope, session: 1, batch: 3, index: 12 },
  { kind: 'read-index-response', ...envelope, session: 1, batch: 3, index: null },
]

function reasonFor(value: unknown): string {
  try {
    parseMessage(value)
    return 'accepted'
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    expect(error.code).toBe('invalid_message')
    return error.message
  }
}

describe('messages of replicas', () => {
  test('every kind comes through the wire as it was', () => {
    for (const message of everyKind) {
      const arrived = parseMessage(decode(encode(message)))
      expect(arrived.kind).toBe(message.kind)
      expect(encode(arrived)).toEqual(encode(message))
      expect(parseMessage(message)).toEqual(message)
    }
  })

  test('unknown fields are left behind', () => {
    const message = { kind: 'timeout-now', ...envelope, extra: { deep: 1 } }
    expect(parseMessage(message)).toEqual({ kind: 'timeout-now', ...envelope })
  })

  test('anything put in the place of any field is taken or refused, and nothing else', () => {
    const odd = [undefined, null, -1, 0, 1, 0.5, 2 ** 53, Number.NaN, 'x', [], {}, [null], true]
    const valid = everyKind as unknown as Record<string, unknown>[]
    let refused = 0
    for (const message of valid) {
      for (const field of Object.keys(message)) {
        for (const value of odd) {
          if (reasonFor({ ...message, [field]: value }) !== 'accepted') refused += 1
        }
      }
    }
    for (const value of odd) expect(reasonFor(value)).not.toBe('accepted')
    expect(refused).toBeGreaterThan(500)
  })

  test('an append with gaps, falling terms or a term from the future is refused', () => {
    expect(reasonFor({ ...append, entries: [command, noop] })).toMatch(/one after the other/)
    expect(reasonFor({ ...append, prevIndex: 6 })).toMatch(/one after the other/)
    expect(reasonFor({ ...append, prevTerm: 5 })).toMatch(/not rising/)
    expect(reasonFor({ ...append, prevTerm: 6 })).toMatch(/prevTerm/)
    expect(reasonFor({ ...append, entries: [{ ...command, term: 6 }] })).toMatch(/not rising/)
    expect(reasonFor({ ...append, prevIndex: 0 })).toMatch(/prevTerm does not fit/)
    const many = { ...append, entries: new Array(entriesPerAppendMax + 1).fill(command) }
    expect(reasonFor(many)).toMatch(/more than/)
  })

  test('an entry of a strange kind, without bytes, or with an unreadable change is refused', () => {
    const withEntry = (entry: object) => ({ ...append, entries: [{ ...command, ...entry }] })
    expect(reasonFor(withEntry({ kind: 'other' }))).toMatch(/kind of an entry/)
    expect(reasonFor(withEntry({ data: 'text' }))).toMatch(/not bytes/)
    expect(reasonFor(withEntry({ kind: 'configuration' }))).toMatch(/cannot be read/)
    const data = encodeChange(begin)
    // Its only learner, the last id but for the empty list behind it, becomes one of the voters.
    new DataView(data.buffer).setFloat64(data.length - 2 - 8, 2)
    expect(reasonFor(withEntry({ kind: 'configuration', data }))).toMatch(/cannot be read/)
  })

  test('a snapshot from a later term, or of an impossible configuration, is refused', () => {
    const message = { kind: 'snapshot', ...envelope }
    expect(reasonFor({ ...message, snapshot: { ...snapshot, term: 6 } })).toMatch(/later term/)
    const clash = { ...snapshot.configuration, learners: [1] }
    expect(reasonFor({ ...message, snapshot: { ...snapshot, configuration: clash } })).toMatch(
      /learner votes/,
    )
    const nobody = { ...snapshot, configuration: plainConfiguration([]) }
    expect(reasonFor({ ...message, snapshot: nobody })).toMatch(/snapshot of nobody/)
    const ids = { ...snapshot.configuration, voters: [0] }
    expect(reasonFor({ ...message, snapshot: { ...snapshot, configuration: ids } })).toMatch(
      /strange id/,
    )
  })
})
