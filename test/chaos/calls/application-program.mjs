// The same host as host-program.mjs, as an application with a sidecar process beside it: it speaks
// plain HTTP, and calls through the sidecar's local API on a unix socket. When it is killed, its
// sidecar ends by the lifeline between them; when it stands still, its sidecar does not.
// node application-program.mjs NAME LISTEN REPLICAS DATABASE NATS NUMBER PER_SECOND OUTCOMES
// SIGTERM: the sidecar hands over and leaves.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { watchLifeline } from '../../../dist/process/lifeline.js'
import { namespace } from '../hosts/actors.mjs'
import { Adding } from './adding.mjs'
import { Calling, callMs } from './calling.mjs'
import { callHeader, counterType } from './counting.mjs'
import { log } from './json-log.mjs'

const [name, callListen, replicas, url, nats, number, perSecond, file] = process.argv.slice(2)
const berth = fileURLToPath(new URL('../../../bin/berth.cjs', import.meta.url))
const socketPath = `/tmp/berth-chaos-${process.pid}-${number}.sock`
const startAgainMs = 300
watchLifeline(() => process.exit(1))

const adding = new Adding(url, name, log)
const config = { types: [counterType], health: '/healthz' }

async function answer({ method, url, headers }) {
  if (url === '/berth/config') return { status: 200, body: JSON.stringify(config) }
  // Nothing of an actor is in memory: it may leave at once.
  if (url === '/healthz' || method === 'DELETE') return { status: 200, body: '' }
  const [, id] = headers['berth-actor'].split('/')
  return adding.add(id, Number(headers['berth-token']), headers[callHeader])
}

const server = createServer((request, response) => {
  request.resume()
  answer(request).then(
    ({ status, body }) => response.writeHead(status).end(body),
    (error) => {
      log.error({}, error.message)
      response.writeHead(500).end()
    },
  )
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1')
await once(server, 'listening')

const args = [
  ...['sidecar', '--app', `http://127.0.0.1:${server.address().port}`, '--name', name],
  ...['--app-id', 'chaos', '--call-listen', callListen, '--listen', `unix:${socketPath}`],
  ...['--replicas', replicas, '--namespace', namespace, '--nats-url', nats],
  ...['--stop-limit-ms', '12000', '--log-format', 'json'],
]
let isStopping = false
let hasCalled = false
let sidecar
let ended

// The sidecar's end of the pipe closes when this process ends, in whatever way. The one of a
// process before this one may still have the port, for as long as it takes to leave: then the next
// one ends at once, and is started again.
function startSidecar() {
  sidecar = spawn(process.execPath, [berth, ...args], {
    env: { ...process.env, BERTH_LIFELINE_FD: '3' },
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  })
  ended = once(sidecar, 'exit')
  void ended.then(async ([code, signal]) => {
    if (isStopping) return
    log.error({ code, signal }, 'the sidecar has ended')
    if (hasCalled) process.exit(1)
    await delay(startAgainMs)
    startSidecar()
  })
}
startSidecar()

const agent = new Agent({ keepAlive: true })

function ask(id, call) {
  const headers = { [callHeader]: call, 'berth-timeout': String(callMs / 1_000) }
  const path = `/v1/call/${counterType}/${id}`
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, agent, method: 'POST', path, headers }, (response) => {
      response.toArray().then((chunks) => {
        hasCalled ||= response.statusCode === 200
        resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() })
      }, reject)
    })
    asked.on('error', reject)
    asked.end()
  })
}

const calling = new Calling(file, Number(perSecond), ask)
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
isStopping = true
calling.stop()
sidecar.kill('SIGTERM')
const [code] = await ended
await calling.end()
agent.destroy()
server.close()
server.closeAllConnections()
await adding.end()
process.exitCode = code ?? 1
