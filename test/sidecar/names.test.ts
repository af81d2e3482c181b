import { expect, test } from 'vitest'
import type { SystemLookup } from '../../src/network/name-lookup.js'
import { connect } from '../../src/sidecar/index.js'
import { FakeReplica } from './support/fake-replica.js'

/** What each name does: nothing ever, or 127.0.0.1 after so long, in ms. */
function system(names: Readonly<Record<string, number | 'hangs'>>) {
  const asked: string[] = []
  const lookup: SystemLookup = (host, _options, callback) => {
    asked.push(host)
    const ms = names[host]
    if (ms === undefined) {
      setImmediate(() => callback(Object.assign(new Error(host), { code: 'ENOTFOUND' }), []))
    } else if (ms !== 'hangs') {
      setTimeout(() => callback(null, [{ address: '127.0.0.1', family: 4 }]), ms)
    }
  }
  return { asked, lookup }
}

/** Gives up once the replica is reached: it welcomes nobody. */
const complaint = (replicas: readonly string[], lookup: SystemLookup, timeoutMs: number) =>
  connect({ replicas, lookup, nats: false, timeoutMs }).then(
    () => expect.unreachable('it was welcomed'),
    (error: Error) => error.message,
  )

test.concurrent('a name server that takes longer than a connect may keeps nobody out', async (t) => {
  const replica = await FakeReplica.start(t)
  const url = replica.url.replace('127.0.0.1', 'replica-1')
  const { asked, lookup } = system({ 'replica-1': 1_200 })
  expect(await complaint([url], lookup, 3_000)).toContain(`at ${url}`)
  expect(asked).toEqual(['replica-1'])
})

test.concurrent('names that hang are looked up once, and the others are reached', async (t) => {
  const replica = await FakeReplica.start(t)
  const url = replica.url.replace('127.0.0.1', 'replica-2')
  const { asked, lookup } = system({ hangs: 'hangs', 'replica-2': 1 })
  const hanging = Array.from({ length: 3 }, (_, i) => `ws://hangs:${i + 1}`)
  await complaint([...hanging, url], lookup, 2_500)
  expect(replica.heard[0]).toMatchObject({ kind: 'hello' })
  expect(asked.filter((name) => name === 'hangs').length).toBeLessThan(2)
})

test.concurrent('who waits in vain hears that it is for the lookup of a name', async () => {
  const { asked, lookup } = system({ hangs: 'hangs' })
  const said = await complaint(['ws://hangs:1', 'ws://nobody:1'], lookup, 900)
  expect(said).toContain('ws://hangs:1: name lookup: no address within 500 ms')
  expect(said).toContain('ws://nobody:1: name lookup of "nobody": there is no such name')
  expect(asked.filter((name) => name === 'hangs').length).toBe(1)
})
