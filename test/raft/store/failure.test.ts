/** What the errors of Postgres and of its client mean. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { failureOf, StalledError } from '../../../src/raft/store/failure.js'

function databaseError(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('it said\n  no', 10, 'error')
  error.code = code
  return error
}

test.for([
  ['28P01', 'database_login', true],
  ['3D000', 'database_missing', true],
  ['42501', 'database_permission', true],
  ['25006', 'database_read_only', true],
  ['53100', 'database_full', true],
  ['42P01', 'database_replaced', false],
  ['XX001', 'storage_damaged', false],
  ['42601', 'internal', false],
  ['23505', 'internal', false],
  ['54000', 'internal', false],
  ['54001', 'internal', false],
  ['0A000', 'internal', false],
  ['42P07', 'database_altered', false],
] as const)('%s is %s', ([state, code, passing]) => {
  const failure = failureOf(databaseError(state), 'db.example:5432/berth')
  expect(failure).toMatchObject({ kind: 'refused', passing, error: { code } })
  const text = failure.kind === 'refused' ? failure.error.message : ''
  expect(text).toMatch(/^Postgres db\.example:5432\/berth: it said no\. [A-Z]/)
})

const waitedFor = ['57P01', '57P03', '57014', '53300', '53200', '40001', '40P01', '08006', '58030']

test.for([...waitedFor, '42P05', '26000'])(
  '%s leaves the outcome open and is waited for',
  (state) => {
    const reason = `it said no (${state})`
    expect(failureOf(databaseError(state), 'x')).toEqual({ kind: 'lost', reason })
  },
)

test('what Postgres advises is told in its words, whatever becomes of it', () => {
  const hint = 'Do\n  this'
  const passing = Object.assign(databaseError('57P03'), { hint })
  expect(failureOf(passing, 'x')).toMatchObject({ reason: 'it said no (57P03). Do this' })
  const refused = Object.assign(databaseError('54001'), { hint: 'Do that.' })
  expect(failureOf(refused, 'x')).toMatchObject({
    error: { message: expect.stringMatching(/: it said no\. Do that\. [A-Z]/) },
  })
})

test('ids that have run out are waited for, a row that is too long is not', () => {
  const ranOut = Object.assign(databaseError('54000'), { hint: 'VACUUM in dieser Datenbank.' })
  expect(failureOf(ranOut, 'x')).toMatchObject({
    ...{ passing: true, error: { code: 'database_read_only' } },
  })
  const tooLong = Object.assign(databaseError('54000'), { hint: 'Consider a function index.' })
  expect(failureOf(tooLong, 'x')).toMatchObject({ passing: false, error: { code: 'internal' } })
})

test('errors of the network leave the outcome open', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const both = new AggregateError([refused, new Error('connect EHOSTUNREACH')])
  for (const error of [refused, both, new StalledError('no answer for 5 ms'), new Error('end')]) {
    expect(failureOf(error, 'x').kind).toBe('lost')
  }
  expect(failureOf(both, 'x')).toMatchObject({ reason: expect.stringMatching(/ECONN.*EHOST/) })
})

test('what cannot be mended by waiting for the network is refused', () => {
  const certificate = Object.assign(new Error('self-signed'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  const plain = new Error('The server does not support SSL connections')
  for (const error of [certificate, plain, new Error('SASL: no password')]) {
    expect(failureOf(error, 'x')).toMatchObject({ error: { code: 'database_login' } })
  }
  expect(failureOf(new TypeError('x of undefined'), 'x')).toMatchObject({
    ...{ passing: false, error: { code: 'internal' } },
  })
})
