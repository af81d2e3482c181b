/** The log of a replica on Postgres beside a bare insert. */
import pg from 'pg'
import { Keeper } from '../../src/cli/local/keeper.js'
import { createDatabase } from '../../src/cli/local/postgres-client.js'
import type { Log } from '../../src/log/log.js'
import type { Entry } from '../../src/raft/core/entry.js'
import { openLogStore } from '../../src/raft/store/log-store.js'
import { startNewPostgres } from '../../test/support/new-postgres.js'
import type { BenchContext, Benchmark, Figure } from '../harness/benchmark.js'
import { quantile } from '../harness/statistics.js'

const compared = `
An append of the store that a replica keeps its log in (\`src/raft/store\`), beside one \`insert …
select … from unnest\` of the same rows into a bare table of the same columns, in another database of
the same Postgres. An entry has 64 bytes. Both are one statement and one transaction.
`
const fairness = `
- One Postgres in its durable settings, one connection each, both with prepared statements, one
  statement at a time. They take turns append by append, so whatever disturbs the disk disturbs both.
- The bare insert is what a person would write first: an array for each column. It has a
  constant in place of the checksum.
- What the store does beyond that is what is measured: it takes the lock on the replica's row and
  counts the operation, writes the hard state, replaces entries that are there, deletes those behind
  the last, and has a CRC-32C for each entry. It sends the data of all entries as one value, which
  is shorter than an array: that is its own doing, and it saves it time in large batches.
`

const batches = [1, 4, 16, 64, 256, 1_024] as const
const entryBytes = 64
/** Of each kind, in a repetition. */
const appends = 200
const quickAppends = 5
const warmUps = 300

const insert = `
  insert into log (index, term, kind, data, crc32c)
  select * from unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bytea[], $5::bigint[])`

/** Appends as many rows behind those that it has. */
type Append = (count: number) => Promise<void>

export const append: Benchmark = {
  name: 'append',
  summary: "the store's append on one Postgres beside a bare insert",
  compared,
  fairness,
  repetitions: 7,
  run: async (bench) => {
    const { store, bare } = await bothOf(bench)
    const count = bench.isQuick ? quickAppends : appends
    for (let i = 0; i < (bench.isQuick ? quickAppends : warmUps); i += 1) {
      await store(i % 2 === 0 ? 1 : 64)
      await bare(i % 2 === 0 ? 1 : 64)
    }
    const figures = new Map(batches.map((batch) => [batch, { store: [], bare: [] } as Samples]))
    for (let repetition = 0; repetition < bench.repetitions; repetition += 1) {
      bench.say(`repetition ${repetition + 1} of ${bench.repetitions}`)
      for (const [batch, samples] of figures) {
        const [ownMs, bareMs]: [number[], number[]] = [[], []]
        for (let i = 0; i < count; i += 1) {
          ownMs.push(await timed(store, batch))
          bareMs.push(await timed(bare, batch))
        }
        samples.store.push(quantile(ownMs, 0.5))
        samples.bare.push(quantile(bareMs, 0.5))
      }
    }
    return [...figures].map(([batch, samples]) => figureOf(batch, samples))
  },
}

interface Samples {
  /** Median ms of an append, for each repetition. */
  readonly store: number[]
  readonly bare: number[]
}

function figureOf(batch: number, { store, bare }: Samples): Figure {
  return {
    what: batch === 1 ? 'p50, 1 entry' : `p50, ${batch} entries`,
    unit: 'ms',
    samples: store,
    reference: { what: 'insert', samples: bare },
    target: { of: 'ratio', atMost: 1.15 },
  }
}

async function timed(work: Append, count: number): Promise<number> {
  const startMs = performance.now()
  await work(count)
  return performance.now() - startMs
}

async function bothOf(bench: BenchContext): Promise<{ store: Append; bare: Append }> {
  const { endings, folder } = bench
  const keeper = new Keeper()
  endings.onTestFinished(() => keeper.close())
  const postgres = await startNewPostgres(endings, { name: 'postgres', folder, keeper })
  const admin = postgres.url('postgres')
  await createDatabase(admin, 'berth')
  await createDatabase(admin, 'bare')
  const bare = await bareAppend(bench, postgres.url('bare'))
  return { store: await storeAppend(bench, postgres.url('berth')), bare }
}

async function storeAppend({ endings, say }: BenchContext, url: string): Promise<Append> {
  const log: Log = {
    info: () => {},
    warn: (_, message) => say(message),
    error: (_, message) => say(message),
  }
  const { store } = await openLogStore({ url, log, onFatal: ({ message }) => say(message) })
  endings.onTestFinished(() => store.close())
  let last = 0
  return async (count) => {
    const entries = Array.from({ length: count }, (_, i): Entry => {
      return { index: last + 1 + i, term: 1, kind: 'command', data: dataOf(i) }
    })
    last += count
    await store.run({ kind: 'append', hardState: null, entries, identity: null })
  }
}

async function bareAppend({ endings, note }: BenchContext, url: string): Promise<Append> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  endings.onTestFinished(() => client.end())
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  note('Postgres', rows[0]!.server_version)
  await client.query(`create table log (
    index bigint primary key, term bigint not null, kind smallint not null,
    data bytea not null, crc32c bigint not null)`)
  let last = 0
  return async (count) => {
    const column = <T>(of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i))
    const values = [
      ...[column((i) => last + 1 + i), column(() => 1), column(() => 0)],
      ...[column(dataOf), column(() => 0)],
    ]
    last += count
    await client.query({ name: 'append', text: insert, values })
  }
}

const data = Array.from({ length: Math.max(...batches) }, (_, i) => Buffer.alloc(entryBytes, i))

function dataOf(i: number): Buffer {
  return data[i]!
}
