import { connect } from 'berth/sidecar'

const port = Number(process.env.BERTH_PORT ?? 7400)
const replicas = [0, 1, 2].map((i) => `ws://127.0.0.1:${port + i}`)
const host = { name: '127.0.0.1:9001', appId: 'example', types: ['Order'] }

const sidecar = await connect({ replicas, host })
sidecar.onRelease((moved) => console.log('let go of actors of', moved.types))
sidecar.onFenced(({ reason }) => console.log('stop everything:', reason))
console.log('Order/42 runs on', (await sidecar.where('Order', '42')).host)
console.log('may it run here?', sidecar.owns('Order', '42'))
await sidecar.leave()
