/**
 * Which Postgres the tests run on: the embedded one, or, to try another version, the one whose
 * folder (it holds `bin`) is named: BERTH_TEST_POSTGRES=/usr/lib/postgresql/15 npm test
 */
import {
  findPostgresBinaries,
  type PostgresBinaries,
} from '../../src/cli/local/postgres-binaries.js'

export function postgresUnderTest(): PostgresBinaries {
  const folder = process.env.BERTH_TEST_POSTGRES
  if (folder === undefined || folder === '') return findPostgresBinaries()
  return { folder, version: folder.replaceAll(/[^a-z0-9]+/gi, '-') }
}
