// A host whose actors count. Any host, and any observer, can call them; where they run, Berth says.
//
//   node examples/counter.mjs [ws://host:port …]
import { text } from 'node:stream/consumers'
import { connect, serve } from 'berth/sidecar'

const local = ['ws://127.0.0.1:7400', 'ws://127.0.0.1:7401', 'ws://127.0.0.1:7402']
const replicas = process.argv.length > 2 ? process.argv.slice(2) : local
const numbers = new Map()

const sidecar = await serve({
  replicas,
  host: { name: '127.0.0.1:7997', appId: 'counter', types: ['Counter'] },
  turns: ['Counter'], // one call at a time for each actor
  application: async ({ id, method, path, token }) => {
    if (method !== 'POST' || path !== '/add') return { status: 404 }
    numbers.set(id, (numbers.get(id) ?? 0) + 1)
    return { body: `${id} is ${numbers.get(id)}, under token ${token}` }
  },
  onLeave: ({ id }) => console.log(`${id} leaves with ${numbers.get(id)}`),
  timeoutMs: 10_000,
}).catch((error) => {
  console.error(error.message)
  process.exit(1)
})

const observer = await connect({ replicas })
for (const caller of [sidecar, observer]) {
  const { status, body } = await caller.call('Counter', 'c1', { path: '/add' })
  console.log(status, await text(body))
}
await observer.close()
await sidecar.leave()
