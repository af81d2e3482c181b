/** Calls as a client of HTTP makes them, each over a connection of its own. */
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { Readable } from 'node:stream'
import { bodyOf } from './raw-application.js'

export interface Asked {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string | Buffer | Readable
  readonly onInformation?: (status: number, headers: IncomingHttpHeaders) => void
}

/** @param path raw, as it is sent */
export function open(
  port: number,
  path: string,
  { method = 'GET', headers = {}, body, onInformation }: AskOptions = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const where = { host: '127.0.0.1', port, path, agent: false, maxHeaderSize: 256 * 1_024 }
    const asked = request({ ...where, method, headers })
    asked.once('response', resolve)
    asked.once('error', reject)
    asked.on('information', (info) => onInformation?.(info.statusCode, info.headers))
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) asked.end(body)
    else body.pipe(asked)
  })
}

export async function ask(port: number, path: string, options?: AskOptions): Promise<Asked> {
  const response = await open(port, path, options)
  const { statusCode = 0, headers } = response
  return { status: statusCode, headers, body: (await bodyOf(response)).toString() }
}

/** @returns its code and the whole document */
export function problemIn({ headers, body }: Asked) {
  if (headers['content-type'] !== 'application/problem+json') throw new Error(`no problem: ${body}`)
  return JSON.parse(body) as { code: string; detail: string; status: number; outcome?: string }
}
