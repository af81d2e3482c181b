/**
 * One connection to Postgres, with the session settings that the store relies on, checked. One
 * statement at a time. A connection that failed once is never used again: whoever owns it opens
 * another. Knows nothing of the fence (fenced-writer.ts).
 *
 * A server that stops answering cannot be told from a slow one, so a statement has a time after
 * which its connection is given up. The statement may still take effect later; only the fence
 * makes that harmless.
 */
import { type LookupAddress, lookup as lookupBySystem } from 'node:dns'
import net from 'node:net'
import pg from 'pg'
import { BerthError } from '../../errors/berth-error.js'
import type { Log } from '../../log/log.js'
import { isEncoded } from '../../log/shown-url.js'
import { withPassword } from '../../network/postgres-password.js'
import { StalledError } from './failure.js'
import { checkSole, pooledError } from './pooler-check.js'
import { ownSettings, readerSettings, setText, writerSettings } from './session-settings.js'

export interface TargetOptions {
  /** postgres:// URL, as libpq takes it, percent-encoded. */
  readonly url: string
  /** Schema of this replica: lower-case letters, digits and _. */
  readonly schema: string
  /** What Postgres shows in pg_stat_activity. */
  readonly applicationName: string
  /** Start although `fsync` is off: a power loss may then lose or tear what was acknowledged. */
  readonly allowUnsafeFsync: boolean
  /** A connection attempt takes no longer than this, in ms, once the name is looked up. */
  readonly connectTimeoutMs: number
  /** Resolves names, and ends in bounded time; the system's by default, which may not. */
  readonly lookup?: net.LookupFunction
}

export interface Target extends TargetOptions {
  /** host:port/database, for people: without user and password. */
  readonly described: string
}

export interface Statement {
  /** With a name it is prepared once per connection. */
  readonly name?: string
  readonly text: string
  readonly values?: readonly unknown[]
}

export type Row = Readonly<Record<string, unknown>>

const oldestServer = 15
const newestServer = 18
const keepAliveAfterMs = 2_000
/** A connection that is closed waits no longer for the server to agree. */
const goodbyeMs = 1_000
const schemaPattern = /^[a-z_][a-z0-9_]{0,62}$/
const int8 = 20
const numeric = 1700

/** @throws BerthError `invalid_config` for a URL or a schema that cannot be meant */
export function createTarget(options: TargetOptions): Target {
  if (!schemaPattern.test(options.schema)) {
    const form = 'lower-case letters, digits and _, at most 63, not beginning with a digit'
    throw new BerthError('invalid_config', `Schema "${options.schema}": use ${form}.`)
  }
  if (!/^postgres(ql)?:\/\//.test(options.url) || !isEncoded(options.url)) {
    const form = 'postgres://user:password@host:5432/database, percent-encoded (a space is %20)'
    throw new BerthError('invalid_config', `The Postgres URL has not the form ${form}.`)
  }
  const { host, port, database } = new pg.Client({ connectionString: options.url })
  return { ...options, described: `${host}:${port}/${database}` }
}

export class Connection {
  readonly #client: pg.Client
  readonly #socket: net.Socket
  readonly #target: Target
  readonly #onLost: (error: Error) => void
  #failure: Error | null = null
  #serverVersion: string | null = null
  #ownPid: number | null = null
  #closing = false

