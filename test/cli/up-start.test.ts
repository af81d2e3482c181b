import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandOf, identify, isAlive, sendSignal } from '../../src/process/process-table.js'
import { createDatabase } from '../support/database.js'
import { untilHttp } from '../support/eventually.js'
import {
  about,
  lineAfter,
  prepareGround,
  processesOf,
  small,
  startUp,
  untilNothingRuns,
} from '../support/local-cluster.js'
import { natsUrl } from '../support/nats.js'
import { startOwnNats } from '../support/own-nats.js'
import { startProcess } from '../support/process.js'
import { berthFile } from '../support/program.js'

test('up starts Postgres, NATS, three replicas and five hosts, and says what runs where', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground)
  await up.ready()
  const pids = up.pids()
  expect([...pids.keys()].sort()).toEqual([
    ...['Postgres', 'host 1', 'host 2', 'host 3', 'host 4', 'host 5'],
    ...['nats-server', 'replica 1', 'replica 2', 'replica 3'],
  ])
  for (const pid of pids.values()) expect(isAlive(identify(pid))).toBe(true)
  const { port } = ground
  for (const address of [port, port + 1, port + 2]) {
    expect(await about(`127.0.0.1:${address}`)).toMatchObject({ role: 'replica', starts: 1 })
  }
  const hosts = await Promise.all([50, 51, 52, 53, 54].map((i) => about(`127.0.0.1:${port + i}`)))
  const types = new Set(hosts.flatMap(({ types }) => String(types).split(',')))
  expect(types.size).toBe(3)
  const firsts = new Set(hosts.map(({ replicas }) => String(replicas).split(',')[0]))
  expect(firsts.size).toBe(3)
  expect(up.text()).toMatch(/Try:\n( {2}\S.*\n){4}/)
  up.signal('SIGINT')
  expect(await up.exited).toEqual({ code: 0, signal: null })
  expect(processesOf(ground)).toEqual([])
})

test('each replica gets its own database, its peers, NATS and a password file', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, ['--hosts', '0'])
  await up.ready()
  const { port, data } = ground
  expect(await about(`127.0.0.1:${port + 2}`)).toMatchObject({
    id: '3',
    cluster: 'local',
    listen: `127.0.0.1:${port + 2}`,
    'peer-listen': `127.0.0.1:${port + 12}`,
    peers: `1=127.0.0.1:${port + 10},2=127.0.0.1:${port + 11},3=127.0.0.1:${port + 12}`,
    'postgres-url': `postgres://berth@127.0.0.1:${port + 32}/berth_3`,
    'nats-url': `nats://127.0.0.1:${port + 22}`,
  })
  const password = readFileSync(join(data, 'pgpass'), 'utf8').trim().split(':').at(-1)!
  for (const pid of processesOf(ground)) {
    expect(commandOf(pid).join(' ')).not.toContain(password)
  }
  up.signal('SIGTERM')
  expect((await up.exited).code).toBe(0)
})

test('a second start goes on with the same databases, and --fresh begins anew', async (t) => {
  const ground = await prepareGround(t)
  const startsOf = async (flags: readonly string[]) => {
    const up = startUp(t, ground, ['--hosts', '1', ...flags])
    await up.ready()
    const { starts } = await about(`127.0.0.1:${ground.port}`)
    const replicas = [...up.pids().keys()].filter((name) => name.startsWith('replica')).length
    up.signal('SIGINT')
    expect((await up.exited).code).toBe(0)
    return { starts, replicas }
  }
  expect(await startsOf(['--replicas', '1'])).toEqual({ starts: 1, replicas: 1 })
  expect(await startsOf([])).toEqual({ starts: 2, replicas: 1 })
  expect(await startsOf(['--fresh'])).toEqual({ starts: 1, replicas: 3 })
})

test('a start after kill -9 of everything goes on with the same databases', async (t) => {
  const ground = await prepareGround(t)
  const first = startUp(t, ground, small)
  await first.ready()
  first.signal('SIGKILL')
  for (const pid of processesOf(ground)) sendSignal(pid, 'SIGKILL')
  await untilNothingRuns(ground)
  const second = startUp(t, ground, small)
  await second.ready()
  expect(await about(`127.0.0.1:${ground.port}`)).toMatchObject({ starts: 2 })
  second.signal('SIGINT')
  expect((await second.exited).code).toBe(0)
})

test('a Postgres and a NATS of the user are used, and their databases are dropped by --fresh', async (t) => {
  const ground = await prepareGround(t)
  const database = await createDatabase()
  const flags = ['--hosts', '1', '--postgres-url', database.url, '--nats-url', natsUrl()]
  const named = () =>
    database.query<{ datname: string }>("select datname from pg_database where datname ~ '^berth_'")
  t.onTestFinished(async () => {
    for (const { datname } of await named()) await database.query(`drop database "${datname}"`)
  })
  const up = startUp(t, ground, flags)
  await up.ready()
  expect([...up.pids().keys()].sort()).toEqual(['host 1', 'replica 1', 'replica 2', 'replica 3'])
  const first = await named()
  expect(first).toHaveLength(3)
  up.signal('SIGINT')
  expect((await up.exited).code).toBe(0)
  const fresh = startUp(t, ground, [...flags, '--fresh', '--replicas', '1'])
  await fresh.ready()
  const second = await named()
  expect(second).toHaveLength(1)
  expect(first).not.toContainEqual(second[0])
  fresh.signal('SIGINT')
  expect((await fresh.exited).code).toBe(0)
})

test('a NATS with a login is used, and neither output nor command lines show it', async (t) => {
  const ground = await prepareGround(t)
  const login = 'someone:Sup3rS3cret%2F'
  const nats = await startOwnNats(t, 'authorization { user: someone, password: "Sup3rS3cret/" }')
  const url = nats.url.replace('://', `://${login}@`)
  const up = startUp(t, ground, [...small, '--nats-url', url], {}, berthFile)
  await up.ready()
  const seen = () => [...processesOf(ground), up.pid].map((pid) => commandOf(pid).join(' '))
  expect(seen().length).toBeGreaterThan(2)
  expect(commandOf(up.pid)).toEqual(['berth up'])
  // What it prints when a replica ends starts that replica again, login and all.
  const pid = up.pids().get('replica 1')!
  sendSignal(pid, 'SIGKILL')
  const line = await lineAfter(up, `replica 1 (pid ${pid})`)
  expect(line).toContain('BERTH_NATS_URL="$(cat ')
  const again = startProcess(t, '/bin/sh', ['-c', line])
  await again.line(/Connected to NATS/, 120_000)
  await untilHttp(`http://127.0.0.1:${ground.port}/readyz`, 200, 120_000)
  for (const text of [up.text(), ...again.lines, ...seen()]) {
    expect(text).not.toContain('Sup3rS3cret')
    expect(text).not.toContain('someone')
  }
  up.signal('SIGINT')
  await up.exited
})
