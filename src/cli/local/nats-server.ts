/** A `nats-server` process of ours on loopback, and the check whether one answers at an address. */
import { connect } from 'node:net'
import { type Child, type StartContext, startServer } from './child.js'
import type { NatsBinary } from './nats-binary.js'

const greetTimeoutMs = 2_000
const steps = [
  { signal: 'SIGTERM', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
] as const

export interface NatsOptions extends StartContext {
  readonly name?: string
  readonly binary: NatsBinary
  readonly port: number
  readonly logFile: string
  /** More arguments for the server, such as `--max_payload`'s configuration file. */
  readonly args?: readonly string[]
}

export interface NatsServer {
  readonly child: Child
  readonly port: number
  readonly url: string
}

/** @throws BerthError `unavailable` when it does not come up */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const { binary, port, logFile, name = 'nats-server' } = options
  const args = ['--addr', '127.0.0.1', '--port', String(port), ...(options.args ?? [])]
  const child = await startServer(
    { name, command: { file: binary.file, args }, logFile, steps, onOwnerGone: 'SIGTERM' },
    options,
    () => greets('127.0.0.1', port),
  )
  return { child, port, url: `nats://127.0.0.1:${port}` }
}

/** Asks a NATS server for its greeting. @returns null when it came, else what went wrong */
export function greets(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    let greeting = ''
    const end = (result: string | null) => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(greetTimeoutMs, () => end(`it said nothing for ${greetTimeoutMs / 1000} s`))
    socket.on('error', (error) => end(error.message))
    socket.on('end', () => end('it closed the connection'))
    socket.setEncoding('utf8').on('data', (text: string) => {
      greeting += text
      if (greeting.startsWith('INFO ')) end(null)
      else if (greeting.length >= 5) end('it is no NATS server')
    })
  })
}
