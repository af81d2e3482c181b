import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderBytesMax, parseFolder, refuseFlagsOfNpm } from '../../src/cli/local/options.js'
import { failureText } from '../../src/cli/local/terminal.js'
import { postgresReason } from '../../src/cli/servers/postgres-server.js'
import { BerthError } from '../../src/errors/berth-error.js'
import { startProcess } from '../support/process.js'
import { berthFile } from '../support/program.js'
import { scratchFolder } from '../support/scratch.js'

/** What the system says of an attempt. */
function fault(attempt: () => unknown): unknown {
  try {
    attempt()
  } catch (error) {
    return error
  }
  throw new Error('it went well')
}

test('an error of the system is told in a sentence with what to do', (t) => {
  const file = join(scratchFolder(t), 'a-file')
  writeFileSync(file, '')
  expect(failureText(fault(() => mkdirSync('/proc/berth')))).toBe(
    '/proc/berth is not there, and cannot be made. Take another folder: --data <folder>',
  )
  expect(failureText(fault(() => mkdirSync(join(file, 'data'))))).toBe(
    `${file}/data leads through something that is no folder. Take another folder: --data <folder>`,
  )
  const full = Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC', path: '/d/log' })
  expect(failureText(full)).toBe(
    'The disk is full: /d/log cannot be written. Make room, then start it again.',
  )
  const busy = Object.assign(new Error('ENOTEMPTY: x'), { code: 'ENOTEMPTY', path: '/d/postgres' })
  expect(failureText(busy)).toMatch(/^Something else writes into \/d\/postgres\./)
  for (const code of ['EROFS', 'EACCES', 'EPERM', 'ENAMETOOLONG', 'EDQUOT', 'EMFILE']) {
    const error = Object.assign(new Error(`${code}: raw words`), { code, path: '/d' })
    expect(failureText(error)).not.toContain('raw words')
  }
})

test('a disk on which Postgres finds no room is told as that, with what helps', () => {
  for (const reason of [
    'FATAL:  could not write to file "pg_wal/xlogtemp.1": No space left on device',
    'could not extend file "base/16386/2602_vm": wrote only 4096 of 8192 bytes at block 0',
  ]) {
    expect(postgresReason(reason)).toBe(
      `the disk is full (${reason}). Make room, or take another folder: --data <folder>`,
    )
  }
  expect(postgresReason('password authentication failed')).toBe('password authentication failed')
})

test('errors of Berth are said as they are, and bugs with their stack', () => {
  expect(failureText(new BerthError('conflict', 'It is in use.'))).toBe('It is in use.')
  expect(failureText(new TypeError('x is undefined'))).toMatch(/TypeError: x is undefined\n +at /)
  const odd = Object.assign(new Error('EODD: words'), { code: 'EODD' })
  expect(failureText(odd)).toBe('EODD: words')
})

test('a path is refused that is longer than Postgres can take', () => {
  expect(parseFolder(`/${'a'.repeat(folderBytesMax - 1)}`)).toHaveLength(folderBytesMax)
  expect(() => parseFolder(`/${'a'.repeat(folderBytesMax)}`)).toThrow(/at most 512 bytes/)
  expect(() => parseFolder(`/${'é'.repeat(300)}`)).toThrow(/at most 512 bytes/)
})

test('a flag that npm kept is told also where npm passes its value on', async (t) => {
  const env = { npm_lifecycle_event: 'start', npm_config_port: 'true' }
  const up = startProcess(t, process.execPath, [berthFile, 'up', '7500'], { env })
  expect((await up.exited).code).toBe(1)
  const right = 'npm start -- --port <value>'
  const told = `berth: npm has kept --port for itself. Write it behind two dashes: ${right}`
  expect(up.lines).toEqual([told])
})

test('a flag that npm kept for itself is not ignored without a word', () => {
  const env = { npm_lifecycle_event: 'start', npm_config_fresh: 'true' }
  expect(() => refuseFlagsOfNpm(env)).toThrow('Write it behind two dashes: npm start -- --fresh')
  expect(() => refuseFlagsOfNpm({ ...env, npm_config_fresh: undefined })).not.toThrow()
  expect(() => refuseFlagsOfNpm({ ...env, npm_lifecycle_event: 'test' })).not.toThrow()
})
