/** The kinds of values that settings have: how each is written, and what it becomes. */
import { hasLogin, isEncoded } from '../log/shown-url.js'
import {
  addressFault,
  alsoOfPeers,
  canonicalHost,
  everyAddress,
  isUnspecified,
  reachableFault,
} from '../wire/address.js'
import { parseWholeNumber } from '../wire/whole-number.js'

export interface SettingKind<T> {
  /** How it is written, for help and errors. */
  readonly form: string
  /** Shown in help behind the flag; absent for switches. */
  readonly placeholder?: string
  /** What it may be, in short, where help should say so. */
  readonly range?: string
  /** May hold a password: what was given is not shown when it is wrong. */
  readonly isSecret?: true
  /** undefined when the text has not the form. */
  parse(text: string): T | undefined
  /** What is wrong with a text that has not the form, where more can be said; null for nothing. */
  whyNot?(text: string): string | null
}

export interface SocketAddress {
  /** DNS name, IPv4 or IPv6 without brackets. */
  readonly host: string
  readonly port: number
}

/** `host:port`, IPv6 in brackets. */
export function formatAddress({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export function wholeNumber(lowest: number, highest: number): SettingKind<number> {
  return {
    form: `a whole number from ${lowest} to ${highest}`,
    placeholder: '<n>',
    range: `${lowest} to ${highest}`,
    parse: (text) => {
      const value = parseWholeNumber(text) ?? Number.NaN
      return value >= lowest && value <= highest ? value : undefined
    },
  }
}

export const flag: SettingKind<boolean> = {
  form: 'true or false',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
}

/** Also what namespaces and clusters are called. */
export const word: SettingKind<string> = {
  form: 'a word of a-z, 0-9 and -, at most 63 characters',
  placeholder: '<word>',
  parse: (text) => (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text) ? text : undefined),
}

export const text: SettingKind<string> = {
  form: 'a text',
  placeholder: '<text>',
  parse: (value) => (value === '' ? undefined : value),
}

export const filePath: SettingKind<string> = {
  form: 'a path of a file',
  placeholder: '<file>',
  parse: (value) => (value === '' || value.includes('\0') ? undefined : value),
}

/** Also as others have written it: in any spelling. */
export const socketAddress: SettingKind<SocketAddress> = {
  form: 'host:port (IPv6 in brackets)',
  placeholder: '<host:port>',
  parse: (value) => {
    const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d+)$/.exec(value)
    const host = match?.[1] ?? match?.[2]
    const port = wholeNumber(1, 65_535).parse(match?.[3] ?? '')
    return host !== undefined && port !== undefined ? { host, port } : undefined
  },
}

/** Where a process listens: all addresses of the machine, too. */
export const listenAddress = spelledOut((value) => addressFault(value, alsoOfPeers))

/** Where others reach something. */
export const reachableAddress = spelledOut((value) => reachableFault(value, alsoOfPeers))

/** As it stands in the log and in messages, an address has one spelling. */
function spelledOut(faultOf: (value: string) => string | null): SettingKind<SocketAddress> {
  return {
    ...socketAddress,
    parse: (value) => (faultOf(value) === null ? socketAddress.parse(value) : undefined),
    whyNot: faultOf,
  }
}

/** How a URL is to be written. */
export const encoded = 'percent-encoded (a space is %20)'

/** With the login of whoever connects, as NATS has it: `user:password@` or `token@`. */
export const natsUrl: SettingKind<string> = {
  form: `a nats:// or tls:// URL with its login ${encoded}`,
  placeholder: '<url>',
  isSecret: true,
  parse: (value) => {
    const url = isEncoded(value) ? new URL(value) : null
    if (url === null || !/^(nats|tls):$/.test(url.protocol) || url.host === '') return undefined
    if (url.username === '' && url.password !== '') return undefined
    return url.search === '' && url.hash === '' && /^\/?$/.test(url.pathname) ? value : undefined
  },
}

/** For others to see. */
export const publicNatsUrl: SettingKind<string> = {
  ...natsUrl,
  form: 'a nats:// or tls:// URL without user and password',
  parse: (value) => {
    const url = natsUrl.parse(value)
    return url === undefined || hasLogin(url) || namesNoServer(url) ? undefined : url
  },
  whyNot: (value) => {
    const url = natsUrl.parse(value)
    return url !== undefined && namesNoServer(url) ? everyAddress : null
  },
}

/** Whether the host of a URL stands for all addresses of whoever looks there. */
export function namesNoServer(url: string): boolean {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')
  return isUnspecified(canonicalHost(host) ?? host)
}

export function oneOf<const T extends string>(words: readonly T[]): SettingKind<T> {
  return {
    form: `one of ${words.join(', ')}`,
    placeholder: '<word>',
    range: words.join(', '),
    parse: (value) => words.find((each) => each === value),
  }
}

/** An empty text stands for "not given". */
export function optional<T>(kind: SettingKind<T>): SettingKind<T | null> {
  return { ...kind, parse: (value) => (value === '' ? null : kind.parse(value)) }
}

/** Separated by commas; an empty text is an empty list. */
export function listOf<T>(kind: SettingKind<T>): SettingKind<readonly T[]> {
  return {
    ...kind,
    form: `a list separated by commas, each of them ${kind.form}`,
    placeholder: '<list>',
    parse: (value) => {
      const parts = value.split(',').filter((part) => part !== '')
      const values = parts.map((part) => kind.parse(part))
      return values.every((each) => each !== undefined) ? (values as readonly T[]) : undefined
    },
    whyNot: (value) => {
      const faults = value.split(',').map((part) => kind.whyNot?.(part) ?? null)
      return faults.find((fault) => fault !== null) ?? null
    },
  }
}
