/** Asks the probe in a process (probe.mjs) what it measured. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface Stall {
  /** When it was over, in ms since 1970. */
  readonly atMs: number
  readonly wallMs: number
  /** What the process waited for a processor in it. */
  readonly waitedMs: number
  /** What it computed in it. */
  readonly ranMs: number
  /** What was stolen from this virtual machine in it, of all processors. */
  readonly stolenMs: number
}

export interface Vitals {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
  readonly descriptors: { readonly all: number; readonly sockets: number }
  /** Since the last reset, the longest first. */
  readonly stalls: readonly Stall[]
  /** Since the last reset, the longest wait for a processor within a stall. */
  readonly starvedMs: number
  /** What the program itself reports. */
  readonly report: unknown
}

const probeFile = fileURLToPath(new URL('probe.mjs', import.meta.url))
const answerTimeoutMs = 60_000

/** Variables that load the probe into a Node process, where it listens on this path. */
export function probeEnvironment(path: string): Readonly<Record<string, string>> {
  return { NODE_OPTIONS: `--import ${probeFile}`, BERTH_FUZZ_PROBE: path }
}

/** Forgets the stalls so far. */
export async function resetProbe(path: string): Promise<void> {
  await ask(path, 'reset')
}

/** Collects garbage first. */
export async function readProbe(path: string): Promise<Vitals> {
  return (await ask(path, 'read')) as Vitals
}

/** @throws when the process is not there, or does not answer */
async function ask(path: string, what: string): Promise<unknown> {
  const socket = connect(path)
  socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error('the probe does not answer')))
  await once(socket, 'connect')
  socket.write(`${what}\n`)
  let text = ''
  for await (const chunk of socket) text += chunk
  return JSON.parse(text)
}
