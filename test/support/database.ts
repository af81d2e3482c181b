/** Fresh databases on the run's Postgres. */
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { inject } from 'vitest'
import { createDatabase as create, withClient } from '../../src/cli/servers/postgres-server.js'

export interface TestDatabase {
  readonly name: string
  /** Connection URL with user and password. */
  readonly url: string
  /** Runs one statement on a connection of its own. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<Row[]>
}

/**
 * An empty database. It goes with the run's Postgres: dropping one takes a checkpoint, for which
 * all tests of that instant would wait.
 */
export async function createDatabase(): Promise<TestDatabase> {
  const admin = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await create(admin, name)
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
