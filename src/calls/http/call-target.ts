/**
 * Reads which actor a call is for from the target of its request line, as it came: nothing is
 * decoded but the type and the id, each once and strictly. What goes on to the application is the
 * rest of the very same text.
 *
 * A dot segment, a backslash or a fragment is refused, for what normalizes URLs behind this would
 * take `/Cart/42/../43` for a call to another actor than the one whose owner was asked for. So
 * would what decodes first and then normalizes, or drops what stands behind a semicolon.
 */
import { BerthError } from '../../errors/berth-error.js'
import { utf8Bytes } from '../../wire/utf8-bytes.js'

/** What stands before the type in the target of a call. */
export const callPrefix = '/v1/call'

/** Longest id of an actor, in bytes of UTF-8, as everywhere in Berth. */
export const idBytesMax = 1_024
/** Longest actor type in a call, in bytes of UTF-8: far more than any that a host offers. */
export const typeBytesMax = 1_024

export interface CallTarget {
  readonly type: string
  readonly id: string
  /** For the application: `/{type}/{id}` and all that follows, byte for byte as it came. */
  readonly path: string
  /** Where in `path` the part behind the id begins. */
  readonly restAt: number
}

const absoluteForm = /^https?:\/\/[^/?#]*/i
const dotSegment = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?=[/;]|%2f|%3b|%5c|$)/i
const otherThanAscii = /[^\x21-\x7e]/

/** @param target of the request line, as it came: also with a scheme and a host (RFC 9112 §3.2) */
export function isCallTarget(target: string): boolean {
  return pathOf(target).startsWith(`${callPrefix}/`)
}

/** @returns path and query of a target, which may have a scheme and a host before them */
export function pathOf(target: string): string {
  return target.startsWith('/') ? target : target.replace(absoluteForm, '')
}

/**
 * @param target of the request line, as it came
 * @throws BerthError `not_found` for what is not of calls, `invalid_request` for no actor
 */
export function readCallTarget(target: string): CallTarget {
  const path = pathOf(target)
  if (!path.startsWith(`${callPrefix}/`)) {
    throw new BerthError('not_found', `Calls go to ${callPrefix}/{type}/{id}/{path}.`)
  }
  return readActorPath(path.slice(callPrefix.length))
}

/**
 * @param type @param id of an actor, as text
 * @param rest path and query behind the actor: `` or what begins with `/` or `?`
 */
export function composeCallTarget(type: string, id: string, rest: string): CallTarget {
  if (rest !== '' && rest[0] !== '/' && rest[0] !== '?') throw invalid('A path begins with "/".')
  // Most names are as they are in a path, and need neither to be encoded nor to be read.
  if (rest === '' && isPlain(type, typeBytesMax) && isPlain(id, idBytesMax)) {
    const path = `/${type}/${id}`
    return { type, id, path, restAt: path.length }
  }
  if (!type.isWellFormed() || !id.isWellFormed()) {
    throw invalid('The name of an actor is well-formed Unicode.')
  }
  return readActorPath(`/${encodeURIComponent(type)}/${encodeURIComponent(id)}${rest}`)
}

/** Of names without a dot: two of these could be a segment of another meaning. */
const plain = /^[\w~-]+$/

function isPlain(name: string, bytesMax: number): boolean {
  return name.length <= bytesMax && plain.test(name)
}

function readActorPath(path: string): CallTarget {
  const queryAt = path.indexOf('?')
  const end = queryAt < 0 ? path.length : queryAt
  const typeEnd = path.indexOf('/', 1)
  if (typeEnd < 0 || typeEnd >= end) throw invalid('The path names a type and no id.')
  const slashAt = path.indexOf('/', typeEnd + 1)
  const idEnd = slashAt < 0 || slashAt > end ? end : slashAt
  refuseAmbiguous(path, end)
  const type = readName(path.slice(1, typeEnd), 'type', typeBytesMax)
  const id = readName(path.slice(typeEnd + 1, idEnd), 'id', idBytesMax)
  return { type, id, path, restAt: idEnd }
}

function refuseAmbiguous(path: string, end: number): void {
  if (path.includes('#')) throw invalid('A fragment (#) is not sent; write it as %23.')
  const backslashAt = path.indexOf('\\')
  if (backslashAt >= 0 && backslashAt < end) throw invalid('Write a backslash in a path as %5C.')
  if (otherThanAscii.test(path)) throw invalid('Percent-encode spaces and what is not of ASCII.')
  // Seldom there: the pattern is for those alone.
  if (!path.includes('/.') && !path.includes('%')) return
  if (dotSegment.test(path.slice(0, end))) {
    throw invalid('No part of the path, nor a type or an id, is "." or "..", in any spelling.')
  }
}

/** @param segment as it came, percent-encoded */
function readName(segment: string, what: 'type' | 'id', bytesMax: number): string {
  if (segment === '') throw invalid(`The ${what} of the actor is empty.`)
  if (segment.includes(';')) throw invalid(`Write a semicolon in the ${what} of an actor as %3B.`)
  const name = decode(segment, what)
  if (name.length * 3 > bytesMax && utf8Bytes(name) > bytesMax) {
    throw invalid(`The ${what} of an actor has at most ${bytesMax} bytes.`)
  }
  return name
}

function decode(segment: string, what: 'type' | 'id'): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    throw invalid(`The ${what} of the actor is not valid: check its percent-encoding of UTF-8.`)
  }
}

function invalid(detail: string): BerthError {
  return new BerthError('invalid_request', detail)
}
