/**
 * Brings the schema of a replica up to the newest numbered file of migrations/. Forward only: all
 * that is missing is applied in one transaction under an advisory lock, and each file's checksum is
 * recorded; a database that a newer Berth has changed, or whose recorded files are not the known
 * ones, is refused and left as it was.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { BerthError } from '../../errors/berth-error.js'
import type { Log } from '../../log/log.js'
import type { Connection, Target } from './connection.js'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  /** SHA-256 of the text with \n line ends, in hex. */
  readonly checksum: string
}

const folder = new URL('../../../migrations/', import.meta.url)
const fileName = /^(\d{3})-([a-z0-9-]+)\.sql$/
/** First half of the advisory lock's key; the second is made from the schema's name. */
const lockClass = 0x62657274

/** The migrations that this version knows, numbered from 1 without gaps. */
export async function readMigrations(from: URL = folder): Promise<readonly Migration[]> {
  const names = (await readdir(from)).filter((name) => name.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const name of names) {
    const number = Number(fileName.exec(name)?.[1])
    if (number !== migrations.length + 1) {
      throw new Error(`migrations/${name}: expected number ${migrations.length + 1}`)
    }
    const sql = (await readFile(new URL(name, from), 'utf8')).replaceAll('\r\n', '\n')
    const checksum = createHash('sha256').update(sql).digest('hex')
    migrations.push({ number, name, sql, checksum })
  }
  return migrations
}

/**
 * @throws BerthError `database_newer`, `database_altered`, or what Postgres answers. It may wait
 * for another process that migrates the same schema.
 */
export async function migrate(
  connection: Connection,
  target: Target,
  migrations: readonly Migration[],
  log: Log,
): Promise<void> {
  await run(connection, 'begin')
  await connection.query(
    {
      text: 'select pg_advisory_xact_lock($1::int, hashtext($2))',
      values: [lockClass, target.schema],
    },
    null,
  )
  await prepareSchema(connection, target.schema)
  const applied = await readApplied(connection)
  checkApplied(applied, migrations, target)
  for (const migration of migrations.slice(applied.length)) {
    await run(connection, migration.sql)
    const { number, name, checksum } = migration
    await connection.query(
      {
        text: 'insert into schema_migration (number, name, checksum) values ($1, $2, $3)',
        values: [number, name, checksum],
      },
      null,
    )
    log.info({ migration: name, database: target.described }, 'Applied a migration.')
  }
  await run(connection, 'commit')
}

/**
 * Whether the schema is there, of exactly this version; changes nothing.
 * @throws BerthError `database_newer`, `database_altered`, `conflict` for an older one
 */
export async function hasSchema(
  connection: Connection,
  target: Target,
  migrations: readonly Migration[],
): Promise<boolean> {
  const [table] = await connection.query(
    { text: `select to_regclass('schema_migration') as found` },
    null,
  )
  if (table?.found === null) return false
  const applied = await readApplied(connection)
  checkApplied(applied, migrations, target)
  const next = migrations[applied.length]
  if (next === undefined) return true
  const text = `Postgres ${target.described}, schema ${target.schema} lacks migration ${next.name}.`
  const advice = 'Start its replica with this version, which applies it, and stop it again.'
  throw new BerthError('conflict', `${text} ${advice}`)
}

async function prepareSchema(connection: Connection, schema: string): Promise<void> {
  const found = await connection.query(
    { text: 'select from pg_namespace where nspname = $1', values: [schema] },
    null,
  )
  if (found.length === 0) await run(connection, `create schema "${schema}"`)
  const table = await connection.query(
    { text: `select to_regclass('schema_migration') as table` },
    null,
  )
  if (table[0]!.table !== null) return
  await run(
    connection,
    `create table schema_migration (
      number integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`,
  )
}

type AppliedMigration = Pick<Migration, 'number' | 'name' | 'checksum'>

async function readApplied(connection: Connection): Promise<readonly AppliedMigration[]> {
  const text = 'select number, name, checksum from schema_migration order by number'
  return (await connection.query({ text }, null)) as unknown as readonly AppliedMigration[]
}

function checkApplied(
  applied: readonly AppliedMigration[],
  known: readonly Migration[],
  target: Target,
): void {
  const where = `Postgres ${target.described}, schema ${target.schema}`
  for (const [position, row] of applied.entries()) {
    const migration = known[position]
    if (migration === undefined) {
      const text = `${where} has migration ${row.name}, which this version does not know.`
      throw new BerthError('database_newer', `${text} Start the version that applied it, or later.`)
    }
    if (row.number !== migration.number || row.checksum !== migration.checksum) {
      const text = `${where} has another migration ${row.name} than this version.`
      const advice = 'Start the version that applied it; edited migrations are never accepted.'
      throw new BerthError('database_altered', `${text} ${advice}`)
    }
  }
}

async function run(connection: Connection, text: string): Promise<void> {
  await connection.query({ text }, null)
}
