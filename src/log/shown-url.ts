/**
 * What people and other programs may see of a URL: where it leads, and nothing by which one gets in
 * there. Whatever writes a URL, or a text in which one may stand, into a log, an error, an answer
 * or a command line, passes it through here.
 */

/** Before the host of a URL: user, password or token. */
const loginPattern = /(:\/\/)[^\s"'<>/?#]*@/g
/** In the query of one, as Postgres takes it. */
const passwordPattern = /([?&](?:ssl)?password=)[^\s"'<>&#]*/gi

/**
 * A URL without login, query and fragment: `nats://host:4222`. What cannot be read as a URL loses
 * what looks like a login.
 */
export function shownUrl(text: string): string {
  if (!text.includes('://') || !URL.canParse(text)) return withoutLogins(text)
  const { protocol, host, pathname } = new URL(text)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}

/** A text in which URLs may stand, such as the message of an error: each without its login. */
export function withoutLogins(text: string): string {
  return text.replaceAll(loginPattern, '$1').replaceAll(passwordPattern, '$1***')
}

/** Whether the text holds a URL with a login. */
export function hasLogin(text: string): boolean {
  return withoutLogins(text) !== text
}
