// A host whose actors are routes of Fastify. Any host, and any observer, can call them; where they
// run, Berth says. Another process may do the same on another port: BERTH_HOST=127.0.0.1:7995.
//
//   node examples/counter-fastify.mjs [ws://host:port …]
import { text } from 'node:stream/consumers'
import { actorOf, berth } from 'berth/fastify'
import Fastify from 'fastify'

const local = ['ws://127.0.0.1:7400', 'ws://127.0.0.1:7401', 'ws://127.0.0.1:7402']
const replicas = process.argv.length > 2 ? process.argv.slice(2) : local
const name = process.env.BERTH_HOST ?? '127.0.0.1:7996'
const numbers = new Map()

const app = Fastify()
await app.register(berth, {
  replicas,
  host: { name, appId: 'counter', types: ['FastifyCounter'] },
  turns: ['FastifyCounter'], // one call at a time for each actor
  onLeave: ({ id }) => console.log(`${id} leaves with ${numbers.get(id)}`),
})
app.post('/FastifyCounter/:id/add', async (request) => {
  const { id, token } = actorOf(request)
  numbers.set(id, (numbers.get(id) ?? 0) + 1)
  return { id, number: numbers.get(id), token }
})
app.get('/healthz', async () => 'well') // not of an actor: on the port as it is

await app.ready().catch((error) => {
  console.error(error.message)
  process.exit(1)
}) // joined: this host owns its share

for (let i = 0; i < 2; i += 1) {
  const { status, body } = await app.berth.call('FastifyCounter', 'c1', { path: '/add' })
  console.log(status, await text(body))
}
for (const path of ['/healthz', '/FastifyCounter/c1/add']) {
  const { status } = await fetch(`http://${name}${path}`, { method: 'GET' })
  console.log(status, path)
}
await app.close() // hands over, then ends
