import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { Keeper } from '../../src/cli/servers/keeper.js'
import { findPostgresBinaries, preparePostgresHome } from '../../src/cli/servers/postgres-home.js'
import {
  dataFolderOf,
  hasPostgresData,
  initPostgres,
  startPostgres,
  withClient,
  workersIn,
} from '../../src/cli/servers/postgres-server.js'
import { createDatabase } from '../support/database.js'
import { eventually } from '../support/eventually.js'
import { startOwnPostgres } from '../support/own-postgres.js'
import { freePort } from '../support/ports.js'
import { scratchFolder } from '../support/scratch.js'

test('the embedded Postgres syncs to disk, asks for the password and is reached by loopback only', async () => {
  const database = await createDatabase()
  const [row] = await database.query(
    `select current_setting('fsync') fsync, current_setting('synchronous_commit') sync,
       current_setting('listen_addresses') listens,
       current_setting('unix_socket_directories') sockets,
       current_setting('server_encoding') encoding`,
  )
  expect(row).toEqual({
    ...{ fsync: 'on', sync: 'on', listens: '127.0.0.1', sockets: '', encoding: 'UTF8' },
  })
  const wrong = new URL(database.url)
  wrong.password = 'wrong'
  await expect(withClient(wrong.href, (client) => client.query('select 1'))).rejects.toMatchObject({
    code: '28P01',
  })
})

test('making a data folder leaves no file with the password', async (t) => {
  const folder = scratchFolder(t)
  const home = preparePostgresHome(findPostgresBinaries(), join(folder, 'home'))
  await initPostgres(home, 'a-password-to-search-for')
  const files = readdirSync(home.folder, { recursive: true, withFileTypes: true })
  const holding = files
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .filter((file) => readFileSync(file).includes('a-password-to-search-for'))
  expect(holding).toEqual([])
  expect(hasPostgresData(home)).toBe(true)
})

test('a data folder that cannot be made gives the reason and leaves nothing', async (t) => {
  const folder = scratchFolder(t)
  const home = preparePostgresHome(findPostgresBinaries(), join(folder, 'home'))
  const broken = { ...home, binaries: { ...home.binaries, folder: '/nowhere' } }
  await expect(initPostgres(broken, 'secret')).rejects.toThrow(/cannot be made: .*nowhere/)
  expect(readdirSync(home.folder)).toEqual([])
})

test('what was committed before a kill -9 is there after the next start', async (t) => {
  const server = await startOwnPostgres(t)
  const database = await server.database('kept')
  await database.query('create table kept (n int)')
  await database.query('insert into kept values (42)')
  await server.kill()
  await server.start()
  expect(await database.query('select n from kept')).toEqual([{ n: 42 }])
})

test('a stale postmaster.pid that names a living stranger does not stop a start', async (t) => {
  const server = await startOwnPostgres(t)
  await server.kill()
  const file = join(server.dataFolder, 'postmaster.pid')
  const lines = readFileSync(file, 'utf8').split('\n')
  const stranger = spawn('sleep', ['60'])
  t.onTestFinished(() => void stranger.kill('SIGKILL'))
  writeFileSync(file, [stranger.pid, ...lines.slice(1)].join('\n'))
  await server.start()
  expect(stranger.exitCode).toBeNull()
  expect(stranger.signalCode).toBeNull()
})

test('a server that an earlier run left behind is ended before the next one starts', async (t) => {
  const folder = scratchFolder(t)
  const home = preparePostgresHome(findPostgresBinaries(), join(folder, 'home'))
  const keeper = new Keeper()
  await initPostgres(home, 'secret')
  const base = { home, password: 'secret', keeper, logFile: join(folder, 'postgres.log') }
  const left = await startPostgres({ ...base, port: await freePort() })
  const next = await startPostgres({ ...base, port: await freePort() })
  t.onTestFinished(() => next.child.stop().then(() => keeper.close()))
  expect(await left.child.exited).toEqual({ code: 0, signal: null })
  expect(workersIn(dataFolderOf(home))).toContain(next.child.pid)
})

test('a port that another server has is named by the failed start', async (t) => {
  const server = await startOwnPostgres(t)
  const folder = scratchFolder(t)
  const home = preparePostgresHome(findPostgresBinaries(), join(folder, 'home'))
  const keeper = new Keeper()
  await initPostgres(home, 'secret')
  const start = startPostgres({
    ...{ home, password: 'secret', keeper, port: server.port },
    logFile: join(folder, 'postgres.log'),
  })
  await expect(start).rejects.toThrow(/Postgres ended with exit code 1: .*TCP.*\(log: /)
  await eventually('no process left', () => workersIn(dataFolderOf(home)).length === 0)
  await keeper.close()
})

test('a frozen server answers nobody, and goes on when it is thawed', async (t) => {
  const server = await startOwnPostgres(t)
  const database = await server.database('frozen')
  await server.freeze()
  const client = new pg.Client({ connectionString: database.url, connectionTimeoutMillis: 500 })
  client.on('error', () => {})
  await expect(client.connect()).rejects.toThrow('timeout expired')
  server.thaw()
  expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
})

test('root runs it in a user namespace, or else as nobody; others run it as they are', async (t) => {
  const folder = scratchFolder(t)
  const keeper = new Keeper()
  const binaries = findPostgresBinaries()
  const root = process.getuid?.() === 0
  const ways = root ? ([undefined, 'nobody'] as const) : ([undefined] as const)
  // `nobody` must be able to walk down to its files.
  const shared = mkdtempSync(join(tmpdir(), 'berth-shared-'))
  t.onTestFinished(() => rmSync(shared, { recursive: true, force: true }))
  for (const kind of ways) {
    const choice = kind === undefined ? undefined : { kind, shared }
    const home = preparePostgresHome(binaries, join(folder, kind ?? 'chosen'), choice)
    await initPostgres(home, 'secret')
    const server = await startPostgres({
      ...{ home, password: 'secret', keeper, port: await freePort() },
      logFile: join(folder, 'postgres.log'),
    })
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8')
    const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1])
    const capabilities = /^CapEff:\s+(\w+)/m.exec(status)?.[1]
    expect(await server.child.stop()).toBe(true)
    expect(capabilities).toBe('0000000000000000')
    expect(uid).toBe(home.account.kind === 'nobody' ? home.account.uid : process.getuid?.())
    if (kind !== undefined) expect(home.account.kind).toBe(kind)
  }
  await keeper.close()
})
