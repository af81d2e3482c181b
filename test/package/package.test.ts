/**
 * The package as users get it: packed, unpacked in an empty project, used from JavaScript and from
 * TypeScript against a cluster that runs.
 *
 * Its dependencies are not fetched, so that the tests need no registry: each package that its
 * manifest names is linked into the project, and no other. An import that the manifest does not
 * name fails here as it would at a user's.
 */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { createDatabase } from '../support/database.js'
import { readyDeadlineMs } from '../support/local-cluster.js'
import { fileOwner } from '../support/owner.js'
import { freePort, freePorts } from '../support/ports.js'
import { startProcess, type TestProcess } from '../support/process.js'
import { berth, root } from '../support/program.js'
import { scratchFolder } from '../support/scratch.js'

const owner = fileOwner()
const folder = scratchFolder(owner)
const project = join(folder, 'project')
const installed = join(project, 'node_modules/berth')
const cluster = { port: 0 }

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
}

beforeAll(async () => {
  cluster.port = await freePorts(70)
  const up = startCluster(cluster.port)
  install()
  await up.line('Ctrl-C stops all of it.', readyDeadlineMs)
})

function startCluster(port: number): TestProcess {
  const data = join(folder, 'data')
  const up = berth(owner, [
    ...['up', '--data', data, '--port', String(port), '--replicas', '1', '--hosts', '1'],
  ])
  owner.onTestFinished(async () => {
    up.signal('SIGTERM')
    await up.exited
  })
  return up
}

/** What `npm install berth-x.y.z.tgz` does, with linked dependencies. */
function install(): void {
  mkdirSync(installed, { recursive: true })
  run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], root)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!
  run('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components=1'], folder)
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest
  for (const name of Object.keys(manifest.dependencies)) link(name)
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }')
}

function link(name: string): void {
  const place = join(project, 'node_modules', name)
  if (existsSync(place)) return
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(join(root, 'node_modules', name), place)
}

