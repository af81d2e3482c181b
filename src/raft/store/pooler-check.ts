/**
 * Finds out whether a pooler (PgBouncer in transaction or statement mode, and its like) gives each
 * transaction to whichever backend is free. Berth needs backends of its own: what a connection sets
 * (that commits are durable, that readers cannot write) and what it prepares stays with a backend,
 * and would come and go. A pooler in session mode is as good as none.
 *
 * It shows in the process ids of backends: two connections that are open at once never have the
 * same one, and one connection never has two.
 */
import { BerthError } from '../../errors/berth-error.js'

/** A connection, as far as this needs it. */
export interface Backed {
  /** Process id of the backend as the login told it. */
  readonly backendPid: number | null
  /** Process id of the backend that answers now. */
  askPid(): Promise<number>
  close(): Promise<void>
}

/**
 * Where the login told another process id than that of the backend there is a pooler, of whatever
 * mode. It may be several behind one address: so many connections are tried to meet the same again.
 */
const triesMax = 8
/** So often each connection is asked, twice in a row: by turns two would seem to have their own. */
const roundsOfAsking = 2

/**
 * Where no second connection is to be had (a limit, a pooler of sessions that has no more), nobody
 * can tell: then `checkPid` of the connection alone looks again and again.
 *
 * @param another opens a second connection to the same
 * @param where the database as a person would name it
 * @returns process id of the backend that is this connection's own
 * @throws BerthError `database_unsupported`; what `connection` throws
 */
export async function checkSole(
  connection: Backed,
  another: () => Promise<Backed>,
  where: string,
): Promise<number> {
  const pid = await connection.askPid()
  const tries = connection.backendPid === pid ? 1 : triesMax
  for (let i = 0; i < tries; i += 1) {
    const other = await another().catch(() => null)
    if (other === null) return pid
    try {
      const isShared = await share(connection, other, pid)
      if (isShared) throw pooledError(where)
      if (isShared === null) return pid
    } finally {
      await other.close()
    }
  }
  return pid
}

export function pooledError(where: string): BerthError {
  const text =
    `Postgres ${where} is behind a pooler that gives each transaction another connection. ` +
    'Let the pooler use session mode for Berth, or connect to Postgres directly.'
  return new BerthError('database_unsupported', text)
}

/** Whether one connection has more than one backend, or two have the same; null for no answer. */
async function share(one: Backed, other: Backed, pid: number): Promise<boolean | null> {
  const askOther = () => other.askPid().catch(() => null)
  const otherPid = await askOther()
  if (otherPid === null) return null
  if (otherPid === pid) return true
  for (let i = 0; i < roundsOfAsking; i += 1) {
    if ((await one.askPid()) !== pid || (await one.askPid()) !== pid) return true
    for (const again of [await askOther(), await askOther()]) {
      if (again !== null && again !== otherPid) return true
    }
  }
  return false
}
