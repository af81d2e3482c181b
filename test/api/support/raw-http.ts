/** HTTP by hand, for requests that no client would send. */
import { connect } from 'node:net'
import { expect } from 'vitest'

export interface RawResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends bytes and reads until the other side closes. */
export async function exchange(port: number, bytes: string | Buffer): Promise<RawResponse> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket) text += chunk
  return parse(text)
}

/** A request that asks for the connection to be closed afterwards. */
export function request(
  port: number,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<RawResponse> {
  const all = { Host: `127.0.0.1:${port}`, Connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return exchange(port, [`${line} HTTP/1.1`, ...lines, '', body].join('\r\n'))
}

function parse(text: string): RawResponse {
  const split = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, split).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  return { status: Number(first.split(' ')[1]), headers, body: text.slice(split + 4) }
}

/** The problem that a response is. */
export function problemOf(response: RawResponse) {
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/)
  const body = JSON.parse(response.body)
  expect(body.status).toBe(response.status)
  return body
}
