/**
 * Addresses as texts, `host:port`: by them hosts are named and replicas are reached. Names are
 * compared as texts, so each address has one spelling, and another one is refused and told the
 * right one; putting it right in silence would give a host another name than it goes by. Lower
 * case, no dot at the end, IPv4 as four decimal numbers, IPv6 as RFC 5952 writes it, and no IPv4
 * address in IPv6 form. What stands for all addresses of a machine names none of them. Pure.
 */
import type { KeywordDefinition } from 'ajv/dist/2020.js'

/** Docker gives machines names with a `_`, and resolves them. */
export const alsoOfPeers = '_'

/** Longest name of DNS, in characters. */
const nameLengthMax = 253
/** Longest part of one. */
const labelLengthMax = 63
const form = /^(?:\[(?<bracketed>[^[\]]*)\]|(?<plain>[^:[\]]*)):(?<port>[^:]*)$/
const port = /^(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3})$/

/**
 * @param allowed characters of a name beside letters, digits, `-` and `.`
 * @returns what is wrong with it and what would do, to follow a colon; null for nothing
 */
export function addressFault(text: string, allowed = ''): string | null {
  if (text.includes('://')) return 'it is a URL; leave out what is before the host and behind it'
  const parts = form.exec(text)?.groups
  if (parts === undefined) return partsFault(text)
  const { bracketed, plain = '', port: number = '' } = parts
  const fault = bracketed === undefined ? nameFault(plain, allowed) : bracketsFault(bracketed)
  if (fault !== null) return fault
  if (!port.test(number)) return 'the port is a number from 1 to 65535'
  const host = bracketed ?? plain
  const canonical = canonicalHost(host)
  if (canonical === null) return `${host} is no address`
  if (canonical !== host) return `write ${inBrackets(canonical)}:${number}`
  return null
}

/** The same where others must reach it. */
export function reachableFault(text: string, allowed = ''): string | null {
  const fault = addressFault(text, allowed)
  if (fault !== null) return fault
  return isUnspecified(addressParts(text).host) ? everyAddress : null
}

/** @param text in which `addressFault` found none @returns the host without brackets */
export function addressParts(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':')
  const host = text.slice(0, at).replace(/^\[(.*)\]$/, '$1')
  return { host, port: Number(text.slice(at + 1)) }
}

/** Why an address that `isUnspecified` does not do. */
export const everyAddress =
  'that stands for all addresses of a machine; name one at which others reach it'

/**
 * The one spelling of a host.
 * @param host a name, IPv4, or IPv6 without brackets, however it is written
 * @returns null for what looks like an address and is none
 */
export function canonicalHost(host: string): string | null {
  if (host.includes(':')) return canonicalIpv6(host)
  const name = host.toLowerCase().replace(/\.$/, '')
  // As browsers see it: a host whose last part is a number is an IPv4 address, or nothing.
  const last = name.slice(name.lastIndexOf('.') + 1)
  if (!/^(\d+|0x[\da-f]*)$/.test(last)) return name
  return URL.canParse(`http://${name}`) ? new URL(`http://${name}`).hostname : null
}

/** @param host in its one spelling, IPv6 without brackets */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** The keyword `x-address` of our schemas, beside a pattern that says nearly the same. */
export const addressKeyword: KeywordDefinition = {
  keyword: 'x-address',
  type: 'string',
  schemaType: 'boolean',
  validate: (_wanted: boolean, text: string) => reachableFault(text) === null,
  error: { message: 'is no address' },
}

/** The same for an address of a replica. */
export const peerAddressKeyword: KeywordDefinition = {
  ...addressKeyword,
  keyword: 'x-peer-address',
  validate: (_wanted: boolean, text: string) => reachableFault(text, alsoOfPeers) === null,
}

function canonicalIpv6(host: string): string | null {
  if (!isIpv6(host)) return null
  const written = new URL(`http://[${host}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(written)
  if (mapped === null) return written
  const halves = mapped.slice(1).map((half) => Number.parseInt(half, 16))
  return halves.flatMap((half) => [half >> 8, half & 0xff]).join('.')
}

function isIpv6(text: string): boolean {
  return /^[\da-f:.]+$/i.test(text) && URL.canParse(`http://[${text}]`)
}

function inBrackets(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

/** Of what is not a host, a colon and a port. */
function partsFault(text: string): string {
  if (text.startsWith('[')) return 'behind the brackets stand a colon and the port: [fd00::1]:7999'
  if (text.split(':').length > 2) return 'an IPv6 address stands in brackets: [fd00::1]:7999'
  return 'it has no port: write it as cart-1:7999'
}

function bracketsFault(host: string): string | null {
  if (host.includes('%')) return 'an address of one link alone (%) is another one elsewhere'
  return isIpv6(host) ? null : 'what is in brackets is no IPv6 address'
}

function nameFault(name: string, allowed: string): string | null {
  if (name === '') return 'it has no host before the port'
  if (name.endsWith('.')) return 'leave out the dot at the end of the host'
  const odd = [...name].find((one) => !/[A-Za-z0-9.-]/.test(one) && !allowed.includes(one))
  if (odd !== undefined) {
    const shown = /[!-~]/.test(odd) ? odd : 'another character'
    return `a host has letters, digits, "-" and "." alone, and this has ${shown}`
  }
  if (name.length > nameLengthMax) return `a host has at most ${nameLengthMax} characters`
  if (/^[-.]|-$/.test(name)) return 'a host begins and ends with a letter or a digit'
  const isLabel = (label: string) => /^(?!-).+(?<!-)$/.test(label) && label.length <= labelLengthMax
  if (name.split('.').every(isLabel)) return null
  return `between two dots stand 1 to ${labelLengthMax} characters, with no "-" at their ends`
}
