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
  problem: 'Berth-Problem',
} as const

const ofOneConnection = [
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding'],
  ...['upgrade', 'http2-settings', 'proxy-authenticate', 'proxy-authorization'],
]
/** Headers of requests that end here, in lower case. */
export const requestHeadersEnd: ReadonlySet<string> = new Set([
  ...ofOneConnection,
  ...['host', 'content-length', 'expect'],
])
const answerHeadersEnd = new Set(ofOneConnection)

/**
 * Ours, also spelt with an underscore: what reads headers from an environment, as CGI and WSGI do,
 * takes one for the other.
 */
export function isOurs(lowerName: string): boolean {
  return lowerName.startsWith('berth-') || lowerName.startsWith('berth_')
}

/** Headers of an answer that go on. @param status 204 has no length of a body */
export function answerHeadersOnward(raw: readonly string[], status: number): string[] {
  const headers: string[] = []
  let named: Set<string> | null = null
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    const lower = name.toLowerCase()
    if (lower === 'connection') named = connectionNames(named, value)
    else if (status === 204 && lower === 'content-length') continue
    else if (!answerHeadersEnd.has(lower) && !isOurs(lower)) headers.push(name, value)
  }
  return named === null ? headers : withoutHeaders(headers, named)
}

/**
 * What a Connection header names, beside what it named before. Most say nothing else than whether
 * the connection goes on.
 */
export function connectionNames(before: Set<string> | null, value: string): Set<string> | null {
  const lower = value.toLowerCase()
  if (lower === 'keep-alive' || lower === 'close') return before
  const names = before ?? new Set<string>()
  for (const token of lower.split(',')) names.add(token.trim())
  return names
}

/** @param names in lower case */
export function withoutHeaders(headers: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string
    if (!names.has(name.toLowerCase())) kept.push(name, headers[i + 1] as string)
  }
  return kept
}

/** All values of each header, by its name in lower case, in the order in which they came. */
export function valuesByName(flat: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase()
    const value = flat[i + 1] as string
    const before = values.get(name)
    if (before === undefined) values.set(name, [value])
    else before.push(value)
  }
  return values
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

/** In seconds, to the millisecond, never rounded up. */
export function writeTimeout(remainingMs: number): string {
  const ms = Math.max(0, Math.floor(remainingMs))
  const rest = ms % 1_000
  return `${(ms - rest) / 1_000}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}`
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
