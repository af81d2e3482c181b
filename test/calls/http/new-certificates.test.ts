/** Certificates that are given anew while connections stand. */
import { Agent, request } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { CallServer } from '../../../src/calls/http/call-server.js'
import { FunctionApplication } from '../../../src/calls/http/function-application.js'
import { BerthError } from '../../../src/errors/berth-error.js'
import { peerTlsOf } from '../../support/certificates.js'
import { ask, problemIn } from './support/ask.js'
import { Owners, startHost } from './support/call-cluster.js'

const closing = (close: () => Promise<void> | void) => onTestFinished(close)

async function hostOf(application: FunctionApplication, tls = peerTlsOf('replica-1')) {
  const owners = new Owners()
  const host = await startHost({ application, owners, settings: { backOffMinMs: 1 }, tls })
  closing(() => host.stop())
  return { host, owners }
}

test('connections that are made from then on show them, and those that stand go on', async () => {
  const { host } = await hostOf(new FunctionApplication(() => ({})))
  const server = new CallServer(host.driver, {
    ...{ origin: 'sidecar', tls: peerTlsOf('replica-1') },
    others: (_request, response) => void response.end('there'),
  })
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  closing(() => server.destroy())
  const agentOf = () => {
    const agent = new Agent({ ...peerTlsOf('replica-3'), keepAlive: true, maxSockets: 1 })
    closing(() => agent.destroy())
    return agent
  }
  const seen = (agent: Agent) =>
    new Promise<string>((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port, path: '/other', agent }, (response) => {
        const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate()
        response.resume().once('end', () => resolve(fingerprint256))
      })
      call.once('error', reject).end()
    })
  const [first, second] = [agentOf(), agentOf()]
  const before = await seen(first)
  server.useTls(peerTlsOf('replica-2'))
  expect(await seen(first)).toBe(before)
  expect(await seen(second)).not.toBe(before)
})

test('a call to another host that is under way comes to its end', async () => {
  let begun: () => void = () => undefined
  let end: () => void = () => undefined
  const reached = new Promise<void>((resolve) => {
    begun = resolve
  })
  const slow = new FunctionApplication(async ({ id }) => {
    if (id === 'fast') return { body: 'fast' }
    begun()
    await new Promise<void>((resolve) => {
      end = resolve
    })
    return { body: 'slow' }
  })
  const { host: first, owners } = await hostOf(slow)
  const settings = { backOffMinMs: 1 }
  const second = await startHost({
    application: slow,
    owners,
    settings,
    tls: peerTlsOf('replica-2'),
  })
  closing(() => second.stop())
  owners.rest = second.name
  const running = ask(first.port, '/v1/call/Cart/slow')
  await reached
  first.clients.useTls(peerTlsOf('replica-3'))
  expect(await ask(first.port, '/v1/call/Cart/fast')).toMatchObject({ status: 200, body: 'fast' })
  end()
  expect(await running).toMatchObject({ status: 200, body: 'slow' })
})

test('a guard is asked of each request, calls included, before all else', async () => {
  const called: string[] = []
  const { host } = await hostOf(
    new FunctionApplication(({ id }) => {
      called.push(id)
      return {}
    }),
  )
  const server = new CallServer(host.driver, {
    ...{ origin: 'application', tls: null },
    others: (_request, response) => void response.end('there'),
    guard: ({ headers }) =>
      headers.origin === undefined ? null : new BerthError('foreign_origin', 'Not from a page.'),
  })
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  closing(() => server.destroy())
  expect((await ask(port, '/other')).body).toBe('there')
  for (const path of ['/other', '/v1/call/Cart/1']) {
    const got = await ask(port, path, { headers: { origin: 'https://elsewhere.example' } })
    expect(problemIn(got)).toMatchObject({ status: 403, code: 'foreign_origin' })
  }
  expect(called).toEqual([])
})
