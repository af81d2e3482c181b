/**
 * A NATS server as people write it: `nats://host:port`, `tls://host:port`, `host:port` or `host`,
 * with a login as NATS has it, `user:password@` or `token@`, percent-encoded. The client (2.29)
 * does not take logins in URLs: they are options of it, and no URL that is passed on has one.
 */
import { BerthError } from '../errors/berth-error.js'
import { isEncoded } from '../log/shown-url.js'

export interface ServerAddress {
  /** Without a login. */
  readonly url: string
  /** As options of the client. */
  readonly login: ServerLogin
  /** Whether only TLS will do. */
  readonly isTls: boolean
}

export type ServerLogin =
  | { readonly user: string; readonly pass: string }
  | { readonly token: string }
  | Readonly<Record<string, never>>

/** @throws BerthError `invalid_config` when it is none, or not encoded; does not show it */
export function parseServer(text: string): ServerAddress {
  const url = withScheme(text)
  const { protocol, host, username, password } = isEncoded(url) ? new URL(url) : refuse()
  if (host === '') refuse()
  return {
    url: `${protocol}//${host}`,
    login: loginOf(decodeURIComponent(username), decodeURIComponent(password)),
    isTls: protocol === 'tls:',
  }
}

/** Servers of its cluster that a server may tell of; more are not tried. */
export const toldServersMax = 64

/**
 * What a server told of its cluster: these are logged in to as that one, whatever is said of them.
 * @param told unchecked
 */
export function toldServers(told: unknown, by: ServerAddress): ServerAddress[] {
  if (!Array.isArray(told)) return []
  const { login, isTls } = by
  return told.slice(0, toldServersMax).flatMap((text: unknown) => {
    if (typeof text !== 'string' || !URL.canParse(withScheme(text))) return []
    const { host } = new URL(withScheme(text))
    if (host === '') return []
    return [{ url: `${isTls ? 'tls' : 'nats'}://${host}`, login, isTls }]
  })
}

function withScheme(text: string): string {
  return text.includes('://') ? text : `nats://${text}`
}

function loginOf(user: string, pass: string): ServerLogin {
  if (pass !== '') return { user, pass }
  return user === '' ? {} : { token: user }
}

function refuse(): never {
  const form = 'nats://host:port, a login before the host percent-encoded (a space is %20)'
  throw new BerthError('invalid_config', `The address of a NATS server has not the form ${form}.`)
}
