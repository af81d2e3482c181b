/**
 * A bare reverse proxy by undici, as its documentation has it: streams each request to the port
 * given, and the answer back. Sends its own port.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

const pool = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 128 })

const server = createServer((request, response) => {
  const { url = '/', method = 'GET', headers } = request
  const { connection: _, 'keep-alive': __, ...passed } = headers
  const options = { path: url, method: method as 'POST', headers: passed, body: request }
  const begin = ({ statusCode, headers, opaque }: PoolAnswer) => {
    const { connection: _, 'keep-alive': __, ...passed } = headers
    opaque.writeHead(statusCode, passed)
    return opaque
  }
  pool.stream({ ...options, opaque: response }, begin as never).catch(() => {
    if (!response.headersSent) response.writeHead(502)
    response.end()
  })
})

interface PoolAnswer {
  readonly statusCode: number
  readonly headers: Record<string, string | string[]>
  readonly opaque: ServerResponse
}

server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))
