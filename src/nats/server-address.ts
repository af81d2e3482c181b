/**
 * A NATS server as people write it: `nats://host:port`, `tls://host:port`, `host:port` or `host`,
 * with a login as NATS has it, `user:password@` or `token@`, percent-encoded. The client (2.29)
 * does not take logins in URLs: they are options of it, and no URL that is passed on has one.
 */

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

/** @throws TypeError when it is no address at all */
export function parseServer(text: string): ServerAddress {
  const { protocol, host, username, password } = new URL(withScheme(text))
  return {
    url: `${protocol}//${host}`,
    login: loginOf(decoded(username), decoded(password)),
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

/** As it stands where it is not encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
