/**
 * Which paths are of actors, as far as any framework may take them for such: they may decode a
 * path, fold its case and its slashes, and drop what stands behind a semicolon.
 */
import type { IncomingMessage } from 'node:http'
import { pathOf } from '../calls/http/call-target.js'
import { BerthError } from '../errors/berth-error.js'

const firstSegment = /^[/\\]*([^/\\?#;]*)/

/** @param types of actors that this host may run @param target of a request line, or a route */
export function isActorPath(types: readonly string[], target: string): boolean {
  const segment = firstSegment.exec(pathOf(target))?.[1] ?? ''
  const folded = fold(segment)
  return folded !== '' && types.some((type) => fold(type) === folded || type === segment)
}

/** What a caller is told who comes to an actor by another way than Berth. */
export function refusalOf({ method, url }: Pick<IncomingMessage, 'method' | 'url'>): BerthError {
  const what = `${method} ${url}`.slice(0, 200)
  const how = 'call() of a sidecar, or /v1/call/{type}/{id}/{path} of the sidecar beside a caller'
  return new BerthError('not_found', `${what} is of an actor, which is reached by ${how}.`)
}

function fold(segment: string): string {
  try {
    return decodeURIComponent(segment).toLowerCase()
  } catch {
    return segment.toLowerCase()
  }
}
