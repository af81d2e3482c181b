import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withClient } from '../../src/cli/local/postgres-client.js'
import { childrenOf, sendSignal } from '../../src/process/process-table.js'
import { eventually, untilHttp } from '../support/eventually.js'
import {
  keeperOf,
  lineAfter,
  prepareGround,
  processesOf,
  startUp,
  untilNothingRuns,
} from '../support/local-cluster.js'
import { startProcess } from '../support/process.js'

test("the supervisor's own kill -9 leaves no process, not even one that is stopped", async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, ['--hosts', '2'])
  await up.ready()
  sendSignal(up.pids().get('replica 1')!, 'SIGSTOP')
  up.signal('SIGKILL')
  await untilNothingRuns(ground, 30_000)
  const again = startUp(t, ground, ['--hosts', '0'])
  await again.ready()
  again.signal('SIGINT')
  expect((await again.exited).code).toBe(0)
})

test('kill -9 of the supervisor and its keeper together leaves no process', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, ['--hosts', '1'])
  await up.ready()
  const keeper = keeperOf(up.pid)!
  up.signal('SIGKILL')
  sendSignal(keeper, 'SIGKILL')
  await untilNothingRuns(ground)
})

test('a keeper that is killed is replaced', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, ['--hosts', '1'])
  await up.ready()
  const first = keeperOf(up.pid)!
  sendSignal(first, 'SIGKILL')
  const second = await eventually('another keeper', () => {
    const pid = keeperOf(up.pid)
    return pid !== first && pid
  })
  expect(second).not.toBe(first)
  sendSignal(up.pids().get('replica 2')!, 'SIGSTOP')
  up.signal('SIGKILL')
  await untilNothingRuns(ground, 30_000)
})

test('kill -9 of the supervisor in the middle of a first start leaves no process', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground)
  await eventually('initdb', () => existsSync(join(ground.data, 'postgres.making')))
  up.signal('SIGKILL')
  await untilNothingRuns(ground)
  const next = startUp(t, ground)
  expect((await next.exited).code).toBe(1)
  expect(next.lines).toEqual([
    `berth: ${ground.data} is half-made: the first start on it was cut off. ` +
      'Begin anew with --fresh',
  ])
  const fresh = startUp(t, ground, ['--fresh', '--hosts', '0'])
  await fresh.ready()
  fresh.signal('SIGINT')
  expect((await fresh.exited).code).toBe(0)
})

test('Ctrl-C in the middle of a first start leaves neither process nor folder', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground)
  await eventually('initdb', () => existsSync(join(ground.data, 'postgres.making')))
  up.signal('SIGINT')
  expect((await up.exited).code).toBe(0)
  expect(processesOf(ground)).toEqual([])
  expect(existsSync(ground.data)).toBe(false)
})

test('a Ctrl-C that arrives twice is one; a later one stops at once', async (t) => {
  const ground = await prepareGround(t)
  const env = { STAND_IN_FAULT: 'stubborn' }
  const up = startUp(t, ground, ['--hosts', '0'], { env })
  await up.ready()
  // Two of the same kind at the same instant would be one to the kernel already.
  up.signal('SIGINT')
  up.signal('SIGTERM')
  await up.line(/waiting for the end of replica 2/)
  expect(up.exit).toBeNull()
  up.signal('SIGINT')
  expect((await up.exited).code).toBe(1)
  expect(up.text()).toMatch(/replica 2 \(pid \d+\) had to be killed/)
  expect(processesOf(ground)).toEqual([])
})

test('npm start passes signals on, and ends with npm when npm is killed', async (t) => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
    const ground = await prepareGround(t)
    // What package.json does: npm runs a shell that becomes the program.
    const folder = join(ground.data, '..')
    const { scripts } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    )
    const standIn = new URL('../support/stand-ins/up.mjs', import.meta.url).pathname
    const start = String(scripts.start).replace('bin/berth.cjs', standIn)
    expect(start).toBe(`exec node ${standIn} up`)
    const flags = `--hosts 0 --data ${ground.data} --port ${ground.port}`
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'x', private: true, scripts: { start: `${start} ${flags}` } }),
    )
    const npm = startProcess(t, 'npm', ['start', '--no-update-notifier'], { cwd: folder })
    await npm.line('Ctrl-C stops all of it.', 60_000)
    npm.signal(signal)
    await npm.exited
    await untilNothingRuns(ground)
  }
})

test('what is killed stays dead, and the line that is printed starts it again', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, ['--hosts', '1'])
  await up.ready()
  const { port } = ground
  for (const [name, url] of [
    ['replica 2', `http://127.0.0.1:${port + 1}/readyz`],
    ['host 1', `http://127.0.0.1:${port + 50}/state`],
  ] as const) {
    const pid = up.pids().get(name)!
    sendSignal(pid, 'SIGKILL')
    await up.line(`${name} (pid ${pid}) was ended by the signal SIGKILL. This starts it again:`)
    const command = await lineAfter(up, `${name} (pid ${pid})`)
    const again = startProcess(t, '/bin/sh', ['-c', `cd / && ${command}`])
    await untilHttp(url)
    // The shell waits for what was pasted.
    for (const pasted of childrenOf(again.pid)) sendSignal(pasted, 'SIGTERM')
    expect((await again.exited).code).toBe(0)
  }
  up.signal('SIGINT')
  expect((await up.exited).code).toBe(0)
})

test('a Postgres or NATS that is killed is started again by the printed line', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, ['--hosts', '0'])
  await up.ready()
  for (const name of ['Postgres', 'nats-server']) {
    const pid = up.pids().get(name)!
    sendSignal(pid, 'SIGKILL')
    const command = await lineAfter(up, `${name} (pid ${pid})`)
    startProcess(t, '/bin/sh', ['-c', `cd / && exec ${command}`])
  }
  const { port, data } = ground
  const password = readFileSync(join(data, 'pgpass'), 'utf8').trim().split(':').at(-1)!
  const url = `postgres://berth:${password}@127.0.0.1:${port + 32}/berth_1`
  const rows = await eventually('Postgres', () =>
    withClient(
      url,
      async (client) => (await client.query('select count(*)::int n from start')).rows,
    ),
  )
  expect(rows).toEqual([{ n: 1 }])
  up.signal('SIGINT')
  expect((await up.exited).code).toBe(0)
})
