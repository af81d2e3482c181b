/** Passwords of Postgres in a file, as libpq reads it. pg does so too, and will not for long. */
import pg from 'pg'
import pgpass from 'pgpass'

/**
 * The URL with the password of the file that PGPASSFILE names, if it has none and PGPASSWORD, which
 * the client reads itself, is not set either.
 */
export function withPassword(text: string): Promise<string> {
  const url = new URL(text)
  if (url.password !== '' || process.env.PGPASSWORD !== undefined) return Promise.resolve(text)
  const { host, port, database, user } = new pg.Client({ connectionString: text })
  return new Promise((resolve) => {
    pgpass({ host, port, database, user }, (password) => {
      if (password !== undefined) url.password = encodeURIComponent(password)
      resolve(url.href)
    })
  })
}
