// An application that any language could be: plain HTTP behind `berth sidecar`. Its actors count.
//
// Start it: node examples/http-application.mjs
import { createServer } from 'node:http'

const port = Number(process.argv[2] ?? 8080)
/** What is only in memory, by `Type/id`. */
const numbers = new Map()

const server = createServer((request, response) => {
  const answer = (status, body) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? '' : JSON.stringify(body))
  if (request.url === '/berth/config') {
    answer(200, { types: ['Counter'], turns: ['Counter'], fenced: true })
  } else if (request.method === 'DELETE' && request.url.startsWith('/berth/actors/')) {
    // It leaves this host: write down what is only in memory, then answer.
    numbers.delete(request.url.slice('/berth/actors/'.length))
    answer(204)
  } else if (request.url === '/berth/fenced') {
    numbers.clear()
    answer(204)
  } else {
    // Whoever writes to a database for the actor hands the token to it, and it refuses lower ones.
    const { 'berth-actor': actor, 'berth-token': token } = request.headers
    if (actor === undefined) return answer(404)
    const number = (numbers.get(actor) ?? 0) + 1
    numbers.set(actor, number)
    answer(200, { actor, token: Number(token), number })
  }
})
server.listen(port, '127.0.0.1', () => console.log(`serving on 127.0.0.1:${port}`))
