// Hosts that do everything right, one after the other attached to each replica, and ask all the
// time where their actors are. What they saw is read through the probe.
// node honest-hosts.mjs '{"replicas":["ws://…"],"namespace":"honest","names":["127.0.0.1:1"]}'
import { connect } from '../../../dist/sidecar/index.js'

const { replicas, namespace, names, nats } = JSON.parse(process.argv[2])
const type = 'Honest'
const ids = Array.from({ length: 60 }, (_, i) => `actor-${i}`)
const askEveryMs = 20
const whereEveryMs = 200
const whereTimeoutMs = 60_000
const foundMax = 20

const counts = { looks: 0, fences: 0, unknown: 0, owned: 0, twice: 0, wheres: 0 }
const found = []
const note = (what) => {
  if (found.length < foundMax) found.push(what)
}
process.on('SIGTERM', () => process.exit(0))

const sidecars = await Promise.all(
  names.map(async (name, i) => {
    const first = i % replicas.length
    const sidecar = await connect({
      replicas: [...replicas.slice(first), ...replicas.slice(0, first)],
      namespace,
      host: { name, appId: 'honest', types: [type] },
      ...(nats === undefined ? {} : { nats: { servers: [nats] } }),
      timeoutMs: 120_000,
    })
    sidecar.onFenced(({ reason, isFinal }) => {
      counts.fences += 1
      note(`${name} is fenced: ${reason}${isFinal ? '' : ', not for good'}`)
    })
    return sidecar
  }),
)

// At one instant an actor may have one owner at most.
setInterval(() => {
  for (const id of ids) {
    const owners = sidecars.filter((sidecar) => sidecar.owns(type, id)).length
    counts.owned += owners
    if (owners > 1) {
      counts.twice += 1
      note(`${id} has ${owners} owners`)
    }
    for (const sidecar of sidecars) {
      counts.looks += 1
      if (sidecar.peek(type, id) === 'unknown') {
        counts.unknown += 1
        note(`${id} is unknown: ${sidecar.describe()}`)
      }
    }
  }
}, askEveryMs)

let turn = 0
setInterval(async () => {
  turn += 1
  try {
    await sidecars[turn % sidecars.length].where(type, ids[turn % ids.length], {
      timeoutMs: whereTimeoutMs,
    })
    counts.wheres += 1
  } catch (error) {
    note(`where: ${error.message}`)
  }
}, whereEveryMs)

globalThis[Symbol.for('berth.fuzz.report')] = () => ({
  counts,
  found,
  states: sidecars.map((sidecar) => sidecar.state()),
})
console.log('honest hosts serve')
