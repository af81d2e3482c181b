// Calls an actor through the sidecar of this machine, with Node alone: adds, then reads.
//
//   node examples/sidecar/client.mjs [id]        the sidecar is at 127.0.0.1:3600, or at $BERTH_SIDECAR
import { Agent, request } from 'node:http'

const origin = process.env.BERTH_SIDECAR ?? 'http://127.0.0.1:3600'
const id = encodeURIComponent(process.argv[2] ?? '42')
const agent = new Agent({ keepAlive: true })

function call(method, path) {
  const options = { agent, method, headers: { 'Berth-Timeout': '10' } }
  return new Promise((resolve, reject) => {
    const asked = request(`${origin}/v1/call/Counter/${id}${path}`, options, (response) => {
      response.setEncoding('utf8')
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
    asked.on('error', reject)
    asked.end()
  }).catch((error) => {
    console.error(`${origin} does not answer: ${error.message}. Is the sidecar running?`)
    process.exit(1)
  })
}

for (const [method, path] of [
  ['POST', '/add'],
  ['GET', ''],
]) {
  const { status, body } = await call(method, path)
  console.log(method, status, body)
  // A problem document says what hindered the call, and whether a retry makes sense.
  if (status !== 200) process.exitCode = 1
}
agent.destroy()
