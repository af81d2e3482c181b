/** Which servers a sidecar tries, and what it says of them. */
import { expect, test } from 'vitest'
import { NatsListener, type NatsOptions } from '../../src/sidecar/nats-listener.js'
import { eventually } from '../support/eventually.js'
import type { Owner } from '../support/owner.js'
import { freePort } from '../support/ports.js'

function listening(t: Owner, told: readonly string[], options: NatsOptions = {}): unknown[] {
  const said: unknown[] = []
  const line = (fields: object, message: string) => void said.push([message, fields])
  const address = { servers: [...told], table: 'table', pulse: 'pulse', get: 'get' }
  const log = { info: line, warn: line, error: line }
  const nothing = () => {}
  const events = { changed: nothing, order: nothing, pulse: nothing, table: nothing }
  const listener = new NatsListener(address, options, log, events)
  listener.start()
  t.onTestFinished(() => listener.close())
  return said
}

test('servers of which a replica tells and that are none are left out', async (t) => {
  const good = `127.0.0.1:${await freePort()}`
  const told = [`nats://${good}`, '', '[::', 'nats://u:p s3cret@h', 'nats://u:s3cret%@h']
  const said = listening(t, told)
  expect(said).toEqual([[expect.stringContaining('are left out'), { unreadable: 4 }]])
  await eventually('the complaint', () => said.length === 2)
  expect(said[1]).toMatchObject(['waiting for NATS', { servers: [`nats://${good}`] }])
})

test('a sidecar shows no login of its own servers, with a scheme or without', async (t) => {
  const at = `127.0.0.1:${await freePort()}`
  const servers = [`nats://u:it's3cret@${at}`, `u:s3cret@${at}`, `s3cret@${at}`]
  const said = listening(t, ['nats://elsewhere'], { servers })
  await eventually('the complaint', () => said.length > 0)
  expect(said[0]).toMatchObject(['waiting for NATS', { servers: Array(3).fill(`nats://${at}`) }])
  expect(JSON.stringify(said)).not.toContain('s3cret')
})
