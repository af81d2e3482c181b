// An application beside `berth sidecar`, with Node alone. Its actors count, in memory.
//
//   node examples/sidecar/counter.mjs            listens on 127.0.0.1:8080, or on $PORT
//
// docs/sidecar.md has the command that starts the sidecar beside it.
import { createServer } from 'node:http'

const port = Number(process.env.PORT ?? 8080)
const numbers = new Map()

const server = createServer((request, response) => {
  const answer = (status, value) => {
    const body = Buffer.from(JSON.stringify(value))
    response.writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': body.length,
    })
    response.end(body)
  }
  request.resume()
  const { method, url } = request
  if (method === 'GET' && url === '/berth/config') return answer(200, { types: ['Counter'] })
  if (method === 'DELETE' && url.startsWith('/berth/actors/')) {
    // The actor leaves: what is only in memory is to be written down now.
    numbers.delete(url.slice('/berth/actors/'.length))
    return answer(200, {})
  }
  // Which actor is called: always in the same spelling, and never from a caller.
  const actor = request.headers['berth-actor']
  if (actor === undefined) return answer(404, { error: 'actors are called through the sidecar' })
  const rest = url.split('/').slice(3).join('/')
  if (method === 'POST' && rest === 'add') numbers.set(actor, (numbers.get(actor) ?? 0) + 1)
  else if (method !== 'GET' || rest !== '') return answer(404, { error: 'GET it, or POST add' })
  return answer(200, { actor, number: numbers.get(actor) ?? 0 })
})

server.listen(port, '127.0.0.1', () => console.log(`counts on 127.0.0.1:${port}`))
process.on('SIGTERM', () => server.close())
