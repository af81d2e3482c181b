import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withClient, workersIn } from '../../src/cli/servers/postgres-server.js'
import { childrenOf, sendSignal, stateOf } from '../../src/process/process-table.js'
import { eventually, untilHttp } from '../support/eventually.js'
import {
  keeperOf,
  lineAfter,
  prepareGround,
  readyDeadlineMs,
  small,
  startUp,
  stoppedInInitdb,
  untilNothingRuns,
} from '../support/local-cluster.js'
import { startProcess, type TestProcess } from '../support/process.js'

test("the supervisor's own kill -9 leaves no process, not even one that is stopped", async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, small)
  await up.ready()
  sendSignal(up.pids().get('replica 1')!, 'SIGSTOP')
  up.signal('SIGKILL')
  await untilNothingRuns(ground)
  const again = startUp(t, ground, small)
  await again.ready()
  again.signal('SIGINT')
  expect((await again.exited).code).toBe(0)
})

test('kill -9 of the supervisor and its keeper together leaves no process', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, small)
  await up.ready()
  const keeper = keeperOf(up.pid)!
  up.signal('SIGKILL')
  sendSignal(keeper, 'SIGKILL')
  await untilNothingRuns(ground)
})

test('a keeper that is killed is replaced', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, small)
  await up.ready()
  const first = keeperOf(up.pid)!
  sendSignal(first, 'SIGKILL')
  const second = await eventually('another keeper', () => {
    const pid = keeperOf(up.pid)
    return pid !== first && pid
  })
  expect(second).not.toBe(first)
  // It is told whom to watch in the turn that started it, so before the supervisor rests again.
  await eventually('it to be told', () => stateOf(up.pid) === 'S')
  sendSignal(up.pids().get('replica 1')!, 'SIGSTOP')
  up.signal('SIGKILL')
  await untilNothingRuns(ground)
})

test('kill -9 of the supervisor in the middle of a first start leaves no process', async (t) => {
  const ground = await prepareGround(t)
  const up = await stoppedInInitdb(t, ground)
  up.signal('SIGKILL')
  await untilNothingRuns(ground)
  const next = startUp(t, ground)
  expect((await next.exited).code).toBe(1)
  expect(next.lines).toEqual([
    `berth: ${ground.data} is half-made: the first start on it was cut off. ` +
      'Begin anew with --fresh',
  ])
  const fresh = startUp(t, ground, ['--fresh', ...small])
  await fresh.ready()
  fresh.signal('SIGINT')
  expect((await fresh.exited).code).toBe(0)
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
    const flags = `${small.join(' ')} --data ${ground.data} --port ${ground.port}`
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'x', private: true, scripts: { start: `${start} ${flags}` } }),
    )
    const npm = startProcess(t, 'npm', ['start', '--no-update-notifier'], { cwd: folder })
    await npm.line('Ctrl-C stops all of it.', readyDeadlineMs)
    npm.signal(signal)
    await npm.exited
    await untilNothingRuns(ground)
  }
})

test('what is killed stays dead, and the line that is printed starts it again', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, small)
  await up.ready()
  const { port } = ground
  const pasted: TestProcess[] = []
  for (const [name, url] of [
    ['replica 1', `http://127.0.0.1:${port}/readyz`],
    ['host 1', `http://127.0.0.1:${port + 50}/state`],
  ] as const) {
    const pid = up.pids().get(name)!
    sendSignal(pid, 'SIGKILL')
    await up.line(`${name} (pid ${pid}) was ended by the signal SIGKILL. This starts it again:`)
    const command = await lineAfter(up, `${name} (pid ${pid})`)
    const again = startProcess(t, '/bin/sh', ['-c', `cd / && ${command}`])
    await untilHttp(url)
    pasted.push(again)
  }
  const note = 'What you start with it is yours to end: Ctrl-C here leaves it running.'
  expect(up.lines.filter((line) => line === note)).toHaveLength(2)
  // What was pasted belongs to the shell that it was pasted into, not to the supervisor.
  up.signal('SIGINT')
  expect((await up.exited).code).toBe(0)
  const [replica, host] = pasted.map((shell) => childrenOf(shell.pid)[0])
  const left = `kill ${replica} ${host}`
  expect(up.lines.at(-1)).toBe(
    `All that was started here has ended. What you started again runs on: ${left}`,
  )
  const next = startUp(t, ground, small)
  expect((await next.exited).code).toBe(1)
  expect(next.lines).toHaveLength(1)
  expect(next.lines[0]).toMatch(
    new RegExp(
      `^berth: Port ${port} .*by process ${replica} .*left over from this folder: ${left}$`,
    ),
  )
  for (const shell of pasted) {
    expect(shell.exit).toBeNull()
    for (const child of childrenOf(shell.pid)) sendSignal(child, 'SIGTERM')
    expect((await shell.exited).code).toBe(0)
  }
})

test('a Postgres or NATS that is killed is started again by the printed line', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, small)
  await up.ready()
  const pasted: TestProcess[] = []
  for (const name of ['Postgres', 'nats-server']) {
    const pid = up.pids().get(name)!
    sendSignal(pid, 'SIGKILL')
    const command = await lineAfter(up, `${name} (pid ${pid})`)
    // Postgres refuses to start beside children of the one that was killed.
    if (name === 'Postgres') {
      const folder = realpathSync(join(ground.data, 'postgres'))
      await eventually('the end of its children', () => workersIn(folder).length === 0)
    }
    pasted.push(startProcess(t, '/bin/sh', ['-c', `cd / && exec env ${command}`]))
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
  const [postgres, nats] = pasted.map(({ pid }) => pid)
  expect(up.lines.at(-1)).toContain(`What you started again runs on: kill ${nats} ${postgres}`)
})
