import { beforeEach, describe, expect, test } from 'vitest'
import { defaultPastTableLimits, PastTables } from '../../src/api/past-tables.js'
import { TestReplica } from './support/test-replica.js'

let replica: TestReplica

beforeEach(async () => {
  replica = await TestReplica.create()
  for (let n = 1; n <= 20; n += 1) replica.join({ name: `node${n}:5000` })
  replica.disseminate()
})

const tables = (limits: Partial<typeof defaultPastTableLimits> = {}) =>
  new PastTables(replica, { ...defaultPastTableLimits, ...limits })

describe('a rebuild of a past table', () => {
  test('that would read more events than the limit is too_far_back', async () => {
    await expect(tables({ eventsMax: 10 }).at(replica.state, 'default', 3)).rejects.toMatchObject({
      code: 'too_far_back',
    })
  })

  test('waits for the one before it, and beyond the limit is overloaded', async () => {
    const past = tables({ waitingMax: 3 })
    const asked = [5, 4, 3, 2].map((generation) => past.at(replica.state, 'default', generation))
    await expect(asked[3]).rejects.toMatchObject({ code: 'overloaded', retryable: true })
    const found = await Promise.all(asked.slice(0, 3))
    expect(found.map(({ generation }) => generation)).toEqual([5, 4, 3])
    expect((await past.at(replica.state, 'default', 2)).generation).toBe(2)
  })

  test('that fails does not stop those that wait', async () => {
    const past = tables()
    const events = replica.stored
    replica.stored = []
    const failing = past.at(replica.state, 'default', 5)
    await expect(failing).rejects.toMatchObject({ code: 'compacted' })
    replica.stored = events
    expect((await past.at(replica.state, 'default', 5)).generation).toBe(5)
  })

  test('forgets the tables that were not used for longest', async () => {
    const past = tables({ rememberedMax: 2 })
    for (const generation of [10, 9, 8]) await past.at(replica.state, 'default', generation)
    replica.eventQueries = []
    await past.at(replica.state, 'default', 8)
    await past.at(replica.state, 'default', 9)
    expect(replica.eventQueries).toHaveLength(0)
    await past.at(replica.state, 'default', 10)
    expect(replica.eventQueries.length).toBeGreaterThan(0)
  })

  test('of one namespace never uses the tables of another', async () => {
    for (const name of ['a:1', 'b:1', 'c:1']) replica.join({ name, namespace: 'other' })
    replica.disseminate('other')
    const past = tables()
    await past.at(replica.state, 'default', 2)
    const other = await past.at(replica.state, 'other', 1)
    expect(Array.from(other.list(), ({ name }) => name)).toEqual(['a:1'])
  })
})
