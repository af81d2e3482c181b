/** The local API of `berth sidecar` on a unix socket, with a real replica. */
import { existsSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { startMs } from '../../src/sidecar/state-level.js'
import { eventually } from '../support/eventually.js'
import { natsUrl } from '../support/nats.js'
import { fileOwner, type Owner } from '../support/owner.js'
import { freePorts } from '../support/ports.js'
import { startProcess } from '../support/process.js'
import { berth, berthFile } from '../support/program.js'
import { scratchFolder } from '../support/scratch.js'
import { App, patientTimes, startReplica } from './sidecar-app.js'

const owner = fileOwner()
const patient = ['--initial-settings', JSON.stringify(patientTimes)]
let replica = ''

beforeAll(async () => {
  replica = await startReplica(owner, patient)
})

interface Answer {
  readonly status: number
  readonly body: string
}

/** Asks as a client does that knows the socket alone. */
function ask(socketPath: string, path: string, method = 'GET', headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, method, headers }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (text: string) => {
        body += text
      })
      answer.on('error', reject)
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

const json = async (...of: Parameters<typeof ask>) =>
  JSON.parse((await ask(...of)).body) as Record<string, unknown>

const ready = (socketPath: string) =>
  eventually('it is ready', async () => (await ask(socketPath, '/readyz')).status === 200)

async function startApp(t: Owner, namespace: string, socket: string) {
  const port = await freePorts(2)
  const app = new App(t, port, { types: ['Cart'] })
  await app.start()
  const name = `127.0.0.1:${port + 1}`
  const args = [
    ...['sidecar', '--app', `http://127.0.0.1:${port}`, '--name', name, '--app-id', 'shop'],
    ...['--listen', `unix:${socket}`, '--replicas', replica, '--namespace', namespace],
    ...['--nats-url', natsUrl(), '--log-format', 'json'],
  ]
  return { app, name, args }
}

test('who knows the socket calls, looks up and has it leave', async (t) => {
  const socket = join(scratchFolder(t), 'berth.sock')
  const { app, name, args } = await startApp(t, 'socket', socket)
  const process = berth(t, args)
  await process.line('joined: the sidecar is serving')
  // On a machine that does much else a start may take longer than it should, and is told of then.
  const lines = process.lines.map((line) => JSON.parse(line) as { level: number; time: number })
  const early = lines.filter(({ time }) => time < lines[0]!.time + startMs)
  expect(early.filter(({ level }) => level > 30)).toEqual([])
  await ready(socket)
  const said = await json(socket, '/v1/call/Cart/a%2Fb/add', 'POST')
  expect(said).toMatchObject({ app: app.port, actor: 'Cart/a%2Fb' })
  const { token } = said
  expect(await json(socket, '/v1/where/Cart/a%2Fb')).toMatchObject({ host: name, appId: 'shop' })
  expect(await json(socket, '/v1/owns/Cart/a%2Fb')).toMatchObject({ owns: true, token })
  expect(await json(socket, '/v1/state')).toMatchObject({ ready: true, host: { name } })
  for (const headers of [{ host: 'evil.example' }, { origin: 'http://evil.example' }]) {
    expect((await ask(socket, '/v1/call/Cart/1', 'POST', headers)).status).toBe(403)
  }
  expect(await json(socket, '/v1/leave', 'POST')).toEqual({ left: true })
  expect(await process.exited).toEqual({ code: 0, signal: null })
  expect(JSON.parse(process.lines.at(-1)!)).toMatchObject({
    level: 30,
    msg: 'ended: everything was handed over',
  })
  expect(app.released).toEqual(['Cart/a%2Fb'])
  expect(existsSync(socket)).toBe(false)
})

test('a socket of a killed one is taken over, and one that is served is not', async (t) => {
  const socket = join(scratchFolder(t), 'berth.sock')
  const { app, args } = await startApp(t, 'left', socket)
  const first = berth(t, args)
  await ready(socket)
  await first.kill()
  expect(existsSync(socket)).toBe(true)
  const second = berth(t, args)
  await eventually('the next one is ready', () => ready(socket))
  expect(await json(socket, '/v1/call/Cart/1', 'POST')).toMatchObject({ app: app.port })
  const third = berth(t, args)
  expect(await third.exited).toEqual({ code: 1, signal: null })
  expect(third.lines.at(-1)).toContain(`berth sidecar: --listen unix:${socket} cannot be opened:`)
  expect((await ask(socket, '/healthz')).status).toBe(200)
  second.signal('SIGTERM')
  expect(await second.exited).toEqual({ code: 0, signal: null })
})

test('who may use the socket is said by the umask', async (t) => {
  const modeOf = async (umask: string) => {
    const socket = join(scratchFolder(t), 'berth.sock')
    const args = ['sidecar', '--listen', `unix:${socket}`, '--replicas', replica, '--no-nats']
    const shell = ['-c', `umask ${umask} && exec "$@"`, 'sh', process.execPath, berthFile, ...args]
    const started = startProcess(t, '/bin/sh', shell)
    await eventually('it answers', async () => (await ask(socket, '/healthz')).status === 200)
    const mode = (statSync(socket).mode & 0o777).toString(8)
    started.signal('SIGTERM')
    expect(await started.exited).toEqual({ code: 0, signal: null })
    return mode
  }
  expect(await modeOf('077')).toBe('700')
  expect(await modeOf('007')).toBe('770')
})
