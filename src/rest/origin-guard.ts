/**
 * Keeps web pages away from a server that trusts its network. A page can make a browser send
 * requests here in two ways: under a name of its own that it lets resolve to this address (DNS
 * rebinding: the `Host` is foreign), or straight from another origin (the `Origin` is foreign).
 * Both are refused. What has no `Origin` is no page's script; what has no `Host` is no browser.
 *
 * A machine has millions of loopback addresses, and each may serve pages of somebody else. So none
 * of them is this server's but the one that the connection came in at, and the three names by
 * which everybody calls the own machine. And these are this server's for a browser on this machine
 * alone: one elsewhere means its own machine by them. A unix socket has no address and no port:
 * the own machine's names lead to it, and those that the server was told of.
 *
 * Probes alone come under any name, where a server has some. Behind a name there may be a page; an
 * address that is none of this machine's cannot be let resolve to it, so it is that of a network
 * before it.
 */
import { isIP } from 'node:net'
import { BerthError } from '../errors/berth-error.js'
import { isUnspecified } from '../wire/address.js'
import { isLoopback } from '../wire/loopback.js'

/** What everybody calls the own machine, as the URL parser writes it. */
const ownMachine: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Names by which a server is reached, beside `localhost` and the address of the connection. */
export interface OwnNames {
  /** Advertised addresses: `host:port` or URLs. */
  readonly advertised: readonly string[]
  /** Other names that lead here, without ports: of a proxy, a service, a DNS alias. */
  readonly aliases: readonly string[]
}

/** How a server speaks of itself to those whom it refuses. */
export interface GuardWords {
  /** `this replica` */
  readonly server: string
  /** What to do for a name that is its own: one sentence. */
  readonly advice: string
}

export interface GuardedRequest {
  /** The `Host` header. */
  readonly host: string | undefined
  /** The `Origin` header. */
  readonly origin: string | undefined
  /** Request target as it was sent; an absolute one has a host of its own. */
  readonly target: string
  /** Address and port that the connection came in at; undefined for a unix socket. */
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  readonly isProbe: boolean
}

interface Authority {
  /** Lower case, as the URL parser writes it, IPv6 in brackets, no dot at the end. */
  readonly name: string
  readonly port: number
}

/**
 * @returns whether it is a probe that a page may have sent, under a name of its own
 * @throws BerthError `foreign_origin` that names what is foreign and what would do.
 */
export type OriginGuard = (request: GuardedRequest) => boolean

export function createOriginGuard(own: OwnNames, words: GuardWords): OriginGuard {
  const advertised = own.advertised.flatMap((address) => authorityOf(address) ?? [])
  const names = new Set([
    ...advertised.map(({ name }) => name),
    ...own.aliases.flatMap((alias) => authorityOf(alias)?.name ?? []),
  ])
  const isOwnAddress = (name: string, { localAddress }: GuardedRequest) =>
    name === bracketed(localAddress)
  /** Of a `Host`: a forwarded port brings `localhost` to any address of this server. */
  const isOwnName = (name: string, request: GuardedRequest) =>
    ownMachine.has(name) || names.has(name) || isOwnAddress(name, request)
  /** Of an `Origin` that is not the `Host`. */
  const isOwnPage = ({ name, port }: Authority, request: GuardedRequest) => {
    if (port !== request.localPort) return false
    if (names.has(name) || isOwnAddress(name, request)) return true
    return ownMachine.has(name) && isLoopback(request.localAddress ?? '')
  }

  return (request) => {
    const relative = request.target.startsWith('/') || request.target === '*'
    const hosts = relative ? [] : [authorityOf(request.target)]
    if (request.host !== undefined) hosts.push(hostOf(request.host))
    const foreign = hosts.filter((host) => host === undefined || !isOwnName(host.name, request))
    if (foreign.length > 0 && !request.isProbe) throw foreignHost(request, words)
    const isStranger = !foreign.every((host) => host !== undefined && isFarAddress(host.name))
    if (request.origin === undefined) return isStranger
    const origin = /^https?:\/\//.test(request.origin) ? authorityOf(request.origin) : undefined
    const same = (other: Authority | undefined) =>
      origin !== undefined && other?.name === origin.name && other.port === origin.port
    if (foreign.length === 0 && hosts.length > 0 && hosts.every(same)) return false
    const isOwn = origin !== undefined && (advertised.some(same) || isOwnPage(origin, request))
    if (!isOwn) throw foreignOrigin(request.origin, words)
    return isStranger
  }
}

/** An address, as a URL has it, of no machine but one. */
function isFarAddress(name: string): boolean {
  const address = name.replace(/^\[(.*)\]$/, '$1')
  return isIP(address) !== 0 && !isLoopback(address) && !isUnspecified(address)
}

/** Reads `host`, `host:port` or a URL; undefined when it is none or carries anything else. */
function authorityOf(text: string): Authority | undefined {
  const withScheme = text.includes('://') ? text : `http://${bracketed(text)}`
  if (!URL.canParse(withScheme)) return undefined
  const url = new URL(withScheme)
  if (url.hostname === '' || url.username !== '' || url.password !== '') return undefined
  const secure = url.protocol === 'https:' || url.protocol === 'wss:'
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  return { name: url.hostname.replace(/\.$/, ''), port }
}

/** Reads a `Host` header: nothing but a name and perhaps a port. */
function hostOf(header: string): Authority | undefined {
  return /[/\\?#@]/.test(header) ? undefined : authorityOf(header)
}

/** Brackets around a bare IPv6 address; an IPv4 address in IPv6 form becomes plain. */
function bracketed(address: string | undefined): string {
  const plain = (address ?? '').replace(/^::ffff:(?=\d+\.)/, '')
  return isIP(plain) === 6 ? `[${plain}]` : plain
}

function foreignHost({ host, target }: GuardedRequest, { server, advice }: GuardWords): BerthError {
  const named = host ?? target
  return new BerthError('foreign_origin', `"${named}" is not a name of ${server}. ${advice}`)
}

function foreignOrigin(origin: string, { server }: GuardWords): BerthError {
  const detail = `Pages of "${origin}" may not reach ${server}; only its own may.`
  return new BerthError('foreign_origin', detail)
}
