/** A `nats-server` process of ours on loopback, and the check whether one answers at an address. */
import { connect } from 'node:net'
import { BerthError } from '../../errors/berth-error.js'
import { type Child, describeExit, startChild } from './child.js'
import type { Command } from './command.js'
import type { Keeper, StopStep } from './keeper.js'
import type { NatsBinary } from './nats-binary.js'
import { waitFor } from './wait.js'

const stopSteps: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 5_000 },
  { signal: 'SIGKILL', waitMs: 5_000 },
]
const startDeadlineMs = 20_000
const greetTimeoutMs = 2_000
const greetingBytesMax = 64 * 1024

export interface NatsOptions {
  readonly name?: string
  readonly binary: NatsBinary
  readonly port: number
  readonly logFile: string
  readonly keeper: Keeper
  /** More arguments for the server, such as `--max_payload`'s configuration file. */
  readonly args?: readonly string[]
  readonly onSlow?: (what: string, waitedMs: number) => void
  /** Gives up the start and ends what was started. */
  readonly signal?: AbortSignal
}

export interface NatsServer {
  readonly child: Child
  readonly port: number
  readonly url: string
  /** What starts it again by hand. */
  readonly command: Command
}

/** Where it listens. */
export function natsArguments(port: number): readonly string[] {
  return ['--addr', '127.0.0.1', '--port', String(port)]
}

/** @throws BerthError `unavailable` when it does not come up */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const { binary, port, logFile, keeper, name = 'nats-server' } = options
  const args = [...natsArguments(port), ...(options.args ?? [])]
  const command: Command = { file: binary.file, args }
  const child = await startChild({
    ...{ name, command, logFile, keeper, steps: stopSteps },
    onOwnerGone: 'SIGTERM',
  })
  try {
    await waitFor({
      what: `${name} on 127.0.0.1:${port}`,
      deadlineMs: startDeadlineMs,
      onSlow: options.onSlow,
      signal: options.signal,
      poll: async () => {
        if (child.exit !== null) {
          const end = describeExit(child.exit)
          throw new BerthError('unavailable', `${name} ${end} (log: ${logFile})`)
        }
        return (await greets('127.0.0.1', port)) === null ? true : null
      },
    })
  } catch (error) {
    await child.stop()
    throw error
  }
  return { child, port, url: `nats://127.0.0.1:${port}`, command }
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
      else if (greeting.length >= 5 || greeting.length > greetingBytesMax) {
        end('it is no NATS server')
      }
    })
  })
}
