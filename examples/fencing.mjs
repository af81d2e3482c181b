// Guards a Postgres row by a fencing token: a write that comes too late, from a host that was
// stopped in the middle of it and owns the actor no more, changes nothing.
//
//   DATABASE_URL=postgres://user:secret@127.0.0.1:5432/shop node examples/fencing.mjs [ws://host:port …]
import { connect } from 'berth/sidecar'
import pg from 'pg'

const database = new pg.Client(process.env.DATABASE_URL)
await database.connect().catch((error) => {
  console.error(`No database: ${error.message || error.code}. DATABASE_URL has to name one.`)
  process.exit(1)
})
await database.query(
  'create table if not exists account (id text primary key, token bigint, balance bigint)',
)

const local = ['ws://127.0.0.1:7400', 'ws://127.0.0.1:7401', 'ws://127.0.0.1:7402']
const replicas = process.argv.length > 2 ? process.argv.slice(2) : local
const host = { name: '127.0.0.1:7998', appId: 'fencing', types: ['Account'] }
const sidecar = await connect({ replicas, host, timeoutMs: 10_000 }).catch((error) => {
  console.error(error.message)
  process.exit(1)
})

/** Takes the row over with a token that is as new as the one in it, or newer. */
async function deposit(id, amount, token) {
  const { rowCount } = await database.query(
    `insert into account values ($1, $2, $3) on conflict (id) do update
       set token = $2, balance = account.balance + $3 where account.token <= $2`,
    [id, token, amount],
  )
  return rowCount === 1
}

await sidecar.where('Account', '42')
const token = sidecar.token('Account', '42')
console.log(`with token ${token}:`, await deposit('42', 100, token))

// The owner that takes over has a higher token, and has written.
console.log(`with token ${token + 1}, the next owner's:`, await deposit('42', 50, token + 1))
console.log(`with token ${token}, too late:`, await deposit('42', 1_000, token))
await sidecar.leave()
await database.end()
