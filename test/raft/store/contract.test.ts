/** The storage contract on Postgres. */
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { StoredState } from '../../../src/raft/node/disk/storage.js'
import type { LogStore } from '../../../src/raft/store/log-store.js'
import { createDatabase, type TestDatabase } from '../../support/database.js'
import { testStorage } from './contract.js'
import type { StorageTestContext, StorageUnderTest } from './storage-under-test.js'
import { openStore } from './store-fixture.js'

type Opened = Awaited<ReturnType<typeof openStore>>

class PostgresUnderTest implements StorageUnderTest {
  readonly state: StoredState
  private readonly t: StorageTestContext
  private readonly database: TestDatabase
  private store: LogStore

  private readonly schema: string

  private constructor(
    t: StorageTestContext,
    database: TestDatabase,
    schema: string,
    opened: Opened,
  ) {
    this.t = t
    this.database = database
    this.schema = schema
    this.store = opened.store
    this.state = opened.state
  }

  /** In a schema of its own. */
  static async open(t: StorageTestContext, database: TestDatabase): Promise<PostgresUnderTest> {
    const schema = `s_${randomUUID().replaceAll('-', '')}`
    const opened = await openStore(t, database.url, { schema })
    return new PostgresUnderTest(t, database, schema, opened)
  }

  run(operation: Parameters<LogStore['run']>[0]): Promise<void> {
    return this.store.run(operation)
  }

  readChunk(...args: Parameters<LogStore['readChunk']>): Promise<Uint8Array> {
    return this.store.readChunk(...args)
  }

  /** The process before is not asked: the new one takes the database over from it. */
  async restart(): Promise<StoredState> {
    const opened = await openStore(this.t, this.database.url, { schema: this.schema })
    await this.store.close()
    this.store = opened.store
    return opened.state
  }

  async damageEntry(index: number): Promise<void> {
    await this.database.query(
      `update ${this.schema}.log set data = set_bit(data, 13, 1 - get_bit(data, 13))
        where index = $1`,
      [index],
    )
  }

  async loseEntry(index: number): Promise<void> {
    await this.database.query(`delete from ${this.schema}.log where index = $1`, [index])
  }

  async damageChunk(chunk: number): Promise<void> {
    await this.database.query(
      `update ${this.schema}.snapshot_chunk set bytes = set_bit(bytes, 3, 1 - get_bit(bytes, 3))
        where chunk = $1 and snapshot = (select id from ${this.schema}.snapshot
          where state = 'complete' order by index desc, id desc limit 1)`,
      [chunk],
    )
  }
}

const database = createDatabase()

test('the server of the contract syncs what it acknowledges', async () => {
  const [row] = await (await database).query('show fsync')
  expect(row).toEqual({ fsync: 'on' })
})

testStorage('Postgres', async (t) => PostgresUnderTest.open(t, await database))
