import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readPassword, writePasswordFile } from '../../src/cli/local/backing.js'
import { commandLine } from '../../src/cli/servers/command.js'
import { writeOwnFile } from '../../src/cli/servers/own-files.js'
import { scratchFolder } from '../support/scratch.js'

test('a command line gives a shell the very same words and variables', () => {
  const words = ['plain', 'two words', "it's", '$HOME', '`id`', 'a"b', 'x;y', '*', '', 'ä', 'a\\b']
  const print = 'console.log(JSON.stringify([process.env.BERTH_TRY, ...process.argv.slice(1)]))'
  const line = commandLine({
    file: process.execPath,
    args: ['-e', print, '--', ...words],
    env: { BERTH_TRY: "it's $HOME" },
  })
  const seen = JSON.parse(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' }))
  expect(seen).toEqual(["it's $HOME", ...words])
})

test('a secret stands in a file, and the line that is shown reads it from there', (t) => {
  const file = join(scratchFolder(t), "a file's name")
  const secret = 'nats://user:p$a`s"s@h'
  writeOwnFile(file, `${secret}\n`)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const args = ['-e', 'console.log(process.env.BERTH_TRY)']
  const line = commandLine({ file: process.execPath, args, envFiles: { BERTH_TRY: file } })
  expect(line).not.toContain('user')
  expect(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' })).toBe(`${secret}\n`)
})

test('a command that runs as another user says so', () => {
  const line = commandLine({ file: '/x/postgres', args: ['-D', '/y'], uid: 65534, gid: 65534 })
  expect(line).toBe('setpriv --reuid=65534 --regid=65534 --clear-groups /x/postgres -D /y')
})

test('a password is kept for its user alone, whatever it is made of', (t) => {
  const file = join(scratchFolder(t), 'pgpass')
  const login = { host: '127.0.0.1', port: 7432, user: 'berth' }
  for (const password of ['simple', 'a:b', 'a\\b:c\\\\', 'ends with \\', 'ä ö']) {
    writePasswordFile(file, { ...login, password })
    expect(readPassword(file)).toBe(password)
  }
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readPassword(`${file}.missing`)).toBeNull()
})
