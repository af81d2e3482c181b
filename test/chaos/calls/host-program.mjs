// A host whose actors are numbers in a database, and which calls actors everywhere, as faults meet
// it: through the library.
// node host-program.mjs NAME LISTEN REPLICAS DATABASE NATS NUMBER PER_SECOND OUTCOMES
// SIGTERM: it hands over and leaves.
import { watchLifeline } from '../../../dist/process/lifeline.js'
import { serve } from '../../../dist/sidecar/index.js'
import { hostHeader, namespace } from '../hosts/actors.mjs'
import { Adding } from './adding.mjs'
import { Calling, callMs } from './calling.mjs'
import { callHeader, counterType } from './counting.mjs'
import { log } from './json-log.mjs'

const [name, callListen, replicas, url, nats, number, perSecond, file] = process.argv.slice(2)
const patienceMs = 2 ** 31 - 1
const leaveMs = 10_000
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopping.abort())
watchLifeline(() => process.exit(1))

const adding = new Adding(url, name, log)
const sidecar = await serve({
  ...{ replicas: replicas.split(','), namespace, callListen, log },
  application: ({ id, token, headers }) => adding.add(id, token, headers[callHeader]),
  host: { name, appId: 'chaos', types: [counterType] },
  headers: { [hostHeader]: number },
  nats: { servers: [nats], ignoreClusterUpdates: true },
  ...{ timeoutMs: patienceMs, signal: stopping.signal },
}).catch((error) => {
  if (!stopping.signal.aborted) throw error
})
if (sidecar === undefined) process.exit(0)

const calling = new Calling(file, Number(perSecond), async (id, call) => {
  const options = { method: 'POST', headers: { [callHeader]: call }, timeoutMs: callMs }
  const answer = await sidecar.call(counterType, id, options)
  return { status: answer.status, text: await answer.text() }
})
if (!stopping.signal.aborted) {
  await new Promise((resolve) => {
    stopping.signal.addEventListener('abort', resolve, { once: true })
  })
}
calling.stop()
await sidecar.leave({ timeoutMs: leaveMs }).catch((error) => log.warn({}, error.message))
await calling.end()
await adding.end()
