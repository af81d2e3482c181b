/** Which servers a replica takes; servers as they are: refusals.test.ts. */
import { expect, test } from 'vitest'
import {
  checkServerSettings,
  createTarget,
  type ServerSettings,
} from '../../../src/raft/store/connection.js'
import { recordingLog } from './recording-log.js'

const target = createTarget({
  ...{ url: 'postgres://berth@h/d', schema: 'berth', applicationName: 'test' },
  ...{ allowUnsafeFsync: false, connectTimeoutMs: 1_000 },
})

test.for(['postgres://u:p s3cret@h/d', 'postgres://u:s3cret%@h/d', 'h/d', 'postgres:u:s3cret@h'])(
  'a URL that is none, or not percent-encoded, is refused and not shown: %s',
  (url) => {
    expect(() => createTarget({ ...target, url })).toThrow(
      expect.objectContaining({
        code: 'invalid_config',
        message: expect.stringMatching(/^(?!.*s3cret).*percent-encoded \(a space is %20\)/),
      }),
    )
  },
)

/** What Postgres 18 says as initdb leaves it. */
const good: ServerSettings = {
  ...{ version: 180_001, fsync: 'on', commit: 'on', read_only: 'off' },
  ...{ standby: false, encoding: 'UTF8' },
}

function check(settings: Partial<ServerSettings>): string[] {
  const log = recordingLog()
  checkServerSettings({ ...good, ...settings }, target, log)
  return log.lines.map(({ message }) => message)
}

test.for([150_000, 150_018, 160_004, 170_009, 180_000, 180_001])(
  'version number %i is taken without a word',
  (version) => {
    expect(check({ version })).toEqual([])
  },
)

test.for([90_624, 130_014, 140_020])('version number %i is too old', (version) => {
  expect(() => check({ version })).toThrow(
    expect.objectContaining({
      code: 'database_unsupported',
      message: expect.stringMatching(/is version \d+\. Use 15 to 18\.$/),
    }),
  )
})

test('a version newer than any that was tried is taken, with a warning', () => {
  expect(check({ version: 190_000 })).toEqual(['This Postgres is newer than tried.'])
})

test.for([
  ['another encoding', { encoding: 'LATIN1' }, 'database_unsupported'],
  ['a standby', { standby: true }, 'database_read_only'],
  ['read-only transactions', { read_only: 'on' }, 'database_read_only'],
  ['a commit that is not durable', { commit: 'off' }, 'database_unsafe'],
  ['a commit that only reached the system', { commit: 'remote_write' }, 'database_unsafe'],
  ['fsync off', { fsync: 'off' }, 'database_unsafe'],
] as const)('%s is refused', ([, settings, code]) => {
  expect(() => check(settings)).toThrow(expect.objectContaining({ code }))
})
