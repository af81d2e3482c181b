/** Fresh databases on the run's Postgres. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { createDatabase as create, withClient } from '../../src/cli/local/postgres-client.js'
import type { Owner } from './owner.js'

export interface TestDatabase {
  readonly name: string
  /** Connection URL with user and password. */
  readonly url: string
  /** Runs one statement on a connection of its own. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
}

/**
 * An empty database, dropped with its owner, whoever is still connected.
 * @param owner the test's context `t`, or `fileOwner()` for one that a whole file shares
 */
export async function createDatabase(owner: Owner): Promise<TestDatabase> {
  const admin = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await create(admin, name)
  owner.onTestFinished(async () => {
    const identifier = pg.escapeIdentifier(name)
    await withClient(admin, (client) => client.query(`drop database ${identifier} with (force)`))
  })
  return databaseAt(admin, name)
}

/** The handle of a database on some server, by the server's URL. */
export function databaseAt(serverUrl: string, name: string): TestDatabase {
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return {
    name,
    url: url.href,
    query: async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []) =>
      withClient(url.href, async (client) => (await client.query<Row>(sql, values)).rows),
  }
}