  /** @param addresses of the host, as far as it has a name */
  private constructor(
    target: Target,
    addresses: readonly LookupAddress[],
    onLost: (error: Error) => void,
  ) {
    const socket = new LocatedSocket(addresses, target.connectTimeoutMs)
    this.#socket = socket
    this.#target = target
    this.#onLost = onLost
    this.#client = new pg.Client({
      connectionString: target.url,
      application_name: target.applicationName,
      connectionTimeoutMillis: target.connectTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfterMs,
      types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
      stream: () => socket,
    })
    this.#client.on('error', (error) => this.#lose(error))
    this.#client.on('end', () => this.#lose(new Error('Postgres closed the connection')))
  }

  /**
   * For the one writer: commits are durable when they are answered.
   * @param onLost called once when the connection is lost, also in the middle of a statement
   * @throws BerthError, or the error of the client (see failure.ts)
   */
  static async openWriter(
    target: Target,
    log: Log,
    onLost: (error: Error) => void,
  ): Promise<Connection> {
    const connection = await Connection.#connect(target, onLost)
    try {
      // Before anything is set: what is set through a pooler stays behind for somebody else.
      const another = () => Connection.#connect(target, () => undefined)
      connection.#ownPid = await checkSole(connection, another, target.described)
      await connection.#set(writerSettings)
      await connection.#checkServer(log)
    } catch (error) {
      connection.abandon()
      throw error
    }
    return connection
  }

  /** For readers beside the writer: cannot write. */
  static async openReader(target: Target, onLost: (error: Error) => void): Promise<Connection> {
    const connection = await Connection.#connect(target, onLost)
    try {
      await connection.#set(readerSettings)
    } catch (error) {
      connection.abandon()
      throw error
    }
    return connection
  }

  static async #connect(target: Target, onLost: (error: Error) => void): Promise<Connection> {
    const url = await withPassword(target.url)
    // Before the clock of the connect starts.
    const addresses = await locate(url, target.lookup ?? lookupBySystem)
    const connection = new Connection({ ...target, url }, addresses, onLost)
    try {
      await connection.#client.connect()
    } catch (error) {
      connection.abandon()
      throw error
    }
    return connection
  }

  /** Of the server, for people; null before it was asked. */
  get version(): string | null {
    return this.#serverVersion
  }

  get lost(): boolean {
    return this.#failure !== null
  }

  /** Process id of the backend as the login told it; a pooler tells a number of its own. */
  get backendPid(): number | null {
    return (this.#client as unknown as { processID: number | null }).processID
  }

  /** Process id of the backend that answers now. */
  async askPid(): Promise<number> {
    const text = 'select pg_backend_pid() as pid'
    const [row] = await this.query({ text }, this.#target.connectTimeoutMs)
    return row?.pid as number
  }

  /**
   * @param pid of the backend that answered just now
   * @throws BerthError `database_unsupported` when this is another one than at the beginning
   */
  checkPid(pid: number): void {
    if (pid !== this.#ownPid) throw pooledError(this.#target.described)
  }

  /**
   * Runs one statement, or several without values that are separated by `;`.
   * @param stallAfterMs gives the connection up when there is no answer by then; null waits on
   * @throws the error of the client (see failure.ts), StalledError
   */
  async query(statement: Statement, stallAfterMs: number | null): Promise<readonly Row[]> {
    if (this.#failure !== null) throw this.#failure
    const timer = stallAfterMs === null ? null : this.#watch(stallAfterMs)
    try {
      const { name, text, values } = statement
      const config = { text, ...(name && { name }), ...(values && { values: [...values] }) }
      return (await this.#client.query<Row>(config)).rows ?? []
    } catch (error) {
      throw this.#failure ?? error
    } finally {
      clearTimeout(timer ?? undefined)
    }
  }

  /** Leaves at once, whatever runs: what becomes of it is unknown. `onLost` is not called. */
  abandon(): void {
    this.#closing = true
    this.#failure ??= new Error('the connection was given up')
    this.#socket.destroy()
  }

  /** Says goodbye to the server, which may stand still: then leaves without an answer. */
  async close(): Promise<void> {
    if (this.#failure !== null) return this.abandon()
    this.#closing = true
    this.#failure = new Error('the connection is closed')
    const timer = setTimeout(() => this.#socket.destroy(), goodbyeMs)
    await this.#client.end().catch(() => undefined)
    clearTimeout(timer)
    this.#socket.destroy()
  }

  #watch(stallAfterMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#lose(new StalledError(`no answer for ${stallAfterMs} ms`))
    }, stallAfterMs)
  }

  #lose(error: Error): void {
    if (this.#failure !== null) return
    this.#failure = error
    this.#socket.destroy()
    if (!this.#closing) this.#onLost(error)
  }

  async #set(settings: readonly string[]): Promise<void> {
    const { schema, connectTimeoutMs } = this.#target
    const text = setText([`search_path = "${schema}"`, ...ownSettings, ...settings])
    await this.query({ text }, connectTimeoutMs)
  }

  async #checkServer(log: Log): Promise<void> {
    const text = `
      select current_setting('server_version_num')::int as version,
        current_setting('server_version') as version_text,
        current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as commit,
        current_setting('transaction_read_only') as read_only,
        pg_is_in_recovery() as standby,
        current_setting('server_encoding') as encoding`
    const [row] = await this.query({ text }, this.#target.connectTimeoutMs)
    this.#serverVersion = row?.version_text as string
    checkServerSettings(row as unknown as ServerSettings, this.#target, log)
  }
}

/** A socket that knows the addresses of the host that it is told to connect to. */
class LocatedSocket extends net.Socket {
  readonly #addresses: readonly LookupAddress[]
  /** For each of several addresses, in ms. */
  readonly #attemptMs: number

  constructor(addresses: readonly LookupAddress[], connectTimeoutMs: number) {
    super()
    this.#addresses = addresses
    this.#attemptMs = Math.ceil(connectTimeoutMs / 2)
  }

  /** As the client calls it. */
  override connect(...to: unknown[]): this {
    const [port, host] = to
    if (typeof port !== 'number' || typeof host !== 'string' || this.#addresses.length === 0) {
      return super.connect(...(to as [string]))
    }
    const lookup: net.LookupFunction = (_name, { all }, callback) => {
      const [first] = this.#addresses
      if (all === true) callback(null, [...this.#addresses])
      else callback(null, first?.address ?? '', first?.family)
    }
    const each = { autoSelectFamilyAttemptTimeout: this.#attemptMs }
    return super.connect({ port, host, lookup, ...each })
  }
}

/** None for what needs no lookup: an address, or the folder of a Unix socket. */
function locate(url: string, lookup: net.LookupFunction): Promise<readonly LookupAddress[]> {
  const { host } = new pg.Client({ connectionString: url })
  if (net.isIP(host) !== 0 || host.startsWith('/')) return Promise.resolve([])
  return new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error !== null) reject(error)
      else resolve(addresses as readonly LookupAddress[])
    })
  })
}

export interface ServerSettings {
  readonly version: number
  readonly fsync: string
  readonly commit: string
  readonly read_only: string
  readonly standby: boolean
  readonly encoding: string
}

/** @throws BerthError `database_unsupported`, `database_read_only`, `database_unsafe` */
export function checkServerSettings(server: ServerSettings, target: Target, log: Log): void {
  const where = `Postgres ${target.described}`
  const major = Math.floor(server.version / 10_000)
  if (major < oldestServer) {
    const text = `${where} is version ${major}. Use ${oldestServer} to ${newestServer}.`
    throw new BerthError('database_unsupported', text)
  }
  if (major > newestServer) {
    log.warn({ version: major, newestTried: newestServer }, 'This Postgres is newer than tried.')
  }
  if (server.encoding !== 'UTF8') {
    const text = `${where} has the encoding ${server.encoding}. Create the database as UTF8.`
    throw new BerthError('database_unsupported', text)
  }
  if (server.standby || server.read_only === 'on') {
    const why = server.standby ? 'is a standby' : 'has default_transaction_read_only on'
    const text = `${where} ${why} and accepts no writes. Name a primary that does in the URL.`
    throw new BerthError('database_read_only', text)
  }
  if (server.commit !== 'on') {
    const text = `${where} keeps synchronous_commit at ${server.commit}. Let the role set it on.`
    throw new BerthError('database_unsafe', text)
  }
  checkFsync(server.fsync, target)
  if (server.fsync !== 'on') {
    log.warn({}, 'Postgres runs with fsync off: a power loss may lose what was acknowledged.')
  }
}

/** @throws BerthError `database_unsafe` unless that is allowed */
export function checkFsync(fsync: string, target: Target): void {
  if (fsync === 'on' || target.allowUnsafeFsync) return
  const where = `Postgres ${target.described} runs with fsync off`
  const danger = 'a power loss may lose what was acknowledged'
  const advice = 'Turn fsync on, or allow it with allowUnsafeFsync where data may be lost.'
  throw new BerthError('database_unsafe', `${where}: ${danger}. ${advice}`)
}

/** Integers, however wide, as numbers, asserted safe; all else as usual. */
function typeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid !== int8 && oid !== numeric) return pg.types.getTypeParser(oid, format as 'text')
  return (value) => {
    const number = Number(value)
    if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is no safe integer`)
    return number
  }
}
