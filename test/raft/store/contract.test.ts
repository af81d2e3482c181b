/** The storage contract on Postgres. */
import type { StoredState } from '../../../src/raft/node/storage.js'
import type { LogStore } from '../../../src/raft/store/log-store.js'
import { createDatabase, type TestDatabase } from '../../support/database.js'
import { type StorageTestContext, type StorageUnderTest, testStorage } from './contract.js'
import { openStore } from './store-fixture.js'

class PostgresUnderTest implements StorageUnderTest {
  readonly state: StoredState
  private readonly t: StorageTestContext
  private readonly database: TestDatabase
  private store: LogStore

  private constructor(
    t: StorageTestContext,
    database: TestDatabase,
    opened: { readonly store: LogStore; readonly state: StoredState },
  ) {
    this.t = t
    this.database = database
    this.store = opened.store
    this.state = opened.state
  }

  static async open(t: StorageTestContext): Promise<PostgresUnderTest> {
    const database = await createDatabase(t)
    return new PostgresUnderTest(t, database, await openStore(t, database.url))
  }

  run(operation: Parameters<LogStore['run']>[0]): Promise<void> {
    return this.store.run(operation)
  }

  readChunk(...args: Parameters<LogStore['readChunk']>): Promise<Uint8Array> {
    return this.store.readChunk(...args)
  }

  async restart(): Promise<StoredState> {
    await this.store.close()
    const opened = await openStore(this.t, this.database.url)
    this.store = opened.store
    return opened.state
  }

  async damageEntry(index: number): Promise<void> {
    await this.database.query(
      'update berth.log set data = set_bit(data, 13, 1 - get_bit(data, 13)) where index = $1',
      [index],
    )
  }

  async loseEntry(index: number): Promise<void> {
    await this.database.query('delete from berth.log where index = $1', [index])
  }

  async damageChunk(chunk: number): Promise<void> {
    await this.database.query(
      `update berth.snapshot_chunk set bytes = set_bit(bytes, 3, 1 - get_bit(bytes, 3))
        where chunk = $1 and snapshot = (select id from berth.snapshot where state = 'complete'
          order by index desc, id desc limit 1)`,
      [chunk],
    )
  }
}

testStorage('Postgres', (t) => PostgresUnderTest.open(t))
