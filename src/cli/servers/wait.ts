/** Waiting for something that can only be asked about, and asking the processes of a cluster. */
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

const defaultIntervalMs = 20
const quietMs = 1_000
const requestTimeoutMs = 2_000
const bodyBytesMax = 256 * 1024

export interface Wait<T> {
  /** What is waited for, to follow "waiting for". */
  readonly what: string
  readonly deadlineMs: number
  /** Time between two questions, 20 by default. */
  readonly intervalMs?: number
  /** Asked again and again: a value when it is there, null to go on. A throw ends the wait. */
  poll(): Promise<T | null> | T | null
  /** Ends the wait by a throw of its reason. */
  readonly signal?: AbortSignal | undefined
  /** Why it is not there yet, as far as known; asked when there is something to say. */
  why?(): string
  /** Told once a wait lasts over a second, and every five seconds after that. */
  readonly onSlow?: ((what: string, waitedMs: number) => void) | undefined
}

/** The deadline went by. */
export class WaitExpired extends Error {
  override readonly name = 'WaitExpired'
}

/** @throws WaitExpired that names what was waited for */
export async function waitFor<T>(wait: Wait<T>): Promise<T> {
  const { what, deadlineMs, intervalMs = defaultIntervalMs, signal, onSlow } = wait
  const startMs = performance.now()
  let sayAtMs = quietMs
  for (;;) {
    signal?.throwIfAborted()
    const value = await wait.poll()
    if (value !== null) return value
    const waitedMs = performance.now() - startMs
    const reason = () => (wait.why === undefined ? '' : ` (${wait.why()})`)
    if (waitedMs >= deadlineMs) {
      const seconds = Math.round(deadlineMs / 100) / 10
      throw new WaitExpired(`${what} did not come within ${seconds} s${reason()}`)
    }
    if (waitedMs >= sayAtMs) {
      onSlow?.(`${what}${reason()}`, waitedMs)
      sayAtMs += 5 * quietMs
    }
    await delay(intervalMs)
  }
}

/**
 * A GET. No kept-alive connection stays behind that a process would wait for when it stops.
 * @param signal gives the question up
 * @returns why there is no answer, else the answer, of 256 KiB at most
 */
export function ask(url: string, signal?: AbortSignal): Promise<Answer | string> {
  return new Promise((resolve) => {
    const options = { agent: false, timeout: requestTimeoutMs, ...(signal && { signal }) }
    const request = get(url, options, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
        if (body.length > bodyBytesMax) response.destroy(new Error('a longer answer than expected'))
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, fields: fieldsOf(body) }),
      )
      response.on('error', (error) => resolve(error.message))
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' ? 'it does not listen yet' : error.message)
    })
  })
}

export interface Answer {
  readonly status: number
  /** Of a JSON object; none when the body is something else. */
  readonly fields: Readonly<Record<string, unknown>>
}

function fieldsOf(body: string): Answer['fields'] {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}

/** @returns null when a replica is ready, else what it says instead */
export function replicaReadiness(address: string): Promise<string | null> {
  return readiness(`http://${address}/readyz`, () => true)
}

/** @returns null when a sample host is ready, else what it says instead */
export function hostReadiness(address: string): Promise<string | null> {
  return readiness(`http://${address}/state`, ({ ready }) => ready === true)
}

async function readiness(url: string, isReady: (fields: Answer['fields']) => boolean) {
  const answer = await ask(url)
  if (typeof answer === 'string') return answer
  const { status, fields } = answer
  if (status === 200) return isReady(fields) ? null : 'it has not joined yet'
  // Of a problem document (RFC 9457) what it says, to stand in parentheses.
  if (typeof fields.detail !== 'string') return `it answers ${status}`
  return fields.detail.replace(/^Not ready: /, '').replace(/\.$/, '')
}
