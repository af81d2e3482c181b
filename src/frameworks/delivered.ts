/**
 * Requests that Berth has handed over to a web framework. They are told by the connection on which
 * they came, which is within this process: nobody can send one from elsewhere.
 */
import type { IncomingMessage } from 'node:http'
import { isOurs, readChain } from '../calls/http/call-headers.js'
import type { ActorKey } from '../calls/machine/ownership.js'
import { LoopSocket } from './loop-socket.js'

/** What a call is told of its actor. */
export interface DeliveredActor extends ActorKey {
  /** The fencing token, to hand to a database. */
  readonly token: number
  readonly generation: number
  /** To be passed on with calls that are made for this one. */
  readonly chain: readonly string[]
}

export function isDelivered(request: IncomingMessage): boolean {
  return request.socket instanceof LoopSocket
}

/**
 * The actor that a request is for, and what this host holds of it.
 * @param request of Node, or of a framework that has Node's as `raw`
 * @returns null for a request that did not come by Berth
 */
export function actorOf(
  request: IncomingMessage | { readonly raw: IncomingMessage },
): DeliveredActor | null {
  const message = 'raw' in request ? request.raw : request
  if (!isDelivered(message)) return null
  const { headers } = message
  const [type = '', id = ''] = String(headers['berth-actor']).split('/')
  return {
    type: decodeURIComponent(type),
    id: decodeURIComponent(id),
    token: Number(headers['berth-token']),
    generation: Number(headers['berth-generation']),
    chain: readChain(String(headers['berth-chain'] ?? '')),
  }
}

/** Takes from a request what only Berth says. */
export function dropOurHeaders(request: IncomingMessage): void {
  const { rawHeaders } = request
  if (!rawHeaders.some((text, i) => i % 2 === 0 && isOurs(text.toLowerCase()))) return
  // Node makes these of the raw ones when they are first asked for, by the number that came.
  const { headers, headersDistinct } = request
  let kept = 0
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (isOurs(name.toLowerCase())) continue
    rawHeaders[kept] = name
    rawHeaders[kept + 1] = rawHeaders[i + 1] as string
    kept += 2
  }
  rawHeaders.length = kept
  for (const name of Object.keys(headers).filter(isOurs)) {
    delete headers[name]
    delete headersDistinct[name]
  }
}
