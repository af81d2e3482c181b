// A host whose actors are numbers in a database, and which calls actors everywhere, as faults meet
// it. A call adds one to its number, under the fencing token with which it came: the database
// refuses a token that is lower than one it has seen. Each call has a name of its own, and what is
// added is noted with it in the same statement.
// node host-program.mjs NAME LISTEN REPLICAS DATABASE NATS NUMBER PER_SECOND OUTCOMES
//
// What its own calls came to goes into the file OUTCOMES, a line of JSON each, written at once: a
// process that is killed loses none that it has seen. Times are of the machine's monotonic clock,
// in ms.
//
// SIGTERM: it hands over and leaves.
import { randomUUID } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import pg from 'pg'
import { watchLifeline } from '../../../dist/process/lifeline.js'
import { serve } from '../../../dist/sidecar/index.js'
import { hostHeader, namespace } from '../hosts/actors.mjs'
import { callHeader, counterIds, counterType } from './counting.mjs'

const [name, callListen, replicas, url, nats, number, perSecond, file] = process.argv.slice(2)
const patienceMs = 2 ** 31 - 1
const callMs = 20_000
const leaveMs = 10_000
const run = randomUUID()
const outcomes = openSync(file, 'a')
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopping.abort())
watchLifeline(() => process.exit(1))

const tell = (level) => (fields, message) =>
  console.log(JSON.stringify({ level, msg: message, at: Date.now(), ...fields }))
const levels = ['debug', 'info', 'warn', 'error']
const log = Object.fromEntries(levels.map((level) => [level, tell(level)]))
const database = new pg.Pool({ connectionString: url, application_name: name, max: 8 })
database.on('connect', (client) => client.query('set synchronous_commit = off'))
database.on('error', (error) => log.error({}, error.message))

const addOne = `
  with added as (
    insert into counter as known (id, number, token) values ($1, 1, $2)
    on conflict (id) do update set number = known.number + 1, token = excluded.token
      where known.token <= excluded.token
    returning number, token
  )
  insert into addition (counter, call, host, number, token)
  select $1, $3, $4, number, token from added
  returning number`

async function application({ id, token, headers }) {
  const { rows } = await database.query(addOne, [id, token, headers[callHeader], name])
  if (rows.length === 0) return { status: 409, body: 'the token is older than the last one' }
  const body = JSON.stringify({ host: name, token, number: Number(rows[0].number) })
  return { headers: { 'content-type': 'application/json' }, body }
}

const sidecar = await serve({
  ...{ replicas: replicas.split(','), namespace, callListen, application, log },
  host: { name, appId: 'chaos', types: [counterType] },
  headers: { [hostHeader]: number },
  nats: { servers: [nats], ignoreClusterUpdates: true },
  ...{ timeoutMs: patienceMs, signal: stopping.signal },
}).catch((error) => {
  if (!stopping.signal.aborted) throw error
})
if (sidecar === undefined) process.exit(0)

const clockMs = () => Number(process.hrtime.bigint() / 1_000n) / 1_000
const underWay = new Set()
let calls = 0

async function call() {
  calls += 1
  const name = `${run} ${calls}`
  const id = counterIds[Math.floor(Math.random() * counterIds.length)]
  const fromMs = clockMs()
  const answer = await answerOf(id, name)
  const line = { call: name, id, fromMs, toMs: clockMs(), ...answer }
  writeSync(outcomes, `${JSON.stringify(line)}\n`)
}

async function answerOf(id, name) {
  try {
    const headers = { [callHeader]: name }
    const options = { method: 'POST', headers, timeoutMs: callMs }
    const { status, body } = await sidecar.call(counterType, id, options)
    const text = Buffer.concat(await body.toArray()).toString()
    return { status, ...JSON.parse(text) }
  } catch (error) {
    return { status: null, detail: error.message }
  }
}

// A process that stood still does not make up for what it missed.
const timer = setInterval(() => {
  const one = call()
  underWay.add(one)
  void one.finally(() => underWay.delete(one))
}, 1_000 / Number(perSecond))

if (!stopping.signal.aborted) {
  await new Promise((resolve) => {
    stopping.signal.addEventListener('abort', resolve, { once: true })
  })
}
clearInterval(timer)
await sidecar.leave({ timeoutMs: leaveMs }).catch((error) => log.warn({}, error.message))
await Promise.all(underWay)
await database.end()
