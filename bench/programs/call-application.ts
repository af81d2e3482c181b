/** An application of the least cost: answers each request with a few bytes. Sends its port. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const body = Buffer.from('{"number":42}')
const headers = { 'content-type': 'application/json', 'content-length': body.length }

const server = createServer((request, response) => {
  const isOurs = request.url?.startsWith('/berth/') === true
  request.resume()
  response.writeHead(isOurs ? 404 : 200, headers)
  response.end(body)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port))
process.on('disconnect', () => process.exit(0))
