import { connect } from 'berth/sidecar'

const local = ['ws://127.0.0.1:7400', 'ws://127.0.0.1:7401', 'ws://127.0.0.1:7402']
const replicas = process.argv.length > 2 ? process.argv.slice(2) : local
const host = { name: '127.0.0.1:7999', appId: 'readme', types: ['Order'] }
const sidecar = await connect({ replicas, host, timeoutMs: 10_000 }).catch((error) => {
  console.error(error.message) // says of each replica why it could not be reached
  process.exit(1)
})
sidecar.onRelease((moved) => console.log('let go of', moved.types))
sidecar.onFenced(({ reason }) => console.log('stop everything:', reason))

console.log(await sidecar.where('Order', '42')) // { host, appId, generation }
const mine = Array.from({ length: 100 }, (_, i) => `${i}`).filter((id) => sidecar.owns('Order', id))
console.log(`runs ${mine.length} of 100 orders; token ${sidecar.token('Order', mine[0])}`)
await sidecar.leave()
