/**
 * What each connection sets for itself. A role, a database or the server may have another default
 * for anything that a session can set; what the statements of the store, or what reads their
 * answers, rest on is named here, and never left to a default.
 */

/** A transaction of ours whose process stands still holds its locks no longer than this. */
const idleInTransactionMs = 30_000
const readTimeoutMs = 30_000

/** Of all connections. */
export const ownSettings: readonly string[] = [
  // What the texts of our values and of the answers mean.
  'array_nulls = on',
  'bytea_output = hex',
  'standard_conforming_strings = on',
  // What a statement sees, and when it ends.
  'default_transaction_isolation = "read committed"',
  'default_transaction_deferrable = off',
  'lock_timeout = 0',
  'idle_session_timeout = 0',
  `idle_in_transaction_session_timeout = ${idleInTransactionMs}`,
  // Rows that a policy would hide are an error, and not a log with holes.
  'row_security = off',
]

/** Commits are durable when they are answered, however long that takes. */
export const writerSettings: readonly string[] = [
  'synchronous_commit = on',
  'statement_timeout = 0',
  'default_table_access_method = heap',
]

export const readerSettings: readonly string[] = [
  'default_transaction_read_only = on',
  `statement_timeout = ${readTimeoutMs}`,
]

/** Settings that not every supported version knows, and their values. */
const whereKnown = { transaction_timeout: '0' }

/** All as one query. */
export function setText(settings: readonly string[]): string {
  const all = settings.map((setting) => `set session ${setting}`)
  const known = Object.entries(whereKnown).map(
    ([name, value]) =>
      `select set_config('${name}', '${value}', false)
        where current_setting('${name}', true) is not null`,
  )
  return [...all, ...known].join('; ')
}
