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
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { lockFolder } from '../../src/cli/local/folder-lock.js'
import { rotateLog, startChild } from '../../src/cli/servers/child.js'
import { Keeper } from '../../src/cli/servers/keeper.js'
import { makeOwnFolder, readOwnFile, writeOwnFile } from '../../src/cli/servers/own-files.js'
import { removeSharedHome, sharedHomeOf } from '../../src/cli/servers/postgres-home.js'
import { endLeftoverPostgres, workersIn } from '../../src/cli/servers/postgres-server.js'
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
    const name = join(folder, `lock-${10 * i + 5}`)
    if (text === '' || text.length > 4_000) writeFileSync(name, text, { mode: 0o600 })
    else symlinkSync(text, name)
    const lock = lockFolder(folder)
    expect(lock.kind).toBe('held')
    if (lock.kind === 'held') lock.release()
  })
})

test('a lock that somebody else can have made holds nothing', (t) => {
  const folder = scratchFolder(t)
  expect(lockFolder(folder).kind).toBe('held')
  expect(lockFolder(folder).kind).toBe('taken')
  const uid = process.geteuid!()
  const asked = vi.spyOn(process, 'geteuid').mockReturnValue(uid + 1)
  t.onTestFinished(() => asked.mockRestore())
  expect(lockFolder(folder).kind).toBe('held')
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

test('a file is written anew, and not through what has its name', (t) => {
  const folder = scratchFolder(t)
  const precious = join(folder, 'precious')
  writeFileSync(precious, 'years of work', { mode: 0o644 })
  const file = join(folder, 'file')
  symlinkSync(precious, file)
  for (const text of ['one', 'two']) {
    writeOwnFile(file, text)
    expect(readOwnFile(file, 10)).toBe(text)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  }
  expect(readFileSync(precious, 'utf8')).toBe('years of work')
  mkdirSync(join(folder, 'inner'))
  expect(() => writeOwnFile(join(folder, 'inner'), '')).toThrow(/inner is no file/)
})

test('logs go into a folder that nobody else can write to, and through no link', async (t) => {
  const folder = scratchFolder(t)
  const log = join(folder, 'log')
  symlinkSync(scratchFolder(t), log)
  expect(() => makeOwnFolder(log)).toThrow(/log is a symbolic link/)
  rmSync(log)
  makeOwnFolder(log)
  makeOwnFolder(log)
  expect(statSync(log).mode & 0o777).toBe(0o700)
  chmodSync(log, 0o770)
  expect(() => makeOwnFolder(log)).toThrow(/log can be written by its group/)
  const victim = join(folder, 'victim')
  const logFile = join(folder, 'host.log')
  symlinkSync(victim, logFile)
  const keeper = new Keeper()
  t.onTestFinished(() => keeper.close())
  const command = { file: 'echo', args: ['hello'] }
  const options = { name: 'host', command, logFile, keeper, steps: [] }
  await expect(startChild({ ...options, onOwnerGone: 'lifeline' })).rejects.toThrow(/ELOOP/)
  expect(existsSync(victim)).toBe(false)
  rotateLog(logFile)
  await (await startChild({ ...options, onOwnerGone: 'lifeline' })).exited
  expect(existsSync(victim)).toBe(false)
  expect(readFileSync(logFile, 'utf8')).toBe('hello\n')
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
