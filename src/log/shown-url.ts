/**
 * What people and other programs may see of a URL: where it leads, and nothing by which one gets in
 * there. Whatever writes a URL, or a text in which one may stand, into a log, an error, an answer
 * or a command line, passes it through here.
 *
 * Whether one URL has a login, the parser says, by which it is used as well. In a text a pattern
 * looks for logins, and takes rather too much. It finds every login that is in use, because whoever
 * takes a URL takes only one that `isEncoded`: in such a login is nothing that ends it too soon.
 */

/** From the `://` of a URL to that of the next, or to the end of the line. Files have no logins. */
const urlPattern = /(?<!\bfile):\/\/(?:(?!:\/\/).)*/g
/** What lets one in by the query, as Postgres has it. */
const passwordName = /^(?:ssl)?password$/i
/** The same in a query, where letters may be encoded, and its value. */
const passwordPattern = new RegExp(
  `([?&](?:${encodable('ssl')})?${encodable('password')}=)([^&\\n]*)`,
  'gi',
)
/** A scheme, and at most one @ before path, query and fragment. */
const formPattern = /^[a-z][a-z\d+.-]*:\/\/(?:[^@/?#]*@)?[^@/?#]*(?:[/?#]|$)/i
/** RFC 3986: what may stand in a URL, and what is percent-encoded. */
const encodedPattern = /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\da-f]{2})*$/i

/**
 * A URL without login, query and fragment: `nats://host:4222`. Where it cannot be told what is a
 * login, the scheme alone.
 */
export function shownUrl(text: string): string {
  const scheme = /^[a-z][a-z\d+.-]*:\/\//i.exec(text)?.[0] ?? ''
  const url = scheme !== '' && URL.canParse(text) ? new URL(text) : null
  // An @ behind the host may be that of a login with a / or a ? in it.
  const behind = url === null ? text : `${url.pathname}${url.search}${url.hash}`
  if (behind.includes('@')) return `${scheme}***`
  if (url === null) return text.replace(/[?#].*$/s, '')
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`
}

/** A text in which URLs may stand, such as the message of an error: each without its login. */
export function withoutLogins(text: string): string {
  return text
    .replaceAll(passwordPattern, (_, head: string, value: string) => {
      // The @ stays: before it may stand a login with a ? in it.
      return `${head}***${value.includes('@') ? '@' : ''}`
    })
    .replaceAll(urlPattern, (url) => {
      return `://${url.slice(Math.max('://'.length, url.lastIndexOf('@') + 1))}`
    })
}

/** A parser's complaint about an option that there is not: its value may be a secret, too. */
export function withoutValue(complaint: string): string {
  return withoutLogins(complaint.replace(/(unknown option '--?[\w-]+)=.*'/s, "$1'"))
}

/** Whether a word of a command line may hold a login, well written or not. Says yes too often. */
export function mayHoldLogin(word: string): boolean {
  return /[@%]|password|token/i.test(word)
}

/** Whether a URL has a user, a token or a password. @throws TypeError when it is none */
export function hasLogin(url: string): boolean {
  const { username, password, searchParams } = new URL(url)
  const names = [...searchParams.keys()]
  return username !== '' || password !== '' || names.some((name) => passwordName.test(name))
}

/**
 * Whether a URL is written as URLs are: ASCII, and percent-encoded what has another meaning in it,
 * or none. `encodeURIComponent` gives such logins.
 */
export function isEncoded(url: string): boolean {
  return formPattern.test(url) && encodedPattern.test(url) && URL.canParse(url) && canDecode(url)
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

/** A pattern of a word of which each letter may stand for itself or be percent-encoded. */
function encodable(word: string): string {
  const code = (letter: string) => `%${letter.charCodeAt(0).toString(16)}`
  return [...word]
    .map((letter) => `(?:${letter}|${code(letter)}|${code(letter.toUpperCase())})`)
    .join('')
}
