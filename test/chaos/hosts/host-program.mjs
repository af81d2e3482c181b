// A process with actors, as faults meet it: while `owns` says that an actor is its own it writes a
// row for it into a table that accepts anything (no fencing).
// node host-program.mjs NAME REPLICAS DATABASE NATS NUMBER
//
// A row says who owned which actor and when: at some instant between `since` and `until`, which are
// readings of the machine's monotonic clock before and after the question. So rows of different
// processes can be compared. `owns` alone decides; the token is written beside it, null where there
// was none. The rows of one claim are those between which no other answer was given.
//
// It asks more often than it writes: whoever wakes up after a pause should be asked before anything
// else runs. An answer that is not written at once is remembered, and told with the next write.
//
// SIGTERM: it hands over and leaves.
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { watchLifeline } from '../../../dist/process/lifeline.js'
import { connect } from '../../../dist/sidecar/index.js'
import { actorIds, actorType, hostHeader, namespace } from './actors.mjs'

const [name, replicas, url, nats, number] = process.argv.slice(2)
const pauseMs = 10
const turnsPerWrite = 5
const patienceMs = 2 ** 31 - 1
const run = randomUUID()
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopping.abort())
watchLifeline(() => process.exit(1))

const log = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [
    level,
    (fields, message) => console.log(JSON.stringify({ level, msg: message, ...fields })),
  ]),
)
const database = new pg.Client({ connectionString: url, application_name: name })
database.on('error', (error) => console.log(JSON.stringify({ level: 'error', msg: error.message })))
await database.connect()
await database.query('set synchronous_commit = off')

const sidecar = await connect({
  replicas: replicas.split(','),
  namespace,
  host: { name, appId: 'chaos', types: [actorType] },
  headers: { [hostHeader]: number },
  nats: { servers: [nats], ignoreClusterUpdates: true },
  timeoutMs: patienceMs,
  signal: stopping.signal,
  log,
}).catch((error) => {
  if (!stopping.signal.aborted) throw error
})
if (sidecar === undefined) process.exit(0)

// One statement at a time, sent in the turn in which its rows were asked for.
let underWay = Promise.resolve()
sidecar.onRelease(() => underWay)
sidecar.onFenced(() => underWay)

const counters = new Map()
const claims = new Map()
let claimsMade = 0
let admitted = 0

function ask(id) {
  const since = process.hrtime.bigint()
  const isOwner = sidecar.owns(actorType, id)
  const until = process.hrtime.bigint()
  if (!isOwner) {
    claims.delete(id)
    return null
  }
  const token = tokenOf(id)
  const counter = (counters.get(id) ?? 0) + 1
  counters.set(id, counter)
  return { id, token, claim: claimOf(id, token), counter, since, until }
}

function tokenOf(id) {
  try {
    return sidecar.token(actorType, id)
  } catch {
    return null
  }
}

// It goes on while each answer is yes, under a token that does not change.
function claimOf(id, token) {
  const known = claims.get(id)
  if (known !== undefined && (token === null || (known.token ?? token) === token)) {
    known.token ??= token
    return known.number
  }
  claimsMade += 1
  claims.set(id, { number: claimsMade, token })
  return claimsMade
}

function write(rows) {
  const column = (of) => rows.map(of)
  return database.query(
    `insert into work (asked_at, actor, host, run, token, claim, counter, since, until, remembered)
     select $1::timestamptz, * from unnest($2::text[], $3::text[], $4::uuid[], $5::bigint[],
       $6::int[], $7::bigint[], $8::bigint[], $9::bigint[], $10::boolean[])`,
    [
      new Date(),
      column(({ id }) => id),
      column(() => name),
      column(() => run),
      column(({ token }) => token),
      column(({ claim }) => claim),
      column(({ counter }) => counter),
      column(({ since }) => since),
      column(({ until }) => until),
      column(({ remembered }) => remembered === true),
    ],
  )
}

async function noteAdmission() {
  const { epoch } = sidecar.state()
  if (epoch === admitted || epoch === 0) return
  admitted = epoch
  await database.query('insert into admission (host, run, epoch) values ($1, $2, $3)', [
    name,
    run,
    epoch,
  ])
}

// The latest answers that were not written, by claim.
const remembered = new Map()

for (let turn = 0; !stopping.signal.aborted; turn += 1) {
  const rows = actorIds.map(ask).filter((row) => row !== null)
  if (turn % turnsPerWrite === 0) {
    for (const row of rows) remembered.delete(row.claim)
    const all = [...rows, ...remembered.values()]
    remembered.clear()
    if (all.length > 0) {
      underWay = write(all)
      await underWay
    }
    await noteAdmission()
  } else for (const row of rows) remembered.set(row.claim, { ...row, remembered: true })
  await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {})
}
await sidecar.leave({ timeoutMs: 8_000 }).catch((error) => console.log(error.message))
await database.end()
