/** Answers to what is not HTTP, or not in time: there is a socket and nothing else. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import { BerthError } from '../errors/berth-error.js'
import { type ProblemDocument, problemType } from '../errors/problem-document.js'
import { berthErrorOf, problemOf } from './problem.js'

/** For `clientErrorHandler`: what is not HTTP, or not in time. There is only the socket. */
export function createClientErrorHandler(log: Pick<Logger, 'debug'>) {
  return (error: Error & { code?: string; rawPacket?: unknown }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    log.debug({ err: error, remote: socket.remoteAddress }, 'not a request')
    const known = berthErrorOf(error, '')
    const problem = problemOf(
      known.code === 'internal'
        ? new BerthError('invalid_request', 'These bytes are not an HTTP/1.1 request.')
        : known,
    )
    const { rawPacket: bytes } = error
    const isHead = Buffer.isBuffer(bytes) && bytes.indexOf('HEAD ') === 0
    socket.end(rawResponse(problem, isHead ? 'HEAD' : undefined))
  }
}

/**
 * A whole HTTP/1.1 response, for where there is a socket and nothing else.
 * @param method of the request, as far as it is known: an answer to HEAD has no body
 */
export function rawResponse(problem: ProblemDocument, method: string | undefined): string {
  const body = JSON.stringify(problem)
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    method === 'HEAD' ? '' : body,
  ].join('\r\n')
}
