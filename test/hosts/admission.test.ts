import { expect, test } from 'vitest'
import { type AdmissionContext, decide } from '../../src/hosts/admission.js'
import type { Hello } from '../../src/wire/messages.js'

const hello: Hello = {
  kind: 'hello',
  protocol: 1,
  namespace: 'default',
  instance: '00000000-0000-4000-9000-000000000001',
  name: 'a:1',
  appId: 'app',
  types: ['Order'],
}
const context: AdmissionContext = {
  holder: null,
  refusedUntilMs: 0,
  dampedUntilMs: Number.NEGATIVE_INFINITY,
  hasRoom: true,
  nowMs: 1_000,
  wallMs: 1_000,
}
const holder = {
  instance: hello.instance,
  epoch: 7,
  appId: 'app',
  types: ['Order'],
  stopped: false,
  pastFenceAtMs: 5_000,
}

test('a host that the state machine would refuse waits instead of being written', () => {
  expect(decide(hello, context)).toEqual({ kind: 'upsert' })
  const full = { ...context, hasRoom: false }
  expect(decide(hello, full)).toMatchObject({ kind: 'wait', code: 'overloaded' })
  const other = { ...hello, types: ['Cart'] }
  expect(decide(other, { ...full, holder })).toMatchObject({ kind: 'wait', code: 'overloaded' })
  expect(decide(hello, { ...full, holder })).toEqual({ kind: 'admit', epoch: 7 })
})

test('a name is given to another instance only behind the fence of the one that has it', () => {
  const other = { ...hello, instance: '00000000-0000-4000-9000-000000000002' }
  expect(decide(other, { ...context, holder, nowMs: 4_999 })).toMatchObject({
    kind: 'wait',
    code: 'name_taken',
    retryAfterMs: 1,
  })
  expect(decide(other, { ...context, holder, nowMs: 5_000 })).toEqual({ kind: 'upsert' })
})

test('an admission that said it stopped is not given back to its instance', () => {
  const stopped = { ...holder, stopped: true }
  expect(decide(hello, { ...context, holder: stopped })).toEqual({ kind: 'remove', epoch: 7 })
})
