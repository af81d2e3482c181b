/** A database whose server is known by a name, as the lookup of names allows. */
import type { LookupFunction } from 'node:net'
import { expect, test } from 'vitest'
import { createDatabase } from '../../support/database.js'
import { openStore } from './store-fixture.js'

async function namedDatabase(): Promise<string> {
  const url = new URL((await createDatabase()).url)
  url.hostname = 'postgres.internal'
  return url.href
}

test('the clock of a connect starts when the name is looked up', async (t) => {
  const asked: string[] = []
  const lookup: LookupFunction = (name, _options, callback) => {
    asked.push(name)
    setTimeout(() => callback(null, [{ address: '127.0.0.1', family: 4 }]), 1_500)
  }
  const timing = { connectTimeoutMs: 1_000 }
  const { store } = await openStore(t, await namedDatabase(), { lookup, timing })
  expect(store.status.connected).toBe(true)
  // For the connection of the writer, and for the one beside it that looks for a pooler.
  expect(asked).toEqual(['postgres.internal', 'postgres.internal'])
})

test('a lookup that fails is waited for like a server that is away', async (t) => {
  const failures = ['name lookup of "postgres.internal": no name server answers (EAI_AGAIN)']
  const lookup: LookupFunction = (_name, _options, callback) => {
    const failure = failures.pop()
    if (failure !== undefined) callback(new Error(failure), [])
    else callback(null, [{ address: '127.0.0.1', family: 4 }])
  }
  const { store } = await openStore(t, await namedDatabase(), { lookup })
  expect(store.status.connected).toBe(true)
  expect(failures).toEqual([])
})
