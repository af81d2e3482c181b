/** What comes to a port of calls, and who answers it. */
import { createServer } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { CallServer } from '../../../src/calls/http/call-server.js'
import { FunctionApplication } from '../../../src/calls/http/function-application.js'
import { exchange } from '../../api/support/raw-http.js'
import { type CarryingHost, Owners, startHost } from './support/call-cluster.js'

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function portWithOthers(): Promise<[port: number, host: CarryingHost]> {
  const owners = new Owners()
  const application = new FunctionApplication(({ id }) => ({ body: `actor ${id}` }))
  const host = await startHost({ application, owners })
  owners.rest = host.name
  const others = createServer((_asked, answer) => answer.end('another'))
  const server = new CallServer(host.driver, {
    ...{ origin: 'application', tls: null },
    others: (asked, answer) => void others.emit('request', asked, answer),
  })
  closing.push(
    () => host.stop(),
    () => server.destroy(),
  )
  return [await server.listen({ host: '127.0.0.1', port: 0 }), host]
}

test.for([
  ['/v1/call/Cart/42', 'actor 42'],
  ['http://a/v1/call/Cart/42', 'actor 42'],
  ['HTTPS://a:80/v1/call/Cart/42?x', 'actor 42'],
  ['/v1/calls', 'another'],
  ['http://a/', 'another'],
  ['/http://a/v1/call/Cart/42', 'another'],
  ['*', 'another'],
])('%s is answered by %s', async ([target, answer]) => {
  const [port] = await portWithOthers()
  const bytes = `OPTIONS ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
  expect((await exchange(port, bytes)).body).toContain(answer)
})
