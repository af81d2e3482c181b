/**
 * The address of a replica as a host writes it: `ws://host:port`, or with a path where a proxy has
 * the replica under a prefix. Neither login nor query: a sidecar says who it is with headers, and
 * addresses are shown in logs and states.
 */
import { BerthError } from '../errors/berth-error.js'
import { shownUrl } from '../log/shown-url.js'

/** Where replicas take hosts, behind what the address of one says. */
const hostPath = '/v1/host'

/**
 * @returns it in the one form that it has: without a slash at its end
 * @throws BerthError `invalid_config`; what is not meant for a log is not shown
 */
export function parseReplicaUrl(text: string): string {
  const wrong = (detail: string) =>
    new BerthError('invalid_config', `connect: replicas: "${shownUrl(text)}" ${detail}`)
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'ws:' && url.protocol !== 'wss:')) {
    throw wrong('is not a ws:// or wss:// address of a replica.')
  }
  if (url.username !== '' || url.password !== '') {
    throw wrong('has a user or a password: say who you are with "headers".')
  }
  if (url.search !== '' || url.hash !== '') {
    throw wrong('has a query or a fragment: leave it off, and say what a proxy needs in "headers".')
  }
  const path = url.pathname.replace(/\/+$/, '')
  if (path.endsWith(hostPath)) throw wrong(`ends with ${hostPath}: leave that off, it is added.`)
  // Nothing that may be a login goes into logs: a part of one may stand behind the host.
  if (path.includes('@')) throw wrong('has an "@" in its path, where none can be.')
  return `${url.protocol}//${url.host}${path}`
}

/** Where its WebSocket of hosts is. */
export function hostEndpoint(url: string): string {
  return `${url}${hostPath}`
}

/** The replica that takes hosts at this endpoint, of whatever scheme: its address without login. */
export function replicaUrlOf(endpoint: string): string {
  const url = shownUrl(endpoint.replace(/^http/, 'ws'))
  return url.endsWith(hostPath) ? url.slice(0, -hostPath.length) : url
}

/** Whether it names its host, so that the name has to be looked up. */
export function namesHost(url: string): boolean {
  const hostname = URL.canParse(url) ? new URL(url).hostname : ''
  // The parser writes every IPv4 address as four numbers, and IPv6 in brackets.
  return !/^(?:\[.*\]|\d+\.\d+\.\d+\.\d+)$/.test(hostname)
}
