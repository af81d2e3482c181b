/**
 * Why a WebSocket to a replica could not be opened, in words for whoever has to mend it: from
 * errors of the network and of TLS, and from what answers by HTTP instead. Pure.
 *
 * Whatever answers there may be a stranger: of what it says only so much is shown, on one line, and
 * no login that may stand in it.
 */
import { withoutLogins } from '../log/shown-url.js'
import { replicaUrlOf } from './replica-url.js'

/** Longer reasons are cut, in UTF-16 units. */
export const reasonUnitsMax = 300

/** Of an answer by HTTP, as far as it matters. */
export interface HttpAnswer {
  readonly status: number
  readonly location?: string | undefined
  /** The beginning of it, as text. */
  readonly body: string
}

interface NetworkError extends Error {
  readonly code?: string
  /** Of a host with several addresses: why each was not reached. */
  readonly errors?: readonly unknown[]
}

/** What an error of the network, of TLS or of the WebSocket says, with what to do about it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error))
  const { code = '', message, errors } = error as NetworkError
  if (Array.isArray(errors) && errors.length > 0) {
    return oneLine([...new Set(errors.map(describeError))].join('; '))
  }
  if (isUntrusted(code)) {
    const how = 'name its authority to Node in NODE_EXTRA_CA_CERTS'
    return oneLine(`its certificate is not trusted (${message}): ${how}`)
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return oneLine(`its certificate is not for this address: ${message}`)
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return oneLine(`its certificate is not valid at the time of this machine: ${message}`)
  }
  const [, ofTls] = /:SSL routines:[^:]*:([^:]+):/.exec(message) ?? []
  if (ofTls === 'wrong version number') return 'it does not speak TLS: is ws:// meant?'
  if (ofTls !== undefined) return oneLine(`TLS fails: ${ofTls}`)
  if (/subprotocol/.test(message)) {
    const who = 'no replica, or a proxy that takes Sec-WebSocket-Protocol away'
    return `it took the WebSocket without the subprotocol of Berth: ${who}`
  }
  if (message === 'socket hang up') return 'it closed the connection without an answer'
  return oneLine(message === '' ? code || error.name : message)
}

/** What it means that something answers by HTTP where a WebSocket was asked for. */
export function describeAnswer({ status, location, body }: HttpAnswer): string {
  const problem = problemIn(body)
  const says = problem === null ? advise(status, location) : `${problem.code}: ${problem.detail}`
  return oneLine(`HTTP ${status}${problem === null ? ': ' : ' '}${says}`)
}

function advise(status: number, location: string | undefined): string {
  if (status >= 300 && status < 400) {
    if (location === undefined) return 'it leads elsewhere without saying where'
    return `it leads to ${replicaUrlOf(location)}: give the address that takes hosts itself`
  }
  switch (status) {
    case 200:
    case 400:
    case 426:
      return 'no replica, or a proxy that does not pass the upgrade to WebSocket on'
    case 401:
    case 407:
      return 'say who you are with "headers"'
    case 403:
      return 'refused by what is before the replica, or by no replica at all'
    case 404:
      return 'no replica takes hosts there: check host, port and path'
    case 502:
    case 503:
    case 504:
      return 'a proxy is there, and reaches no replica'
    default:
      return 'no replica answers so'
  }
}

/** How replicas say what is wrong: RFC 9457, with a code. */
function problemIn(body: string): { readonly code: string; readonly detail: string } | null {
  try {
    const { code, detail } = JSON.parse(body) as Readonly<Record<string, unknown>>
    return typeof code === 'string' && typeof detail === 'string' ? { code, detail } : null
  } catch {
    return null
  }
}

function isUntrusted(code: string): boolean {
  return /^(?:DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(?:VERIFY|GET)_|^CERT_UNTRUSTED$/.test(code)
}

/** On one line, without what gets one in somewhere, and no longer than is good for a log. */
export function oneLine(text: string): string {
  const plain = withoutLogins(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return plain.length <= reasonUnitsMax ? plain : `${plain.slice(0, reasonUnitsMax - 1)}…`
}

/** There was no close frame: the other side, or the network, went away. */
const brokenCode = 1006

/** Why an open WebSocket ended. */
export function describeClose(code: number, reason: string): string {
  if (code === brokenCode) return 'the connection broke'
  return oneLine(`closed: ${code} ${reason}`)
}
