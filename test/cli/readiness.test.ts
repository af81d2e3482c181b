/** What is said of a process that is waited for. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { hostReadiness, replicaReadiness } from '../../src/cli/servers/wait.js'
import type { Owner } from '../support/owner.js'

/** @returns the address of what answers so to every question */
async function answers(owner: Owner, status: number, body: string): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(body))
  owner.onTestFinished(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('a replica that is not ready is told by its reasons alone', async (t) => {
  const detail = 'Not ready: member (restoring), nats (away; orders go over WebSocket).'
  const waits = await answers(t, 503, JSON.stringify({ code: 'unavailable', detail }))
  expect(await replicaReadiness(waits)).toBe(
    'member (restoring), nats (away; orders go over WebSocket)',
  )
  expect(await replicaReadiness(await answers(t, 500, '<html>'))).toBe('it answers 500')
  expect(await replicaReadiness(await answers(t, 200, '{"ok":true}'))).toBeNull()
})

test('a host that is not ready is told in words', async (t) => {
  expect(await hostReadiness(await answers(t, 200, '{"ready":false}'))).toBe(
    'it has not joined yet',
  )
  expect(await hostReadiness(await answers(t, 404, 'nothing here'))).toBe('it answers 404')
  expect(await hostReadiness(await answers(t, 200, '{"ready":true}'))).toBeNull()
})
