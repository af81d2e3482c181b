import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { ConnectionOptions, Msg } from 'nats'
import { expect, onTestFinished, test } from 'vitest'
import { forbiddenInWords } from '../../src/nats/forbidden-subjects.js'
import { NatsSession, type NatsSessionOptions } from '../../src/nats/nats-session.js'
import { createNames } from '../../src/network/process-names.js'
import { certificatePath, certificateText } from '../support/certificates.js'
import { eventually } from '../support/eventually.js'
import { infoLine, startHostileNats } from '../support/hostile-nats.js'
import { natsUrl } from '../support/nats.js'
import { startOwnNats } from '../support/own-nats.js'
import { freePort } from '../support/ports.js'

const owner = { onTestFinished }

/** A session with what it told. */
function session(
  servers: readonly string[],
  client: ConnectionOptions = {},
  more: Pick<NatsSessionOptions, 'names' | 'connectTimeoutMs'> = {},
) {
  const told: string[] = []
  const one = new NatsSession(
    { servers, client, ...more },
    {
      opened: (connection) => told.push(`opened ${connection.getServer()}`),
      lost: () => told.push('lost'),
      failed: (detail) => told.push(detail),
    },
  )
  onTestFinished(() => one.close('at once'))
  one.start()
  return { session: one, told }
}

test('no try at a server that accepts and says nothing leaves a socket behind', async () => {
  let accepted = 0
  let open = 0
  const silent = createServer((socket) => {
    accepted += 1
    open += 1
    socket.on('error', () => {})
    socket.on('close', () => {
      open -= 1
    })
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void silent.close())
  const { port } = silent.address() as AddressInfo
  const { told, session: one } = session([`nats://127.0.0.1:${port}`])
  await eventually('a second try', () => accepted > 1, 60_000)
  expect(told[0]).toBe(`127.0.0.1:${port} said nothing within 2000 ms.`)
  await one.close('at once')
  await eventually('the end of all', () => open === 0)
})

test('where one server is away another one is taken at once', async () => {
  const away = `nats://127.0.0.1:${await freePort()}`
  const { told } = session([away, natsUrl(), away])
  await eventually('NATS', () => told.length > 0)
  expect(told).toEqual([`opened ${natsUrl().replace('nats://', '')}`])
})

test('a name is looked up in its own time, by the system; one that hangs costs a try', async () => {
  const [, port = ''] = /:(\d+)$/.exec(natsUrl()) ?? []
  const asked: string[] = []
  const names = createNames((host, _options, callback) => {
    asked.push(host)
    if (host === 'hangs') return
    setTimeout(() => callback(null, [{ address: '127.0.0.1', family: 4 }]), 700)
  })
  const servers = ['nats://hangs:1', `nats://nats-1:${port}`]
  const { told } = session(servers, {}, { names, connectTimeoutMs: 400 })
  await eventually('NATS', () => told.at(-1)?.startsWith('opened'))
  expect(told.at(-1)).toBe(`opened nats-1:${port}`)
  expect(told[0]).toContain('name lookup of "hangs": no answer within 400 ms')
  // What a lookup gave is kept for as long as the lookup took: a busy machine asks again.
  expect(asked.filter((host) => host === 'hangs')).toEqual(['hangs'])
  expect(asked).toContain('nats-1')
})

test('a server that a login takes long to is given more time after each round that fails', async () => {
  let tries = 0
  const far = await startHostileNats(owner, {
    greets: (socket) => {
      tries += 1
      setTimeout(() => void (socket.destroyed || socket.write(infoLine())), 300)
      socket.once('data', () => void socket.write('PONG\r\n'))
    },
  })
  const { told } = session([far.url], {}, { connectTimeoutMs: 100 })
  await eventually('the login', () => told.at(-1)?.startsWith('opened'))
  expect(told[0]).toContain('said nothing within 100 ms')
  expect(tries).toBe(3)
})

test('a server of the cluster that only another server told of is tried as well', async () => {
  const [port, otherPort] = [await freePort(), await freePort()]
  const cluster = (own: number, route: number) =>
    `cluster { name: test, listen: "127.0.0.1:${own}", routes: ["nats://127.0.0.1:${route}"] }`
  const first = await startOwnNats(owner, cluster(port, otherPort))
  const { told, session: one } = session([first.url])
  await eventually('the first', () => told.length === 1)
  const second = await startOwnNats(owner, cluster(otherPort, port))
  await eventually('news of the second', () =>
    one.connection?.info?.connect_urls?.includes(`127.0.0.1:${second.port}`),
  )
  await first.kill()
  await eventually('the second', () => told.includes(`opened 127.0.0.1:${second.port}`))
  expect(told.slice(0, 2)).toEqual([`opened 127.0.0.1:${first.port}`, 'lost'])
})

test('a login in the URL of a server is used for it, percent-decoded, and shown nowhere', async () => {
  const users = 'authorization { user: "us@er", password: "p/a:s%s, é" }'
  const nats = await startOwnNats(owner, users)
  const login = `${encodeURIComponent('us@er')}:${encodeURIComponent('p/a:s%s, é')}`
  const { told, session: one } = session([nats.url.replace('://', `://${login}@`)])
  await eventually('the login', () => one.connection !== null)
  expect(told).toEqual([`opened 127.0.0.1:${nats.port}`])
  const { told: refused } = session([nats.url.replace('://', '://us%40er:wrong@')])
  await eventually('the refusal', () => refused.length > 0)
  expect(refused[0]).toMatch(/authorization violation/i)
  expect(refused.join()).not.toContain('wrong')
})

test('a token in the URL of a server is used for it', async () => {
  const nats = await startOwnNats(owner, 'authorization { token: "t0k/en" }')
  const { session: one } = session([nats.url.replace('://', '://t0k%2Fen@')])
  await eventually('the login', () => one.connection !== null)
})

test('a server that another one told of is logged in to in the same way', async () => {
  const [port, otherPort] = [await freePort(), await freePort()]
  const cluster = (own: number, route: number) =>
    `authorization { user: u, password: p }
    cluster { name: test, listen: "127.0.0.1:${own}", routes: ["nats://127.0.0.1:${route}"] }`
  const first = await startOwnNats(owner, cluster(port, otherPort))
  const { told, session: one } = session([first.url.replace('://', '://u:p@')])
  await eventually('the first', () => told.length === 1)
  const second = await startOwnNats(owner, cluster(otherPort, port))
  await eventually('news of the second', () =>
    one.connection?.info?.connect_urls?.includes(`127.0.0.1:${second.port}`),
  )
  await first.kill()
  await eventually('the second', () => told.includes(`opened 127.0.0.1:${second.port}`))
})

test('where TLS is asked for nothing is said to a server that has none', async () => {
  const { told } = session([natsUrl().replace('nats://', 'tls://user:secret@')])
  await eventually('the refusal', () => told.length > 0)
  expect(told[0]).toMatch(/tls/)
})

test('where TLS comes before all else it is spoken before the server says anything', async () => {
  const behind = await startHostileNats(owner, { info: { tls_required: true } })
  const [cert, key] = [certificateText('replica-1.pem'), certificateText('replica-1.key')]
  const before = createTlsServer({ cert, key }, (socket) => {
    const inner = createConnection(behind.port)
    socket.on('error', () => inner.destroy()).pipe(inner)
    inner.on('error', () => socket.destroy()).pipe(socket)
  })
  await new Promise<void>((resolve) => before.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void before.close())
  const { port } = before.address() as AddressInfo
  const url = `nats://127.0.0.1:${port}`
  const caFile = certificatePath('ca.pem')
  const { told } = session([url], { tls: { caFile, handshakeFirst: true } })
  await eventually('the login', () => told.length > 0)
  expect(told).toEqual([`opened 127.0.0.1:${port}`])
  const { told: wary } = session([url], { tls: { handshakeFirst: true } })
  await eventually('the refusal', () => wary.length > 0)
  expect(wary[0]).toMatch(/certificate/)
})

test('a try is given up at once when the session is closed', async () => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void silent.close())
  const { port } = silent.address() as AddressInfo
  const { session: one, told } = session([`nats://127.0.0.1:${port}`])
  await eventually('the try', () => sockets.size === 1)
  const [socket] = sockets
  await one.close('at once')
  const ended = once(socket!, 'close')
  socket!.resume()
  await ended
  expect(told).toEqual([])
})

