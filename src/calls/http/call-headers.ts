/**
 * Which headers go through, and which end here: those of one connection (RFC 9110 §7.6.1, those
 * that Connection names as well), those that whoever sends on makes anew, and ours. Lists are flat:
 * name, value, name, value, as they came.
 *
 * Trailers of requests and of answers end here too, and the header that announces them.
 */
import { BerthError } from '../../errors/berth-error.js'
import { chainLengthMax, timeoutMsMax } from '../machine/arrival.js'

/** Names of ours, as they are sent. */
export const berthHeaders = {
  timeout: 'Berth-Timeout',
  generation: 'Berth-Generation',
  chain: 'Berth-Chain',
  hop: 'Berth-Hop',
  token: 'Berth-Token',
  actor: 'Berth-Actor',
  explain: 'Berth-Explain',
  explanation: 'Berth-Explanation',
  refused: 'Berth-Refused',
} as const

const ofOneConnection = [
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'http2-settings', 'proxy-authenticate', 'proxy-authorization'],
]
const endOfRequests = new Set([...ofOneConnection, 'host', 'content-length', 'expect'])
const endOfAnswers = new Set(ofOneConnection)

/**
 * Ours, also spelt with an underscore: what reads headers from an environment, as CGI and WSGI do,
 * takes one for the other.
 */
const isOurs = (name: string): boolean => name.startsWith('berth-') || name.startsWith('berth_')

/** Headers of a request that go on. */
export function requestHeadersOnward(raw: readonly string[]): string[] {
  return onward(raw, endOfRequests)
}

/** Headers of an answer that go on. @param status 204 has no length of a body */
export function answerHeadersOnward(raw: readonly string[], status: number): string[] {
  const headers = onward(raw, endOfAnswers)
  return status === 204 ? without(headers, 'content-length') : headers
}

function onward(raw: readonly string[], end: ReadonlySet<string>): string[] {
  const headers: string[] = []
  let named: Set<string> | null = null
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    const lower = name.toLowerCase()
    if (lower === 'connection') named = addNamed(named, value)
    if (end.has(lower) || isOurs(lower)) continue
    headers.push(name, value)
  }
  if (named === null) return headers
  for (const name of named) if (headers.length > 0) removeFrom(headers, name)
  return headers
}

/** Most connections say nothing else than whether they go on. */
function addNamed(named: Set<string> | null, value: string): Set<string> | null {
  const lower = value.toLowerCase()
  if (lower === 'keep-alive' || lower === 'close') return named
  const names = named ?? new Set<string>()
  for (const token of lower.split(',')) names.add(token.trim())
  return names
}

function removeFrom(headers: string[], name: string): void {
  let kept = 0
  for (let i = 0; i < headers.length; i += 2) {
    if ((headers[i] as string).toLowerCase() === name) continue
    headers[kept] = headers[i] as string
    headers[kept + 1] = headers[i + 1] as string
    kept += 2
  }
  headers.length = kept
}

function without(headers: string[], name: string): string[] {
  removeFrom(headers, name)
  return headers
}

/** The value of the first header of this name, in lower case; undefined when there is none. */
export function headerOf(raw: readonly string[], lowerName: string): string | undefined {
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    if (name.length === lowerName.length && name.toLowerCase() === lowerName) return raw[i + 1]
  }
  return undefined
}

/** Time that a caller gives where it says nothing, in ms. */
export const timeoutMsDefault = 30_000
/** @throws BerthError `invalid_request` */
export function readTimeoutMs(value: string | undefined): number {
  if (value === undefined) return timeoutMsDefault
  const ms = /^\d{1,5}(\.\d{1,6})?$/.test(value) ? Number(value) * 1_000 : Number.NaN
  if (ms <= timeoutMsMax) return ms
  const detail = 'Berth-Timeout is a number of seconds from 0 to 86400, such as 2.5.'
  throw new BerthError('invalid_request', detail)
}

/** In seconds, to the microsecond, never rounded up. */
export function writeTimeout(remainingMs: number): string {
  return String(Math.floor(Math.max(0, remainingMs) * 1_000) / 1_000_000)
}

const runName = /^[\w.-]{1,200}$/

/** @throws BerthError `invalid_request` */
export function readChain(value: string | undefined): readonly string[] {
  if (value === undefined || value === '') return []
  const names = value.split(',').map((name) => name.trim())
  if (names.length <= chainLengthMax && names.every((name) => runName.test(name))) return names
  const detail = `Pass Berth-Chain on as it came: at most ${chainLengthMax} names of runs.`
  throw new BerthError('invalid_request', detail)
}

/** @throws BerthError `invalid_request` */
export function readGeneration(value: string | undefined): number | null {
  if (value === undefined) return null
  if (/^\d{1,16}$/.test(value)) return Number(value)
  throw new BerthError('invalid_request', 'Berth-Generation is the generation of a table.')
}
