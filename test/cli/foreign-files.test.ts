/** Files that name processes and folders, and processes and folders that are not ours. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockFolder } from '../../src/cli/local/folder-lock.js'
import { readOwnFile } from '../../src/cli/local/own-files.js'
import { removeSharedHome, sharedHomeOf } from '../../src/cli/local/postgres-account.js'
import { endLeftoverPostgres, workersIn } from '../../src/cli/local/postgres-leftover.js'
import {
  commandOf,
  identify,
  isAlive,
  type ProcessIdentity,
} from '../../src/process/process-table.js'
import { eventually } from '../support/eventually.js'
import type { Owner } from '../support/owner.js'
import { scratchFolder } from '../support/scratch.js'

const isRoot = process.geteuid?.() === 0
const nobody = 65_534

/** A process that only waits, in this folder. */
async function stranger(t: Owner, cwd: string): Promise<ProcessIdentity> {
  const child = spawn('sleep', ['600'], { cwd, stdio: 'ignore' })
  t.onTestFinished(() => void child.kill('SIGKILL'))
  const pid = child.pid!
  await eventually('its start', () => commandOf(pid)[0] === 'sleep')
  return identify(pid)
}

test('whoever works in the data folder and is no Postgres is not ended, named or not', async (t) => {
  const data = scratchFolder(t)
  const named = await stranger(t, data)
  const unnamed = await stranger(t, data)
  const elsewhere = await stranger(t, '/')
  const file = join(data, 'postmaster.pid')
  for (const { pid } of [named, elsewhere]) {
    writeFileSync(file, `${pid}\n${data}\n`)
    expect(workersIn(data)).toEqual([])
    await endLeftoverPostgres(data)
    expect(existsSync(file)).toBe(false)
  }
  expect([named, unnamed, elsewhere].map(isAlive)).toEqual([true, true, true])
})

test('a pid file that is none is not read, and what it leads to stays', async (t) => {
  const scratch = scratchFolder(t)
  const data = join(scratch, 'data')
  mkdirSync(data)
  const other = join(scratch, 'other')
  writeFileSync(other, String(process.pid))
  symlinkSync(other, join(data, 'postmaster.pid'))
  await endLeftoverPostgres(data)
  expect(existsSync(join(data, 'postmaster.pid'))).toBe(false)
  expect(readFileSync(other, 'utf8')).toBe(String(process.pid))
})

test('a lock that says nothing of a process holds nothing', (t) => {
  const folder = scratchFolder(t)
  const told = ['', 'released', '5', 'null', '{}', '{"pid":"1; rm","start":null,"boot":null}']
  told.push(JSON.stringify({ pid: 1, start: {}, boot: null }), 'x'.repeat(10_000))
  told.forEach((text, i) => {
    writeFileSync(join(folder, `lock-${10 * i + 1}`), text, { mode: 0o600 })
    const lock = lockFolder(folder)
    expect(lock.kind).toBe('held')
    if (lock.kind === 'held') lock.release()
  })
})

test("a file of one's own is read, and neither a folder nor a pipe", (t) => {
  const folder = scratchFolder(t)
  const file = join(folder, 'file')
  expect(readOwnFile(file, 10)).toBe(null)
  writeFileSync(file, 'text', { mode: 0o600 })
  expect(readOwnFile(file, 10)).toBe('text')
  expect(() => readOwnFile(file, 3)).toThrow(/has 4 bytes, more than 3/)
  expect(() => readOwnFile(folder, 10)).toThrow(/is no file/)
})

test('what nobody made for a data folder is deleted by nobody, and nothing that it leads to', (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'berth-shared-'))
  t.onTestFinished(() => rmSync(scratch, { recursive: true, force: true }))
  chmodSync(scratch, 0o755)
  const precious = join(scratch, 'precious')
  mkdirSync(precious)
  writeFileSync(join(precious, 'thesis.txt'), 'years of work')
  const shared = join(scratch, 'shared')
  mkdirSync(shared, { mode: 0o755 })
  const own = sharedHomeOf('/data', shared)
  removeSharedHome('/data', shared)
  mkdirSync(join(own, 'postgres', 'base'), { recursive: true })
  symlinkSync(precious, join(own, 'postgres', 'link'))
  symlinkSync(join(precious, 'thesis.txt'), join(own, 'thesis.txt'))
  if (isRoot) {
    // What root made there, nobody cannot delete: it stays, and so does the folder.
    expect(() => removeSharedHome('/data', shared)).toThrow(/no folder of nobody's/)
    for (const name of ['', 'postgres', 'postgres/base']) chownSync(join(own, name), nobody, nobody)
    removeSharedHome('/data', shared)
    expect(existsSync(own)).toBe(false)
  } else expect(() => removeSharedHome('/data', shared)).toThrow(/no folder of nobody's/)
  // A link in its place, or a place where everybody writes.
  rmSync(own, { recursive: true, force: true })
  symlinkSync(precious, own)
  expect(() => removeSharedHome('/data', shared)).toThrow(/no folder of nobody's/)
  chmodSync(shared, 0o777)
  expect(() => removeSharedHome('/data', shared)).toThrow(/can be written by everybody/)
  expect(readFileSync(join(precious, 'thesis.txt'), 'utf8')).toBe('years of work')
})
