import { describe, expect, test } from 'vitest'
import {
  type AdmissionContext,
  decide,
  type Holder,
  isObserver,
} from '../../src/hosts/admission.js'
import type { ProvenHello } from '../../src/hosts/relay-message.js'
import { typesLevel } from '../../src/versions/versions.js'
import { hashOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'

const mine = '00000000-0000-4000-9000-000000000001'
const another = '00000000-0000-4000-9000-000000000002'

const hello: ProvenHello = {
  ...{
    kind: 'hello',
    ...versions,
    namespace: 'default',
    instance: mine,
  },
  secretHash: hashOf(mine),
  ...{ name: 'a:1', appId: 'app', types: ['Order', 'Cart'] },
}
const holder: Holder = {
  ...{ instance: mine, secretHash: hashOf(mine), epoch: 5, appId: 'app', types: ['Cart', 'Order'] },
  ...{ stopped: false, pastFenceAtMs: 9_000 },
}

function decided(
  said: ProvenHello,
  holds: Partial<Holder> | null,
  more: Partial<AdmissionContext> = {},
) {
  return decide(said, {
    holder: holds === null ? null : { ...holder, ...holds },
    refusedForMs: 0,
    held: null,
    resumedEpoch: 0,
    leavingEpoch: 0,
    level: 1,
    tableLevel: 1,
    lackOfRoom: () => null,
    nowMs: 2_000,
    ...more,
  })
}

test('a host that nobody knows becomes a member', () => {
  expect(decided(hello, null)).toEqual({ kind: 'upsert' })
})

test('a member that comes back is admitted as it is; the order of its types is nothing', () => {
  expect(decided(hello, {})).toEqual({ kind: 'admit', epoch: 5 })
  const repeated = { ...hello, types: ['Cart', 'Order', 'Cart'] }
  expect(decided(repeated, {})).toEqual({ kind: 'admit', epoch: 5 })
})

test('a member that comes back with other types or another app id is written anew', () => {
  expect(decided({ ...hello, types: ['Order'] }, {})).toEqual({ kind: 'upsert' })
  expect(decided({ ...hello, types: ['Order', 'Cart', 'Stock'] }, {})).toEqual({ kind: 'upsert' })
  expect(decided({ ...hello, appId: 'other' }, {})).toEqual({ kind: 'upsert' })
})

test('a member that had stopped is removed before it can be one again', () => {
  expect(decided(hello, { stopped: true })).toEqual({ kind: 'remove', epoch: 5 })
})

test('a name that a live instance holds is waited for, and it is told about how long', () => {
  expect(decided(hello, { instance: another })).toMatchObject({
    ...{ kind: 'wait', code: 'name_taken', retryAfterMs: 7_000 },
    detail: expect.stringContaining('Another instance holds a:1.'),
  })
})

test('a name is free at the moment when its holder is past its fence', () => {
  const holds = { instance: another }
  expect(decided(hello, holds, { nowMs: 8_999 }).kind).toBe('wait')
  expect(decided(hello, holds, { nowMs: 9_000 })).toEqual({ kind: 'upsert' })
  expect(decided(hello, { ...holds, pastFenceAtMs: Number.NEGATIVE_INFINITY })).toEqual({
    kind: 'upsert',
  })
})

test('an evicted name is refused until its time is over', () => {
  const refused = { refusedForMs: 10_000 }
  expect(decided(hello, null, refused)).toMatchObject({
    ...{ kind: 'wait', code: 'evicted', retryAfterMs: 10_000 },
  })
  expect(decided(hello, null, { refusedForMs: 0 })).toEqual({ kind: 'upsert' })
})

test('a name that joins too often is held back for a while', () => {
  const held = { untilMs: 3_500.5, straggled: 0 }
  expect(decided(hello, null, { held })).toMatchObject({
    ...{ kind: 'wait', code: 'damped', retryAfterMs: 1_501 },
  })
  expect(decided(hello, null, { held: { ...held, straggled: 3 } })).toMatchObject({
    detail: expect.stringContaining('removed 3 times'),
  })
})

test('a member that comes back is neither refused nor damped', () => {
  const more = { refusedForMs: 60_000, held: { untilMs: 10_000, straggled: 0 } }
  expect(decided(hello, {}, more)).toEqual({ kind: 'admit', epoch: 5 })
})

test('a host that the state machine would refuse waits instead of being written', () => {
  const full = { lackOfRoom: () => 'members' as const }
  expect(decided(hello, null, full)).toMatchObject({ kind: 'wait', code: 'overloaded' })
  expect(decided({ ...hello, types: ['Order'] }, {}, full)).toMatchObject({ code: 'overloaded' })
  expect(decided(hello, {}, full)).toEqual({ kind: 'admit', epoch: 5 })
})

test('an observer is admitted at once, whoever holds its name', () => {
  const { name: _name, appId: _appId, types: _types, ...observer } = hello
  expect(decided(observer, null)).toEqual({ kind: 'admit', epoch: 0 })
  const typeless = { ...hello, types: [] }
  expect(decided(typeless, { instance: another })).toEqual({ kind: 'admit', epoch: 0 })
  expect([isObserver(observer), isObserver(typeless), isObserver(hello)]).toEqual([
    ...[true, true, false],
  ])
})

test('a member that says hello without types goes first; it touches no epoch but its own', () => {
  const typeless = { ...hello, types: [] }
  expect(decided(typeless, {})).toEqual({ kind: 'remove', epoch: 5 })
})

describe('from the feature level on at which types change by a word of their own', () => {
  const more = { level: typesLevel }
  const older = { ...hello, protocol: { oldest: 1, newest: 1 } }

  test('a hello with other types keeps the admission, whatever these are', () => {
    for (const types of [['Order'], ['Stock'], ['Cart', 'Order', 'Stock']]) {
      expect(decided({ ...hello, types }, {}, more)).toEqual({ kind: 'admit', epoch: 5 })
    }
  })

  test('not of a host that does not say them so, nor with another app', () => {
    expect(decided({ ...older, types: ['Order'] }, {}, more)).toEqual({ kind: 'upsert' })
    expect(decided({ ...hello, appId: 'other' }, {}, more)).toEqual({ kind: 'upsert' })
    expect(decided({ ...hello, types: ['Order'] }, {})).toEqual({ kind: 'upsert' })
  })

  test('one that has withdrawn its types stays by a hello without any, unless it stopped', () => {
    const none = { ...hello, types: [] }
    expect(decided(none, { types: [] }, more)).toEqual({ kind: 'admit', epoch: 5 })
    expect(decided(none, { types: [], stopped: true }, more)).toEqual({ kind: 'remove', epoch: 5 })
    expect(decided(none, {}, more)).toEqual({ kind: 'remove', epoch: 5 })
  })

  test('and one that resumes its admission, whose newer types the log may have', () => {
    const none = { ...hello, types: [] }
    const resumed = { ...more, resumedEpoch: 5 }
    const remove = { kind: 'remove', epoch: 5 }
    expect(decided(none, {}, resumed)).toEqual({ kind: 'admit', epoch: 5 })
    expect(decided(none, { stopped: true }, resumed)).toEqual(remove)
    expect(decided(none, {}, { ...resumed, resumedEpoch: 4 })).toEqual(remove)
    expect(decided(none, {}, { ...resumed, level: 1 })).toEqual(remove)
    expect(decided({ ...older, types: [] }, {}, resumed)).toEqual(remove)
    expect(decided({ ...none, appId: 'other' }, {}, resumed)).toEqual(remove)
    // Of another instance it says nothing.
    expect(decided(none, { instance: another }, resumed)).toEqual({ kind: 'admit', epoch: 0 })
  })
})
