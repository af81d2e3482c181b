import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { contentsOf, prepareGround, processesOf, startUp } from '../support/local-cluster.js'
import { pathWithoutNats } from '../support/no-nats.js'
import { berth } from '../support/program.js'

test('a replica that ends during the start ends the start, with its last words', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, [], { env: { STAND_IN_FAULT: 'fails' } })
  expect((await up.exited).code).toBe(1)
  expect(up.lines.at(-1)).toMatch(
    /^berth: replica 2 ended with exit code 7: stand-in: this one was told to fail \(log: \S+\)$/,
  )
  expect(processesOf(ground)).toEqual([])
})

test('a taken port is named with what to do, and nothing is touched', async (t) => {
  const ground = await prepareGround(t)
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(ground.port + 11, '127.0.0.1', resolve))
  t.onTestFinished(() => void server.close())
  const up = startUp(t, ground)
  expect((await up.exited).code).toBe(1)
  expect(up.lines).toHaveLength(1)
  const [line = ''] = up.lines
  expect(line).toContain(`berth: Port ${ground.port + 11} (peers of replica 2) is taken`)
  expect(line).toContain(`by process ${process.pid} (`)
  expect(line).toContain(`or take others: --port ${ground.port + 100}`)
  expect(existsSync(ground.data)).toBe(false)
})

test('a folder that is not of Berth is left alone, also by --fresh', async (t) => {
  const ground = await prepareGround(t)
  mkdirSync(ground.data)
  writeFileSync(join(ground.data, 'thesis.txt'), 'years of work')
  for (const flags of [[], ['--fresh']]) {
    const up = startUp(t, ground, flags)
    expect((await up.exited).code).toBe(1)
    expect(up.lines).toHaveLength(1)
    expect(up.lines[0]).toMatch(/was not made by Berth .* left alone.*--data/)
  }
  expect(contentsOf(ground.data)).toEqual({ [join(ground.data, 'thesis.txt')]: 'years of work' })
})

test('a folder that cannot be made, or to which no path leads, is told in one line', async (t) => {
  const ground = await prepareGround(t)
  writeFileSync(ground.data, '')
  for (const [data, reason] of [
    ['/proc/none/data', '/proc/none is not there, and cannot be made.'],
    [join(ground.data, 'data'), `${ground.data}/data leads through something that is no folder.`],
    [ground.data, `${ground.data} is not a folder.`],
    [`/${'a'.repeat(1_000)}`, 'Its whole path must have at most 512 bytes.'],
  ] as const) {
    const up = startUp(t, { ...ground, data })
    expect((await up.exited).code).toBe(1)
    expect(up.lines).toHaveLength(1)
    expect(up.lines[0]).toContain(reason)
    expect(up.lines[0]).toContain('--data <folder>')
  }
})

test('a folder in use, of another layout, damaged or made otherwise is refused in one line', async (t) => {
  const ground = await prepareGround(t)
  const up = startUp(t, ground, ['--hosts', '0', '--replicas', '1'])
  await up.ready()
  const refusal = async (flags: readonly string[] = []) => {
    const next = startUp(t, ground, ['--hosts', '0', ...flags])
    expect((await next.exited).code).toBe(1)
    expect(next.lines).toHaveLength(1)
    return next.lines[0]
  }
  expect(await refusal()).toContain(`is in use by another \`berth up\` (process ${up.pid})`)
  expect(await refusal(['--fresh'])).toContain('is in use by another')
  up.signal('SIGINT')
  await up.exited
  expect(await refusal(['--replicas', '3'])).toMatch(/1 replicas, not 3.*--replicas 1.*--fresh$/)
  expect(await refusal(['--postgres-url', 'postgres://x@127.0.0.1:1/x'])).toMatch(/--postgres-url/)
  const mark = join(ground.data, 'berth.json')
  const good = readFileSync(mark, 'utf8')
  writeFileSync(mark, good.replace('"layout": 1', '"layout": 2'))
  expect(await refusal()).toMatch(/has layout 2, this Berth knows layout 1/)
  writeFileSync(mark, good.slice(0, 40))
  expect(await refusal(['--fresh'])).toMatch(/damaged/)
  writeFileSync(mark, good)
  rmSync(join(ground.data, 'postgres', 'PG_VERSION'))
  expect(await refusal()).toMatch(/half-made: \S+PG_VERSION is missing.*--fresh$/)
  expect(processesOf(ground)).toEqual([])
  writeFileSync(join(ground.data, 'postgres', 'PG_VERSION'), '9.6\n')
  const old = startUp(t, ground, ['--hosts', '0'])
  expect((await old.exited).code).toBe(1)
  expect(old.lines.at(-1)).toMatch(/^berth: Postgres ended with exit code 1: .*\(log: /)
  expect(processesOf(ground)).toEqual([])
})

test('a server that does not answer where the user said is told in one line', async (t) => {
  const ground = await prepareGround(t)
  const nats = startUp(t, ground, ['--nats-url', `nats://127.0.0.1:${ground.port}`])
  expect((await nats.exited).code).toBe(1)
  expect(nats.lines.at(-1)).toMatch(/^berth: No NATS server answers at 127.0.0.1:\d+: .*REFUSED/)
  const postgres = startUp(t, ground, ['--postgres-url', `postgres://x@127.0.0.1:${ground.port}/x`])
  expect((await postgres.exited).code).toBe(1)
  expect(postgres.lines.at(-1)).toMatch(/^berth: Postgres: .*cannot be made: .*REFUSED/)
  expect(processesOf(ground)).toEqual([])
  expect(existsSync(ground.data)).toBe(false)
})

test('a missing nats-server is told in one line, and nothing stays', async (t) => {
  const ground = await prepareGround(t)
  const PATH = pathWithoutNats(join(ground.data, '..'))
  const env = { PATH, XDG_CACHE_HOME: '/proc/no-cache' }
  const up = startUp(t, ground, [], { env })
  expect((await up.exited).code).toBe(1)
  expect(up.lines.at(-1)).toMatch(/^berth: .*nats-server.*Run: .*--nats-url/)
  expect(processesOf(ground)).toEqual([])
  expect(existsSync(ground.data)).toBe(false)
})

test('a bad flag is refused in one line before anything is started', async (t) => {
  for (const [flag, value, reason] of [
    ['--replicas', '2', 'must be 1, 3, 5 or 7'],
    ['--hosts', '21', 'from 0 to 20'],
    ['--port', '80', 'from 1024 to 65000'],
    ['--port', '7400x', 'from 1024 to 65000'],
    ['--nats-url', 'http://127.0.0.1', 'must have the form nats://'],
    ['--postgres-url', 'mysql://x', 'must have the form postgres://'],
    ['--no-such-flag', '1', 'unknown option'],
  ] as const) {
    const up = berth(t, ['up', flag, value], { cwd: '/' })
    expect((await up.exited).code).toBe(1)
    expect(up.lines).toHaveLength(1)
    expect(up.lines[0]).toContain(reason)
  }
})
