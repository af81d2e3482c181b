// Stands in for `berth replica` and `berth host`. Ready once what it was given answers: its own
// database and NATS, or its first replica. Its database counts its starts. STAND_IN_FAULT=<name>:
//   fails      replica 2 ends at once with a reason
//   stubborn   replica 2 does not end on SIGTERM, nor when its owner is gone
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { withPassword } from '../../../dist/network/postgres-password.js'
import { watchLifeline } from '../../../dist/process/lifeline.js'

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: Object.fromEntries(
    [
      ...['id', 'cluster', 'listen', 'peer-listen', 'peers', 'postgres-url', 'nats-url'],
      ...['name', 'namespace', 'app-id', 'types', 'replicas'],
    ].map((name) => [name, { type: 'string' }]),
  ),
})
const [role] = positionals
const fault = values.id === '2' ? process.env.STAND_IN_FAULT : undefined
if (fault === 'fails') {
  console.error('stand-in: this one was told to fail')
  process.exit(7)
}
const stop = () => {
  if (fault !== 'stubborn') process.exit(0)
}
process.on('SIGTERM', stop)
watchLifeline(stop)

let ready = false
let starts = 0

async function prepareReplica() {
  const client = new pg.Client({ connectionString: await withPassword(values['postgres-url']) })
  await client.connect()
  await client.query('create table if not exists start (at timestamptz)')
  await client.query('insert into start values (now())')
  const { rows } = await client.query('select count(*)::int as n from start')
  starts = rows[0].n
  await client.end()
  const { hostname, port } = new URL(values['nats-url'] ?? process.env.BERTH_NATS_URL)
  await new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, resolve).on('error', reject).unref()
    socket.on('connect', () => socket.destroy())
  })
}

async function prepareHost() {
  const [first] = values.replicas.split(',')
  const answer = await fetch(`${first.replace('ws:', 'http:')}/readyz`)
  if (!answer.ok) throw new Error(`the replica is not ready: ${answer.status}`)
}

const [host, port] = (role === 'replica' ? values.listen : values.name).split(':')
createServer((request, response) => {
  const answers = {
    '/readyz': [ready ? 200 : 503, { detail: 'not yet' }],
    '/state': [200, { ready }],
    '/about': [200, { role, starts, ...values }],
  }
  const [status, body] = answers[request.url] ?? [404, {}]
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}).listen(Number(port), host)

await (role === 'replica' ? prepareReplica() : prepareHost())
ready = true
