import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FunctionApplication } from '../../../src/calls/http/function-application.js'
import { eventually } from '../../support/eventually.js'
import { ask } from './support/ask.js'
import { type CarryingHost, type Owners, startHost } from './support/call-cluster.js'
import { bodies, path, type Ran, startNotingHosts } from './support/noting-hosts.js'
import { serveBytes } from './support/raw-application.js'

let owners: Owners
let ran: Ran[]
let first: CarryingHost
let second: CarryingHost
let hosts: CarryingHost[]

beforeEach(async () => {
  ;({ owners, ran, hosts } = await startNotingHosts())
  ;[first, second] = hosts as [CarryingHost, CarryingHost]
})

afterEach(async () => {
  await Promise.all(hosts.map((host) => host.stop()))
})

test.for(bodies)(
  'a host that takes a connection and stands still has got nothing of a call with %s',
  async ([, body, headers]) => {
    const frozen = await serveBytes(() => undefined)
    const limits = { connectionsReady: 1, patienceMs: 60_000 }
    const application = new FunctionApplication(() => ({}))
    const third = await startHost({ application, owners, clients: { limits } })
    hosts.push(third)
    owners.rest = `127.0.0.1:${frozen.port}`
    const under = ask(third.port, '/v1/call/Cart/1', { method: 'POST' }).catch(() => null)
    await eventually('it has the one connection', () => frozen.connections === 1)
    const answer = ask(third.port, path, { method: 'POST', body, headers })
    await eventually('it is on its way', () => third.driver.machine.measures.forwarded === 2)
    owners.move('Cart', '42', second.name)
    third.events.changed()
    expect((await answer).body).toBe('second')
    expect(ran.map((one) => one.body)).toEqual([body])
    await frozen.close()
    await under
  },
)

test.for(bodies.slice(2))(
  'a host that gives no go-ahead has got nothing of a call with %s',
  async ([, body, headers]) => {
    const frozen = await serveBytes(() => undefined)
    owners.move('Cart', '42', `127.0.0.1:${frozen.port}`)
    const answer = ask(first.port, path, { method: 'POST', body, headers })
    await eventually('its head is there', () => frozen.connections === 1)
    owners.move('Cart', '42', second.name)
    first.events.changed()
    expect((await answer).body).toBe('second')
    expect(ran.map((one) => one.body)).toEqual([body])
    await frozen.close()
  },
)

test.for(bodies.slice(0, 2))(
  'a call with %s that a host has got before it stood still is sent again where that may be',
  async ([, body, headers]) => {
    const frozen = await serveBytes(() => undefined)
    const application = new FunctionApplication(() => ({}))
    const settings = { formerOwnerWaitMs: 1 }
    const third = await startHost({ application, owners, settings })
    hosts.push(third)
    owners.move('Cart', '42', `127.0.0.1:${frozen.port}`)
    const once = ask(third.port, path, {
      method: 'POST',
      headers: { ...headers, 'Berth-Timeout': '1' },
      body,
    })
    const again = ask(third.port, path, { method: 'PUT', headers, body })
    await eventually('both are there', () => frozen.connections === 2)
    owners.move('Cart', '42', second.name)
    third.events.changed()
    expect(await again).toMatchObject({ status: 200, body: 'second' })
    expect((await once).status).toBe(504)
    expect(ran.map((one) => one.body)).toEqual([body])
    await frozen.close()
  },
)

describe('what another host says of itself', () => {
  async function thirdHost(): Promise<[host: CarryingHost, begun: () => boolean]> {
    let hasBegun = false
    const application = new FunctionApplication(() => {
      hasBegun = true
      return new Promise(() => undefined)
    })
    const third = await startHost({ application, owners })
    hosts.push(third)
    owners.move('Cart', '42', third.name)
    return [third, () => hasBegun]
  }

  test.for(bodies)('that it ends, of a call with %s: it goes on', async ([, body, headers]) => {
    const [third] = await thirdHost()
    third.driver.close()
    const answer = ask(first.port, path, { method: 'POST', body, headers })
    await eventually('it was tried', () => first.driver.machine.measures.sentAgain > 0)
    owners.move('Cart', '42', second.name)
    first.events.changed()
    expect((await answer).body).toBe('second')
    expect(ran.map((one) => one.body)).toEqual([body])
  })

  test.for([
    ['PUT', ['second', 200]],
    ['POST', ['the other host says: ', 502]],
  ] as const)(
    'that it has lost a %s, which is sent again or not',
    async ([method, [said, status]]) => {
      const [third, hasBegun] = await thirdHost()
      const answer = ask(first.port, path, { method, body: 'x' })
      await eventually('it runs', hasBegun)
      owners.move('Cart', '42', second.name)
      first.events.changed()
      third.driver.close()
      const got = await answer
      expect([got.status, got.headers['berth-problem']]).toEqual([
        status,
        status === 200 ? undefined : 'call_lost',
      ])
      expect(got.body).toContain(said)
      expect(ran).toHaveLength(status === 200 ? 1 : 0)
    },
  )

  test('that it has no room is the answer, and told apart from one of an application', async () => {
    const headers = { 'Berth-Problem': 'unavailable' }
    const busy = new FunctionApplication(() => ({ status: 503, headers }))
    for (const [callsMax, problem] of [
      [1, undefined],
      [0, 'too_many_calls'],
    ] as const) {
      const third = await startHost({ application: busy, owners, settings: { callsMax } })
      hosts.push(third)
      owners.move('Cart', '42', third.name)
      const got = await ask(first.port, path, { method: 'POST' })
      expect([got.status, got.headers['berth-problem']]).toEqual([503, problem])
    }
  })
})
