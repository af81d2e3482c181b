/** Short visits to a Postgres server: to ask whether it answers, to make and drop databases. */
import pg from 'pg'
import { withPassword } from '../../network/postgres-password.js'

const connectTimeoutMs = 5_000

/** Makes the database if it is not there. @returns whether it was made now */
export async function createDatabase(adminUrl: string, database: string): Promise<boolean> {
  return withClient(adminUrl, async (client) => {
    try {
      await client.query(`create database ${pg.escapeIdentifier(database)}`)
      return true
    } catch (error) {
      // duplicate_database
      if ((error as { code?: string }).code === '42P04') return false
      throw error
    }
  })
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: await withPassword(url),
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'berth up',
  })
  // Without a listener a connection that breaks later would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Drops the database if it is there, whoever is connected to it. */
export async function dropDatabase(adminUrl: string, database: string): Promise<void> {
  await withClient(adminUrl, (client) =>
    client.query(`drop database if exists ${pg.escapeIdentifier(database)} with (force)`),
  )
}
