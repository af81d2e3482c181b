/** Bytes that are no request: there is only the socket to answer on. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { BerthError } from '../../errors/berth-error.js'
import { problemType } from '../../errors/problem-document.js'
import { problemBody } from './problem-answer.js'

export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // Bytes behind those that were answered: the connection ends by that answer.
  if (error.code !== 'ECONNRESET' && socket.writableEnded && !socket.destroyed) return
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  answerRaw(errorOf(error.code), socket)
}

/** For the answer to be taken, and the connection closed from the other side, in ms. */
const lingerMs = 1_000

/**
 * Answers and ends the connection, which is closed a while later at the latest. Node may have let
 * go of the socket before: nobody else hears of its errors.
 */
export function answerRaw(error: BerthError, socket: Socket): void {
  const body = problemBody(error)
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  socket.on('error', () => socket.destroy())
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
  // What came and is not read would cut off the answer.
  socket.resume()
  socket.end(`${head.join('\r\n')}\r\n\r\n${body.toString('latin1')}`, 'latin1')
}

function errorOf(code: string | undefined): BerthError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new BerthError('headers_too_large', 'URL and headers together are too long.')
    case 'HPE_INVALID_URL':
      return new BerthError('invalid_request', 'Percent-encode what is not of ASCII in the path.')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new BerthError('request_timeout', 'The request did not arrive in time.')
    default:
      return new BerthError('invalid_request', 'These bytes are not an HTTP/1.1 request.')
  }
}
