/** An application in plain node:http, and `berth sidecar` processes beside it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { eventually } from '../support/eventually.js'
import { natsUrl } from '../support/nats.js'
import type { Owner } from '../support/owner.js'
import { freePorts } from '../support/ports.js'
import type { TestProcess } from '../support/process.js'
import { berth } from '../support/program.js'
import { Replicas, untilCluster } from '../support/replicas.js'

/** Of a machine that does much else meanwhile. */
export const patientTimes = {
  ...{ fenceAfterMs: 12_000, hostTimeoutMs: 14_000, roundDeadlineMs: 15_000 },
}

/** A cluster of one replica. @returns where sidecars reach it */
export async function startReplica(owner: Owner, flags: readonly string[] = []): Promise<string> {
  const replicas = await Replicas.prepare(owner)
  const one = await replicas.start(1, [1], flags)
  await untilCluster(one, 'a leader', ({ leader }) => leader !== null)
  return one.api.replace('http', 'ws')
}

/** What an actor of it answers. */
export interface Said {
  readonly app: number
  readonly actor: string
  readonly token: number
}

export class App {
  readonly port: number
  /** `Type/id` of the calls that came, in order. */
  readonly called: string[] = []
  /** Paths of the DELETE that came. */
  readonly released: string[] = []
  config: object | null
  health = 200
  callMs = 0
  hangsAtRelease = false
  #server: Server | null = null

  constructor(owner: Owner, port: number, config: object | null) {
    this.port = port
    this.config = config
    owner.onTestFinished(() => this.stop())
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#handle(request, response))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
  }

  /** As if it were killed. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '', method } = request
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
    if (url === '/berth/config') answer(this.config === null ? 404 : 200, this.config ?? {})
    else if (url === '/healthz') answer(this.health, {})
    else if (method === 'DELETE' && url.startsWith('/berth/actors/')) {
      this.released.push(url.slice('/berth/actors/'.length))
      if (!this.hangsAtRelease) answer(204, {})
    } else if (url === '/berth/fenced') answer(200, {})
    else {
      const actor = String(request.headers['berth-actor'])
      this.called.push(actor)
      if (this.callMs > 0) await pause(this.callMs)
      answer(200, { app: this.port, actor, token: Number(request.headers['berth-token']) })
    }
  }
}

export interface Host {
  readonly app: App
  readonly name: string
  /** `http://127.0.0.1:port` of the local API. */
  readonly local: string
  readonly args: readonly string[]
  process: TestProcess
}

export interface HostOptions {
  readonly config: object | null
  readonly namespace: string
  readonly isUp?: boolean
  /** Under the name of another one. */
  readonly as?: string
}

/** @param replica WebSocket address */
export async function startHost(
  owner: Owner,
  replica: string,
  { config, namespace, isUp = true, as }: HostOptions,
  flags: readonly string[] = [],
): Promise<Host> {
  const port = await freePorts(3)
  const app = new App(owner, port, config)
  if (isUp) await app.start()
  const own = `127.0.0.1:${port + 1}`
  const name = as ?? own
  const args = [
    ...['sidecar', '--app', `http://127.0.0.1:${port}`, '--name', name, '--app-id', 'shop'],
    ...['--call-listen', own],
    ...['--listen', `127.0.0.1:${port + 2}`, '--replicas', replica, '--namespace', namespace],
    ...['--nats-url', natsUrl(), '--log-format', 'json', ...flags],
  ]
  const local = `http://127.0.0.1:${port + 2}`
  return { app, name, local, args, process: berth(owner, args) }
}

const answerTimeoutMs = 60_000

export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(answerTimeoutMs) })
}

export async function json<T>(url: string, init: RequestInit = {}): Promise<T> {
  const answer = await ask(url, init)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${text.slice(0, 400)}`)
  return JSON.parse(text) as T
}

export const call = (host: Host, key: string, method = 'POST') =>
  json<Said>(`${host.local}/v1/call/${key}`, { method })

export const owns = async (host: Host, key: string) =>
  json<{ owns: boolean; token?: number; holdsMs?: number }>(`${host.local}/v1/owns/${key}`)

export const ready = (host: Host) =>
  eventually(`${host.name} is ready`, async () => {
    const answer = await ask(`${host.local}/readyz`)
    if (!answer.ok) throw new Error(`${await answer.text()} ${host.process.lines.slice(-5)}`)
    return true
  })

/** Ids of a type, each at the host that owns it by the table. */
export async function placed(
  at: Host,
  type: string,
  count: number,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (let i = 0; i < count; i += 1) {
    const { host } = await json<{ host: string }>(`${at.local}/v1/where/${type}/${i}`)
    found.set(host, [...(found.get(host) ?? []), `${type}/${i}`])
  }
  return found
}
