/** Roles of Postgres other than the one that owns a test's database. */
import type { TestDatabase } from '../../support/database.js'
import type { Owner } from '../../support/owner.js'

/** The URL of a database with another login. */
export function withLogin(database: TestDatabase, user: string, password: string): string {
  const url = new URL(database.url)
  url.username = user
  url.password = password
  return url.href
}

/**
 * A role with the password `secret`, which goes with its owner.
 * @param options of Postgres, behind the password
 */
export async function createRole(
  owner: Owner,
  database: TestDatabase,
  options = '',
): Promise<string> {
  const role = `role_${database.name}`
  await database.query(`create role ${role} login password 'secret' ${options}`)
  owner.onTestFinished(async () => {
    await database.query(`drop owned by ${role}; drop role ${role}`)
  })
  return role
}