test('a session may be closed at any moment of a try', async () => {
  for (let turns = 0; turns < 100; turns += 1) {
    const { session: one } = session([natsUrl()])
    for (let i = 0; i < turns; i += 1) await new Promise((resolve) => setImmediate(resolve))
    await one.close('at once')
    expect(one.connection).toBeNull()
  }
})

test('what is closed tries no more, and tells nothing', async () => {
  const { told, session: one } = session([natsUrl()])
  await eventually('NATS', () => one.connection !== null)
  await one.close('drained')
  expect(one.connection).toBeNull()
  expect(told.length).toBe(1)
})

/** A server that lets its only user do this, and whoever asks it for messages. */
const allowing = (publish: string, subscribe: string) =>
  `authorization { users: [ { user: u, password: p, permissions: {
    publish: { allow: [${publish}] }, subscribe: { allow: [${subscribe}] } } } ] }`

test('what the server forbids is told, and tried again until it is allowed', async () => {
  const nats = await startOwnNats(owner, allowing('"a.>"', '"a.>"'))
  const told: string[] = []
  const heard: string[] = []
  const callback = (error: Error | null, { subject }: Msg) => {
    if (error === null) heard.push(subject)
  }
  const one = new NatsSession(
    {
      servers: [nats.url.replace('://', '://u:p@')],
      client: {},
      subscriptions: [
        { subject: 'a.hear', callback },
        { subject: 'b.*.hear', queue: 'q', callback },
      ],
      needs: { publish: ['a.say', 'b.*.say'], subscribe: ['a.hear', 'b.*.hear'] },
      forbiddenRetryMs: 50,
    },
    {
      opened: () => undefined,
      subscribed: () => told.push('opened'),
      forbidden: (list) => told.push(forbiddenInWords(list)),
      lost: () => told.push('lost'),
      failed: (detail) => told.push(detail),
    },
  )
  onTestFinished(() => one.close('at once'))
  one.start()
  await eventually('the connection', () => told.includes('opened'))
  expect(told).toEqual(['subscribe to "b.*.hear"', 'opened'])
  one.connection?.publish('b.c.say')
  one.connection?.publish('elsewhere')
  await eventually('the refusal', () => told.length === 3)
  expect(told[2]).toBe('subscribe to "b.*.hear" and publish to "b.c.say"')
  nats.reconfigure(allowing('">"', '">"'))
  await eventually('the subscription', () => told.length > 3)
  expect(told.slice(3)).toEqual(['publish to "b.c.say"'])
  one.connection?.publish('b.c.hear')
  await eventually('a message', () => heard.length > 0)
  nats.reconfigure(allowing('">"', '"b.>"'))
  await eventually('what was taken back', () => one.forbidden.length > 1)
  expect(told.at(-1)).toBe('publish to "b.c.say" and subscribe to "a.hear"')
  await nats.kill()
  await eventually('the end', () => told.includes('lost') && told.at(-1) !== 'lost')
  expect(one.forbidden).toEqual([])
})