function run(file: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(file, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

/** Runs a program of the project to its end. @returns its lines */
async function runProgram(
  file: string,
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Promise<string[]> {
  const options = { cwd: project, env }
  const program = startProcess({ onTestFinished }, process.execPath, [file, ...args], options)
  const { code } = await program.exited
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${program.lines.join('\n')}`)
  return [...program.lines]
}

/** The addresses of `npm start` on another base port. */
function onPorts(text: string, base: number): string {
  return text.replaceAll(/127\.0\.0\.1:740(\d)/g, (_all, i) => `127.0.0.1:${base + Number(i)}`)
}

function write(file: string, text: string): string {
  writeFileSync(join(project, file), text)
  return file
}

test('the package holds the program and its contracts, and nothing of the workshop', () => {
  const documents = /\.md$/
  const names = readdirSync(installed).filter((name) => !documents.test(name))
  expect(names.sort()).toEqual([
    ...['LICENSE', 'asyncapi.yaml', 'bin', 'dist', 'migrations', 'openapi.yaml', 'package.json'],
    'sidecar.openapi.yaml',
  ])
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' })
  expect(
    files.filter((file) => /\.test\.|(^|\/)(src|test|scripts|\.berth)(\/|$)/.test(file)),
  ).toEqual([])
  expect(files).toContain('dist/sidecar/index.d.ts')
  expect(files).toContain('dist/raft/core/index.d.ts')
  expect(files).toContain('dist/frameworks/fastify.d.ts')
  expect(files).toContain('dist/frameworks/express.d.ts')
})

test('what is built already is left alone when npm prepares the package', () => {
  const built = () => statSync(`${root}dist`).ino
  const before = built()
  run('npm', ['run', 'prepare'], root)
  expect(built()).toBe(before)
})

test('the example of the README is short and runs as it stands, told of other ports', async () => {
  const text = readFileSync(`${root}examples/sidecar.mjs`, 'utf8')
  expect(text.trimEnd().split('\n').length).toBe(16)
  const file = write('example.mjs', text)
  const said = (await runProgram(file, {}, [`ws://127.0.0.1:${cluster.port}`])).join('\n')
  expect(said).toMatch(/host: '127\.0\.0\.1:\d+', appId: '\w+', generation: \d+/)
  expect(said).toMatch(/^runs [1-9]\d? of 100 orders; token [1-9]\d*$/m)
  expect(said).toMatch(/^let go of \[ 'Order' \]$/m)
  expect(said).not.toContain('stop everything')
})

test('without a cluster the example of the README ends with one line, and no stack', async () => {
  const text = readFileSync(`${root}examples/sidecar.mjs`, 'utf8').replace('10_000', '1_500')
  const file = write('alone.mjs', onPorts(text, await freePorts(3)))
  const program = startProcess({ onTestFinished }, process.execPath, [file], { cwd: project })
  expect(await program.exited).toEqual({ code: 1, signal: null })
  expect(program.lines).toHaveLength(1)
  const [line] = program.lines
  expect(line).toMatch(/^Waited 1500 ms: the sidecar is connecting, without a replica \[/)
  expect(line?.match(/ws:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/g)).toHaveLength(3)
  expect(line).toMatch(/See that the replicas run, and that this machine reaches one of these/)
})

test('the example of a fencing token guards a row from a write that comes too late', async () => {
  const text = readFileSync(`${root}examples/fencing.mjs`, 'utf8')
  const file = write('fencing.mjs', onPorts(text, cluster.port))
  const { url } = await createDatabase()
  const said = (await runProgram(file, { DATABASE_URL: url })).join('\n')
  const [, token] = /^with token (\d+): true$/m.exec(said) ?? []
  expect(said).toContain(`with token ${Number(token) + 1}, the next owner's: true`)
  expect(said).toContain(`with token ${token}, too late: false`)
})

test('the example of a counter is called by its host and by an observer, and leaves', async () => {
  const text = readFileSync(`${root}examples/counter.mjs`, 'utf8')
  const file = write('counter.mjs', text)
  const said = await runProgram(file, {}, [`ws://127.0.0.1:${cluster.port}`])
  expect(said).toEqual([
    expect.stringMatching(/^200 c1 is 1, under token [1-9]\d*$/),
    expect.stringMatching(/^200 c1 is 2, under token [1-9]\d*$/),
    'c1 leaves with 2',
  ])
})

test('the example of a host on Fastify is called, keeps its actors to calls, and leaves', async () => {
  const text = readFileSync(`${root}examples/counter-fastify.mjs`, 'utf8')
  expect(text.trimEnd().split('\n').length).toBeLessThan(60)
  const file = write('counter-fastify.mjs', text)
  const env = { BERTH_HOST: `127.0.0.1:${await freePort()}` }
  const said = await runProgram(file, env, [`ws://127.0.0.1:${cluster.port}`])
  expect(said).toEqual([
    expect.stringMatching(/^200 \{"id":"c1","number":1,"token":[1-9]\d*\}$/),
    expect.stringMatching(/^200 \{"id":"c1","number":2,"token":[1-9]\d*\}$/),
    '200 /healthz',
    '404 /FastifyCounter/c1/add',
    'c1 leaves with 2',
  ])
})

test('TypeScript finds the types for hosts on Fastify and on Express, strictly', async () => {
  for (const name of ['@types/node', 'express', '@types/express']) link(name)
  write(
    'tsconfig.frameworks.json',
    JSON.stringify({
      compilerOptions: {
        ...{ module: 'NodeNext', target: 'ES2022', strict: true, exactOptionalPropertyTypes: true },
        ...{ skipLibCheck: false, lib: ['ES2022'], types: ['node'], outDir: 'out' },
      },
      files: ['frameworks.ts'],
    }),
  )
  const [first, second] = [await freePort(), await freePort()]
  write(
    'frameworks.ts',
    `import * as onExpress from 'berth/express'
    import { actorOf, berth } from 'berth/fastify'
    import type { ActorKey, DeliveredActor, HostOptions, LeaveReason, Sidecar } from 'berth/fastify'
    import type { NodeListener } from 'berth/express'
    import express from 'express'
    import Fastify from 'fastify'
    const onLeave = (actor: ActorKey, why: LeaveReason): void => void [actor.type, why]
    const replicas = ['ws://127.0.0.1:' + process.env['BERTH_PORT']]
    const host = (port: number, type: string) =>
      ({ name: '127.0.0.1:' + port, appId: 'ts', types: [type] })
    const options: HostOptions = { replicas, host: host(${first}, 'OnFastify'), onLeave }
    const app = Fastify()
    await app.register(berth, options)
    app.get('/OnFastify/:id', async (request) => {
      const actor: DeliveredActor | null = actorOf(request)
      return { id: actor?.id }
    })
    // @ts-expect-error a host needs its types
    const wrong: HostOptions = { replicas, host: { name: 'a:1', appId: 'x' } }
    await app.ready()
    const other = express()
    other.use('/OnExpress', onExpress.callsOnly)
    other.get('/OnExpress/:id', (request, response) => {
      response.json({ id: onExpress.actorOf(request)?.id })
    })
    const listener: NodeListener = other
    const serving = { replicas, host: host(${second}, 'OnExpress') }
    const sidecar: Sidecar = await onExpress.serve(listener, serving)
    for (const type of ['OnFastify', 'OnExpress']) {
      const { status, body } = await app.berth.call(type, '1', { method: 'GET' })
      console.log(status, String(await body.toArray()), typeof wrong)
    }
    await Promise.all([app.close(), sidecar.leave()])`,
  )
  const args = [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.frameworks.json']
  run(process.execPath, args, project)
  const lines = await runProgram('out/frameworks.js', { BERTH_PORT: String(cluster.port) })
  expect(lines).toEqual(['200 {"id":"1"} object', '200 {"id":"1"} object'])
})

test('JavaScript uses the sidecar: two hosts and an observer agree, tokens are for owners', async () => {
  const file = write(
    'use.mjs',
    `import { BerthError, connect } from 'berth/sidecar'
    const replicas = ['ws://127.0.0.1:' + process.env.BERTH_PORT]
    const host = (name) => ({ name, appId: 'js', types: ['Game'] })
    const one = await connect({ replicas, host: host('127.0.0.1:9101') })
    const two = await connect({ replicas, host: host('127.0.0.1:9102') })
    const observer = await connect({ replicas })
    const all = [one, two, observer]
    while (all.some((each) => each.state().generation !== two.state().generation)) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    const owners = new Set()
    for (let i = 0; i < 50; i += 1) {
      const places = await Promise.all(all.map((each) => each.where('Game', String(i))))
      if (new Set(places.map(({ host }) => host)).size !== 1) throw new Error('they disagree')
      const [owner, other] = places[0].host === '127.0.0.1:9101' ? [one, two] : [two, one]
      if (!owner.owns('Game', String(i)) || other.owns('Game', String(i))) throw new Error('owns')
      if (!(owner.token('Game', String(i)) > 0)) throw new Error('token')
      try {
        other.token('Game', String(i))
        throw new Error('a token for somebody else')
      } catch (error) {
        if (!(error instanceof BerthError) || error.code !== 'not_owner') throw error
      }
      owners.add(places[0].host)
    }
    console.log([...owners].sort().join(' '))
    await one.leave()
    // Nobody waits until an observer has heard of it.
    while ((await observer.where('Game', '1')).host !== '127.0.0.1:9102') {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    console.log('one is gone')
    await Promise.all([two.leave(), observer.leave()])
    console.log(two.state().phase)`,
  )
  expect(await runProgram(file, { BERTH_PORT: String(cluster.port) })).toEqual([
    '127.0.0.1:9101 127.0.0.1:9102',
    'one is gone',
    'left',
  ])
})

test('TypeScript finds all types, strictly, and what it compiles to runs', async () => {
  link('@types/node')
  write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: {
        ...{ module: 'NodeNext', target: 'ES2022', strict: true, exactOptionalPropertyTypes: true },
        ...{ skipLibCheck: false, lib: ['ES2022'], types: ['node'], outDir: 'out' },
      },
      files: ['use.ts'],
    }),
  )
  write(
    'use.ts',
    `import { BerthError, connect, serve } from 'berth/sidecar'
    import type {
      ActorAnswer, ActorCall, ActorFunction, ActorKey, CallAnswer, CallRequest, LeaveReason,
      ConnectOptions, ErrorCode, FencedHandler, FenceOrder, FenceReason, MovedKeys, NatsOptions,
      Placement, ReleaseHandler, ServeOptions, Sidecar, SidecarLog, SidecarPhase, SidecarState,
      WaitOptions,
    } from 'berth/sidecar'
    import { Raft } from 'berth/raft'
    const log: SidecarLog = { info: () => {}, warn: () => {}, error: () => {} }
    const nats: NatsOptions = { token: 'none is asked for' }
    const host = { name: '127.0.0.1:9201', appId: 'ts', types: ['Room'] }
    const options: ConnectOptions = {
      replicas: ['ws://127.0.0.1:' + process.env['BERTH_PORT']],
      namespace: 'default', host, log, nats,
    }
    const application: ActorFunction = async ({ id, token }: ActorCall): Promise<ActorAnswer> =>
      ({ status: 200, headers: { 'x-token': String(token) }, body: id })
    const onLeave = (actor: ActorKey, why: LeaveReason): void => void [actor.type, why]
    const serving: ServeOptions = { ...options, host, application, onLeave, drainMs: 1_000 }
    const start: (options: ConnectOptions) => Promise<Sidecar> = connect
    const sidecar: Sidecar = await serve(serving)
    const call: CallRequest = { method: 'PUT', path: '/x', headers: { a: ['1', '2'] }, body: 'x' }
    const answer: CallAnswer = await sidecar.call('Room', '1', call)
    const bodyOf: string = String(await answer.body.toArray())
    const letGo: ReleaseHandler = async (moved: MovedKeys) => void moved.has('Room', '1')
    const stop: FencedHandler = ({ reason, isFinal }: FenceOrder) => void [reason, isFinal]
    const undo: () => void = sidecar.onRelease(letGo)
    sidecar.onFenced(stop)
    const wait: WaitOptions = { timeoutMs: 60_000, signal: AbortSignal.timeout(90_000) }
    const place: Placement = await sidecar.where('Room', '1', wait)
    const peeked: Placement | 'moving' | 'unknown' = sidecar.peek('Room', '1')
    const token: number = sidecar.token('Room', '1')
    const state: SidecarState = sidecar.state()
    const phase: SidecarPhase = state.phase
    const reason: FenceReason = 'lease_expired'
    const code: ErrorCode = new BerthError('no_owner').code
    // @ts-expect-error a host needs its types
    const wrong: ConnectOptions = { replicas: [], host: { name: 'a:1', appId: 'x' } }
    undo()
    await sidecar.leave({ timeoutMs: 60_000 })
    console.log(place.host, typeof peeked, token > 0, phase, reason, code, typeof Raft, !!wrong)
    console.log(answer.status, Number(answer.headers['x-token']) > 0, bodyOf, typeof start)`,
  )
  run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', 'tsconfig.json'], project)
  const lines = await runProgram('out/use.js', { BERTH_PORT: String(cluster.port) })
  const said = '127.0.0.1:9201 object true serving lease_expired no_owner function true'
  expect(lines).toEqual([said, '200 true 1 function'])
})

test('the consensus core is imported by itself', async () => {
  const file = write(
    'raft.mjs',
    `import * as raft from 'berth/raft'
    console.log(Object.keys(raft).includes('Raft'), typeof raft.plainConfiguration)`,
  )
  expect(await runProgram(file)).toEqual(['true function'])
})

test('what is not its public face cannot be imported', async () => {
  const file = write(
    'deep.mjs',
    `for (const path of ['berth', 'berth/dist/sidecar/machine.js', 'berth/sidecar/machine']) {
      await import(path).then(() => console.log(path), ({ code }) => console.log(code))
    }`,
  )
  const refused = 'ERR_PACKAGE_PATH_NOT_EXPORTED'
  expect(await runProgram(file)).toEqual([refused, refused, refused])
})

test('the program of the package starts where it is installed', () => {
  const file = join(installed, 'bin/berth.cjs')
  expect(run(process.execPath, [file, '--help'], project)).toMatch(/Usage: berth/)
})
