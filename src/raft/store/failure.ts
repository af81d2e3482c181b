/**
 * What an error of Postgres means for a replica, and what a person can do about it.
 *
 *   refused  the server said no; the text says what to do. At the first start it ends the start;
 *            later a `passing` one is waited for (the disk may get room, a standby a promotion),
 *            the others stop the replica.
 *   lost     the connection or the server is away, or the answer did not come: the outcome of the
 *            statement is unknown. Always waited for.
 *
 * Source: PostgreSQL documentation, appendix A (error codes).
 */
import pg from 'pg'
import { BerthError } from '../../errors/berth-error.js'
import type { ErrorCode } from '../../errors/catalogue.js'

export type StoreFailure =
  | { readonly kind: 'refused'; readonly error: BerthError; readonly passing: boolean }
  | { readonly kind: 'lost'; readonly reason: string }

/** The answer to a statement did not come in time; the connection has been given up. */
export class StalledError extends Error {
  override readonly name = 'StalledError'
}

interface ServerRefusal {
  readonly code: ErrorCode
  readonly passing: boolean
  readonly advice: string
}

const login: ServerRefusal = {
  code: 'database_login',
  passing: true,
  advice: 'Check user, password and pg_hba.conf.',
}
const transport: ServerRefusal = {
  code: 'database_login',
  passing: true,
  advice: 'Check sslmode in the URL and the certificates on both sides.',
}
const permission: ServerRefusal = {
  code: 'database_permission',
  passing: true,
  advice: 'Let the role own the schema, or grant it "create" on the database for the first start.',
}
const replaced: ServerRefusal = {
  code: 'database_replaced',
  passing: false,
  advice: 'Its tables are gone. A replica that lost its data may come back only under a new id.',
}
const damaged: ServerRefusal = {
  code: 'storage_damaged',
  passing: false,
  advice: 'Remove this replica from the cluster and add it under a new id with an empty database.',
}
const foreign: ServerRefusal = {
  code: 'database_altered',
  passing: false,
  advice: 'Something else is in this schema. Name another one (--postgres-schema).',
}
const bug: ServerRefusal = {
  code: 'internal',
  passing: false,
  advice: 'If nobody changed the tables of Berth, this is a bug of it: please report it.',
}

const wraparound: ServerRefusal = {
  code: 'database_read_only',
  passing: true,
  advice: 'Do as Postgres says; writing goes on by itself.',
}

const refusals: Readonly<Record<string, ServerRefusal>> = {
  '28P01': login,
  '28000': login,
  '3D000': {
    code: 'database_missing',
    passing: true,
    advice: 'Create it (createdb), or correct the URL.',
  },
  '42501': permission,
  '25006': {
    code: 'database_read_only',
    passing: true,
    advice: 'Name the primary in the URL, or turn default_transaction_read_only off.',
  },
  '53100': {
    code: 'database_full',
    passing: true,
    advice: 'Make room on its disk; writing goes on by itself.',
  },
  '3F000': replaced,
  '42P01': replaced,
  '42P07': foreign,
  '42710': foreign,
  XX001: damaged,
  XX002: damaged,
}

/** Classes of errors that a wrong statement, a value out of range or an altered table causes. */
const bugClasses = ['0A', '21', '22', '23', '42', '44', '54']

/** A prepared statement is there already, or is gone: a new connection prepares its own. */
const preparedAnew: ReadonlySet<string> = new Set(['42P05', '26000'])
/** A limit of the server, among them that of transaction ids, or of one row. */
const limitExceeded = '54000'
/** Where Postgres finds that a prepared statement is older than its table ("cached plan"). */
const planCheck = 'RevalidateCachedQuery'

/** @param target the database as a person would name it, without a password */
export function failureOf(error: unknown, target: string): StoreFailure {
  if (error instanceof BerthError) return { kind: 'refused', error, passing: error.retryable }
  const message = error instanceof Error ? describe(error) : String(error)
  if (!(error instanceof pg.DatabaseError)) {
    const refusal = clientRefusal(error, message)
    if (refusal !== undefined) return refused(refusal, message, target, error)
    return { kind: 'lost', reason: message }
  }
  const state = error.code ?? ''
  const lost: StoreFailure = { kind: 'lost', reason: `${message} (${state})${hintOf(error)}` }
  if (preparedAnew.has(state) || error.routine === planCheck) return lost
  if (state === limitExceeded && isWraparound(error)) {
    return refused(wraparound, message, target, error)
  }
  const refusal = refusals[state] ?? (bugClasses.includes(state.slice(0, 2)) ? bug : undefined)
  return refusal === undefined ? lost : refused(refusal, message, target, error)
}

function refused(
  refusal: ServerRefusal,
  message: string,
  target: string,
  cause: unknown,
): StoreFailure {
  const hint = cause instanceof pg.DatabaseError ? hintOf(cause) : ''
  const text = `Postgres ${target}: ${message}${hint}. ${refusal.advice}`
  const error = new BerthError(refusal.code, text, { cause })
  return { kind: 'refused', error, passing: refusal.passing }
}

/** What the client decides by itself, before or beside any answer of the server. */
function clientRefusal(error: unknown, message: string): ServerRefusal | undefined {
  if (error instanceof TypeError || error instanceof RangeError) return bug
  // A login without the password that the server asks for.
  if (message.startsWith('SASL')) return login
  const code = error instanceof Error ? String((error as NodeJS.ErrnoException).code) : ''
  return /CERT|ERR_TLS/.test(code) || / SSL /.test(message) ? transport : undefined
}

/** Ids have run out: what mends that is in the hint, in every language. */
function isWraparound({ hint = '' }: pg.DatabaseError): boolean {
  return hint.includes('VACUUM')
}

/** What Postgres itself advises, which knows best: `. Do this`, or nothing. */
function hintOf({ hint }: pg.DatabaseError): string {
  return hint === undefined ? '' : `. ${hint.replace(/\s+/g, ' ').replace(/\.$/, '')}`
}

/** One line, also for the error of a host name with several addresses, which has no message. */
function describe(error: Error): string {
  const causes = error instanceof AggregateError ? (error.errors as unknown[]) : []
  const text = causes.length > 0 ? causes.map(String).join(', ') : error.message
  return text === '' ? error.name : text.replace(/\s+/g, ' ')
}
