import { createServer, type RequestListener } from 'node:http'
import type { Dispatcher } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { LoopPool } from '../../src/frameworks/loop-pool.js'
import { LoopSocket } from '../../src/frameworks/loop-socket.js'

function start(listener: RequestListener) {
  const server = createServer(listener)
  const made: LoopSocket[] = []
  const pool = new LoopPool(() => {
    const [client, end] = LoopSocket.pair()
    made.push(client)
    server.emit('connection', end)
    return client
  })
  onTestFinished(() => pool.destroy())
  const ask = (path: string) =>
    new Promise<string>((resolve, reject) => {
      let text = ''
      const handler: Dispatcher.DispatchHandler = {
        onConnect: () => undefined,
        onHeaders: () => true,
        onData: (chunk) => {
          text += chunk
          return true
        },
        onComplete: () => resolve(text),
        onError: reject,
      }
      pool.dispatch({ method: 'POST', path, body: 'x' }, handler)
    })
  return { pool, made, ask }
}

test('one connection serves calls that come one after another, at once too', async () => {
  const { made, ask } = start((request, response) => response.end(request.url))
  for (let i = 0; i < 100; i += 1) expect(await ask(`/${i}`)).toBe(`/${i}`)
  expect(made).toHaveLength(1)
})

test('calls at a time have a connection each, and later ones take them again', async () => {
  const waiting: (() => void)[] = []
  const { made, ask } = start((request, response) => {
    waiting.push(() => response.end(request.url))
    if (waiting.length === 50) for (const answer of waiting.splice(0)) answer()
  })
  for (let round = 0; round < 3; round += 1) {
    const all = Array.from({ length: 50 }, (_, i) => ask(`/${i}`))
    expect(await Promise.all(all)).toEqual(all.map((_, i) => `/${i}`))
  }
  expect(made).toHaveLength(50)
})

test('behind a call that broke the next one has a connection again', async () => {
  const { made, ask } = start((request, response) => {
    if (request.url === '/break') response.destroy()
    else response.end('well')
  })
  for (let i = 0; i < 3; i += 1) {
    await expect(ask('/break')).rejects.toThrow()
    expect(await ask('/')).toBe('well')
  }
  expect(made.filter(({ destroyed }) => !destroyed)).toHaveLength(1)
})

test('what is under way ends when all is destroyed', async () => {
  const { pool, made, ask } = start(() => undefined)
  const asked = ask('/')
  await new Promise(setImmediate)
  await pool.destroy()
  await expect(asked).rejects.toThrow()
  expect(made.map(({ destroyed }) => destroyed)).toEqual([true])
})
