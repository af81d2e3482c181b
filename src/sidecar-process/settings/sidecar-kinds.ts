/** Kinds of values that settings of a sidecar alone have. */
import { BerthError } from '../../errors/berth-error.js'
import {
  listenAddress,
  reachableAddress,
  type SettingKind,
  type SocketAddress,
} from '../../settings/setting-kinds.js'
import { hostEndpoint, parseReplicaUrl } from '../../sidecar/replica-url.js'
import { addressFault, reachableFault } from '../../wire/address.js'

/** A port on TCP, or a unix socket. */
export type LocalAddress =
  | ({ readonly kind: 'tcp' } & SocketAddress)
  | { readonly kind: 'unix'; readonly path: string }

/** Longest path of a unix socket on all systems, in bytes. */
const socketPathBytesMax = 103

const unixPrefix = 'unix:'

function socketPathOf(text: string): string | undefined {
  const path = text.slice(unixPrefix.length)
  const isPath = path.startsWith('/') && !path.endsWith('/') && !path.includes('\0')
  return isPath && Buffer.byteLength(path) <= socketPathBytesMax ? path : undefined
}

function whyNoSocket(text: string): string {
  const bytes = Buffer.byteLength(text.slice(unixPrefix.length))
  if (bytes <= socketPathBytesMax) return 'the path of a unix socket begins with / and ends without'
  return `the path of a unix socket has at most ${socketPathBytesMax} bytes`
}

/** Where something on this machine is listened for. */
export const localAddress: SettingKind<LocalAddress> = {
  form: 'host:port or unix:/path',
  placeholder: '<address>',
  parse: (text) => {
    if (text.startsWith(unixPrefix)) {
      const path = socketPathOf(text)
      return path === undefined ? undefined : { kind: 'unix', path }
    }
    const address = listenAddress.parse(text)
    return address === undefined ? undefined : { kind: 'tcp', ...address }
  },
  whyNot: (text) => (text.startsWith(unixPrefix) ? whyNoSocket(text) : addressFault(text)),
}

const noLogin = 'calls go to it without a login: leave out user and password'

/** Where an application serves: `http://host:port`, or `unix:/path`. */
export const applicationUrl: SettingKind<string> = {
  form: 'http://host:port or unix:/path',
  placeholder: '<url>',
  parse: (text) => {
    if (text.startsWith(unixPrefix)) return socketPathOf(text) === undefined ? undefined : text
    const match = /^http:\/\/([^/]+)\/?$/.exec(text)
    if (match === null || reachableAddress.parse(withPort(match[1]!)) === undefined)
      return undefined
    return new URL(text).origin
  },
  whyNot: (text) => {
    if (text.startsWith(unixPrefix)) return whyNoSocket(text)
    if (/^https:/i.test(text)) return 'calls go to it in plain HTTP, on this machine'
    if (/^http:\/\/[^/]*@/i.test(text)) return noLogin
    const match = /^http:\/\/([^/]+)\/?$/.exec(text)
    if (match !== null) return reachableFault(withPort(match[1]!))
    return /^http:\/\/[^/]+\/./.test(text) ? 'calls come at /{type}/{id}: leave out the path' : null
  },
}

/** The port of http where there is none. */
function withPort(authority: string): string {
  return /:\d*$/.test(authority.replace(/^\[[^\]]*\]/, '')) ? authority : `${authority}:80`
}

/** The name of a host: where other sidecars reach its call port. */
export const hostName: SettingKind<string> = {
  form: 'host:port (IPv6 in brackets) as other hosts reach it',
  placeholder: '<host:port>',
  parse: (text) => (reachableFault(text) === null ? text : undefined),
  whyNot: (text) => reachableFault(text),
}

export const replicaAddress: SettingKind<string> = {
  form: 'a ws:// or wss:// address of a replica',
  placeholder: '<url>',
  isSecret: true,
  parse: (text) => {
    try {
      const url = parseReplicaUrl(text)
      return URL.canParse(hostEndpoint(url)) ? url : undefined
    } catch (error) {
      if (error instanceof BerthError) return undefined
      throw error
    }
  },
}

/** What lets one in: it is never shown. */
export const secret: SettingKind<string> = {
  form: 'a text',
  placeholder: '<text>',
  isSecret: true,
  parse: (text) => (text === '' ? undefined : text),
}
