/**
 * Finds out whether a pooler (PgBouncer in transaction or statement mode, and its like) gives each
 * transaction to whichever backend is free. Berth needs backends of its own: what a connection sets
 * (that commits are durable, that readers cannot write) and what it prepares stays with a backend,
 * and would come and go. A pooler in session mode is as good as none.
 *
 * It shows in the process ids of backends: two connections that are open at once never have the
 * same one, and one connection never has two.
 */
import pg from 'pg'
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
const tooManyConnections = '53300'

/**
 * @param another opens a second connection to the same
 * @param where the database as a person would name it
 * @returns process id of the backend that is this connection's own
 * @throws BerthError `database_unsupported`; what `another` throws, but for too many connections:
 *   then nobody knows, and `checkPid` of the connection looks again and again
 */
export async function checkSole(
  connection: Backed,
  another: () => Promise<Backed>,
  where: string,
): Promise<number> {
  const pid = await connection.askPid()
  const tries = connection.backendPid === pid ? 1 : triesMax
  for (let i = 0; i < tries; i += 1) {
    // Twice: where the backend that is idle for longest is taken, that is another one now.
    if ((await connection.askPid()) !== pid) throw pooledError(where)
    const other = await another().catch(unlessTooMany)
    if (other === null) return pid
    const otherPid = await other.askPid().finally(() => other.close())
    if (otherPid === pid) throw pooledError(where)
  }
  return pid
}

export function pooledError(where: string): BerthError {
  const text =
    `Postgres ${where} is behind a pooler that gives each transaction another connection. ` +
    'Let the pooler use session mode for Berth, or connect to Postgres directly.'
  return new BerthError('database_unsupported', text)
}

function unlessTooMany(error: unknown): null {
  if (error instanceof pg.DatabaseError && error.code === tooManyConnections) return null
  throw error
}
