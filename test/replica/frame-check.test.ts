import { describe, expect, test } from 'vitest'
import type { ReplicaFrame } from '../../src/replica/machine/frames.js'
import { createFrameCheck, replicaFrameKinds } from '../../src/replica/machine/frames.js'
import type { Beacon } from '../../src/wire/messages.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { versions } from '../support/versions.js'

const check = createFrameCheck()

const lineage = '11111111-2222-4333-8444-555555555555'
const digest = 'a'.repeat(43)
const secretHash = 'b'.repeat(43)
const session = '1x.7'
const host = { namespace: 'default', name: '10.0.0.1:5000', epoch: 12 }
const hello = {
  kind: 'hello',
  ...{
    ...versions,
    namespace: 'default',
    instance: lineage,
  },
  ...{ name: '10.0.0.1:5000', appId: 'app', types: ['Order'] },
} as const
const acknowledged = { term: 3, generation: 4, digest }
const status = {
  ...{ role: 'leader', term: 3, commit: 9, applied: 9, digest },
  stopped: null,
  version: '0.1.0',
  levels: { oldest: 1, newest: 2 },
  postgres: { writable: true, version: '18.1', commitMs: 0.4 },
}
const beacon: Beacon = {
  ...{ kind: 'beacon', namespace: 'default', lineage },
  ...{ term: 3, generation: 4, newest: 4, digest },
}

/** At least one frame of every kind, with every kind of message in it. */
const good: readonly ReplicaFrame[] = [
  {
    kind: 'relay-up',
    term: 3,
    messages: [
      { kind: 'hello', session, hello, secretHash },
      { kind: 'hello', session, hello, secretHash: '' },
      {
        ...{ kind: 'heartbeat', session, namespace: 'default', name: null, lineage: '' },
        ...{ epoch: 0, secretHash, number: 2 ** 40, acknowledged, listening: true, hellos: 2 },
      },
      { kind: 'leave', session, lineage, secretHash, ...host },
      { kind: 'bye', session, lineage, secretHash, ...host },
      { kind: 'fenced', session, lineage, secretHash, ...host },
      { kind: 'types', session, lineage, secretHash, ...host, number: 2, types: ['Order'] },
      { kind: 'types', session, lineage, secretHash, ...host, number: 3, types: [] },
      { kind: 'closed', session },
    ],
  },
  {
    kind: 'relay-down',
    term: 3,
    messages: [
      { kind: 'admitted', session, epoch: 12, index: 12, roundTo: null },
      { kind: 'waiting', session, code: 'name_taken', detail: 'It lives.', retryAfterMs: 0 },
      { kind: 'say_hello', session, hellos: 2 },
      { kind: 'answer', session, number: 3, disseminated: 4 },
      { kind: 'answer', session, number: 3, disseminated: 4, digest },
      { kind: 'refused', session, number: 3, code: 'below_floor', disseminated: 4, digest },
      { kind: 'fence', session, epoch: 12, code: 'evicted' },
      { kind: 'left', session, epoch: 12 },
      { kind: 'types_taken', session, epoch: 12, number: 2, generation: 5 },
      {
        ...{ kind: 'types_waiting', session, epoch: 12, number: 2 },
        ...{ code: 'damped', detail: 'Too often.', retryAfterMs: 9 },
      },
      { kind: 'superseded', session },
      { kind: 'orders', sessions: [session], order: beacon },
      { kind: 'round', namespace: 'default', to: 5 },
    ],
  },
  ...(
    [
      { kind: 'evict', namespace: 'default', name: '10.0.0.1:5000', refuseMs: 0 },
      { kind: 'cordon', namespace: 'default', name: '10.0.0.1:5000', cordoned: true },
      { kind: 'lift', namespace: 'default', name: '10.0.0.1:5000' },
      { kind: 'settings', settings: { factor: 7 } },
      { kind: 'add-replica', id: 4, peer: 'a:1', membership: 'learner' },
      { kind: 'remove-replica', id: 4 },
      { kind: 'promote-replica', id: 4 },
      {
        kind: 'change-replicas',
        changes: [
          { id: 4, membership: 'voter', peer: 'a:1' },
          { id: 2, membership: 'none' },
        ],
        leave: 'explicit',
      },
      { kind: 'leave-joint' },
      { kind: 'transfer', to: null },
      { kind: 'rounds', namespace: 'default' },
      { kind: 'register', replica: 4, peer: 'a:1', api: '', key: 'A'.repeat(43) },
    ] as const
  ).map((request) => ({ kind: 'request', number: 1, run: 2 ** 46, request, key: '' }) as const),
  { kind: 'response', number: 1, run: 5, error: null, result: { changed: true } },
  { kind: 'response', number: 1, run: 5, error: { code: 'conflict', detail: '' }, result: null },
  { kind: 'status', status },
]

const sent = (frame: unknown) => decode(encode(frame)) as { readonly kind: unknown }

test.for(good.map((frame) => [frame.kind, frame] as const))('a %s passes as it is', ([, frame]) => {
  expect(check(sent(frame))).toEqual(frame)
})

test('there is an example of every kind', () => {
  expect(new Set(good.map(({ kind }) => kind))).toEqual(replicaFrameKinds)
})

/** Every value inside of a frame, replaced once by each of these, and every field left out. */
const rubbish = [undefined, Number.NaN, -1, 1.5, 2 ** 60, '\u0000', [], {}, [[]]]

function* mutants(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return
  const copy = (key: string | number, next: unknown) =>
    Array.isArray(value) ? value.with(Number(key), next) : { ...value, [key]: next }
  for (const [key, inner] of Object.entries(value)) {
    for (const each of rubbish) yield copy(key, each)
    for (const mutant of mutants(inner)) yield copy(key, mutant)
  }
}

test('a frame of rubbish is refused with the place of it, or means something, and never more', () => {
  let [refused, passed] = [0, 0]
  for (const frame of good) {
    for (const mutant of mutants(frame)) {
      try {
        const checked = check(sent(mutant))
        const isUnreadable = checked.kind === 'request' && checked.request.kind === 'unreadable'
        if (isUnreadable) refused += 1
        else passed += 1
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_message' })
        refused += 1
      }
    }
  }
  // What passes: texts that are free, results of any form, settings that the leader checks.
  expect(refused).toBeGreaterThan(800)
  expect(passed).toBeLessThan(refused / 5)
})

describe('hostile frames:', () => {
  const hostile: readonly (readonly [string, unknown])[] = [
    ['no kind that exists', { kind: 'toString' }],
    ['no kind at all', { kind: undefined }],
    ['a kind that is an object', { kind: { toString: 'x' } }],
    [
      'a message kind that does not exist',
      { kind: 'relay-up', term: 1, messages: [{ kind: 'x' }] },
    ],
    ['messages that are no list', { kind: 'relay-up', term: 1, messages: { length: 2 } }],
    ['a request without a number', { ...requestFrame({ kind: 'leave-joint' }), number: -1 }],
    ['a request of no run', { ...requestFrame({ kind: 'leave-joint' }), run: Number.NaN }],
    ['an answer that is no text of Unicode', answerFrame('\ud800')],
    ['an answer of a megabyte', answerFrame('x'.repeat(1 << 20))],
    [
      'ten thousand types',
      {
        ...{ kind: 'relay-up', term: 1 },
        messages: [
          {
            kind: 'hello',
            session,
            secretHash,
            hello: { ...hello, types: Array.from({ length: 10_000 }, String) },
          },
        ],
      },
    ],
    [
      'words without the proof of who says them',
      { kind: 'relay-up', term: 1, messages: [{ kind: 'bye', session, lineage, ...host }] },
    ],
    [
      'a session name of a megabyte',
      { kind: 'relay-up', term: 1, messages: [{ kind: 'closed', session: 'x'.repeat(1 << 20) }] },
    ],
    ['an error of a megabyte', { kind: 'response', number: 1, run: 1, error: 'x', result: null }],
    [
      'a table that is none',
      {
        ...{ kind: 'relay-down', term: 1 },
        messages: [{ kind: 'orders', sessions: [session], order: { kind: 'update', change: 7 } }],
      },
    ],
  ]

  test.for(hostile)('%s is refused', ([, frame]) => {
    const value = frame as { readonly kind: unknown }
    expect(() => check(value)).toThrow(expect.objectContaining({ code: 'invalid_message' }))
  })

  test.for([
    ['one that nobody makes elsewhere', requestFrame({ kind: 'snapshot' }), /\/request/],
    ['one that a later version has', requestFrame({ kind: 'rebalance' }), /\/request/],
    ['none', requestFrame(null), /\/request must be object/],
    [
      'a namespace with a wildcard',
      requestFrame({ kind: 'rounds', namespace: 'a.*' }),
      /\/request\/namespace must match/,
    ],
    [
      'an id without end',
      requestFrame({ kind: 'remove-replica', id: Number.POSITIVE_INFINITY }),
      /\/request\/id must be (integer|<= 9007199254740991)/,
    ],
    [
      'text that is none of Unicode',
      requestFrame({ kind: 'register', replica: 4, peer: 'a:\ud800', api: '', key: '' }),
      /\/request\/peer is not well-formed/,
    ],
    [
      'a field that it does not know',
      requestFrame({ kind: 'evict', namespace: 'n', name: 'a:1', refuseMs: 0, onlyIfEpoch: 5 }),
      /\/request has "onlyIfEpoch", which this replica does not know: upgrade it/,
    ],
    ['no key', { ...requestFrame({ kind: 'leave-joint' }), key: undefined }, /key/],
  ] as const)('a request for %s is to be answered, whatever it says', ([, frame, why]) => {
    expect(check(frame)).toEqual({
      ...{ kind: 'request', number: 1, run: 1, key: '' },
      request: { kind: 'unreadable', detail: expect.stringMatching(why) },
    })
  })

  test('fields of a later version are left behind, at any depth', () => {
    const isOpen = (path: string) => /result|settings|request$/.test(path)
    const withMore = (value: unknown, path = ''): unknown => {
      if (typeof value !== 'object' || value === null || isOpen(path)) return value
      if (Array.isArray(value)) return value.map((each) => withMore(each, path))
      const fields = Object.entries(value).map(([key, field]) => [key, withMore(field, key)])
      return { ...Object.fromEntries(fields), surplus: { of: [1] } }
    }
    for (const frame of good) {
      expect(check(withMore(sent(frame)) as { kind: unknown })).toEqual(frame)
    }
  })

  function answerFrame(detail: string) {
    return {
      kind: 'response',
      number: 1,
      run: 1,
      error: { code: 'conflict', detail },
      result: null,
    }
  }

  function requestFrame(request: unknown) {
    return { kind: 'request', number: 1, run: 1, request, key: '' }
  }
})
