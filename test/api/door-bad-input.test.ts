import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { encode } from '../../src/wire/msgpack.js'
import { hostileMessages, underAName } from '../support/hostile-msgpack.js'
import { type ApiServer, startApi } from './support/api-server.js'
import { endOf, type HostClient, heartbeat, hello, SessionRecords } from './support/host-client.js'
import { idleReplica } from './support/idle-replica.js'
import { connectorTo, metricBecomes, openDoor, refusal } from './support/open-door.js'

// One replica takes all of it: whatever harms it shows in the tests that follow.
const sessions = new SessionRecords()
let server: ApiServer
let connect: ReturnType<typeof connectorTo>

beforeAll(async () => {
  server = await startApi(idleReplica(sessions.open))
  connect = connectorTo(server)
  return () => server.app.close()
})

/** Connects, sends one message, and tells how the session ended. */
async function afterSaying(message: object) {
  const client = await connect()
  client.say(message)
  return endOf(client)
}

/** Says hello, then something, and tells how the session ended. */
async function afterHello(say: (client: HostClient) => void) {
  const client = await connect()
  client.say(hello)
  say(client)
  return endOf(client)
}

/** Sends one frame and tells how the session ended. */
async function afterFrame(data: string | Buffer, protocol = 'berth.v1+json', binary?: boolean) {
  const client = await connect([protocol])
  client.socket.send(data, binary === undefined ? {} : { binary })
  return endOf(client)
}

describe('bad input of a host', () => {
  test('no hello: closed with 4408 after the time for it', async () => {
    const door = await openDoor({ helloTimeoutMs: 30 })
    const { code, error } = await endOf(await door.connect())
    expect(code).toBe(4408)
    expect(error).toEqual(refusal('request_timeout', /within 30 ms/, true))
  })

  test('a first message that is not a hello', async () => {
    const { code, error } = await afterSaying(heartbeat)
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /must be a hello/))
  })

  test.for([
    ['app id', { appId: 'app \ud800' }, 'appId'],
    ['type', { types: ['Order', '\udc00'] }, 'types/1'],
    ['type, turned round', { types: ['\udc00\ud800'] }, 'types/0'],
    ['name', { name: '\ud800:1' }, 'name'],
    ['namespace', { namespace: '\ud800' }, 'namespace'],
    ['instance', { instance: `\udfff${hello.instance}` }, 'instance'],
  ] as const)('half a surrogate in its %s', async ([, change, field]) => {
    const before = sessions.sessions.length
    const { code, error } = await afterSaying({ ...hello, ...change })
    expect(code).toBe(4400)
    const why = new RegExp(`^hello: ${field} (is not well-formed Unicode|has not the form)`)
    expect(error).toEqual(refusal('invalid_message', why))
    expect(sessions.sessions.length).toBe(before)
  })

  test('two hellos', async () => {
    const { code, error } = await afterHello((client) => client.say(hello))
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /said hello already/))
  })

  /** Fields of a later version are no fault: they are left behind, and the session goes on. */
  test.for([
    ['of a word', JSON.stringify({ ...hello, mood: 'good' })],
    ['within another', JSON.stringify({ ...hello, levels: { ...hello.levels, of: { a: [1] } } })],
    ['named __proto__', JSON.stringify(hello).replace('"kind"', '"__proto__":{"a":1},"kind"')],
    [
      'by the thousand',
      JSON.stringify({
        ...hello,
        ...Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`f${i}`, i])),
      }),
    ],
    ['of 60 KiB', JSON.stringify({ ...hello, pad: 'x'.repeat(60 * 1024) })],
  ] as const)('unknown fields %s are left behind', async ([, text]) => {
    const opened = sessions.sessions.length
    const client = await connect()
    client.socket.send(text)
    const session = await sessions.nth(opened + 1)
    await session.until(({ messages }) => messages.length === 1)
    expect(session.messages).toEqual([hello])
    client.socket.close()
  })

  test('an unknown kind of message', async () => {
    const { code, error } = await afterHello((client) => client.say({ kind: 'lock' }))
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /must be one of: hello, heartbeat/))
  })

  test('another version of the protocol, whatever fields it has', async () => {
    const { code, error } = await afterSaying({
      ...hello,
      protocol: { oldest: 3, newest: 4 },
      levels: 'another form',
    })
    expect(code).toBe(4426)
    expect(error).toEqual(
      refusal(
        'unsupported_version',
        /speaks version 3 to 4 .*, this replica 1 to 2: upgrade the replicas/,
      ),
    )
  })

  test('versions of the protocol that are no range', async () => {
    const { code, error } = await afterSaying({ ...hello, protocol: 1 })
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /protocol must be object/))
  })

  test.for([
    'shop',
    '10.0.0.1',
    '10.0.0.1:0',
    '10.0.0.1:65536',
    ':5000',
    'a b:5000',
    '::1:5000',
    'shop:5000/x',
    'Shop:5000',
    '[FD00::7]:5000',
    '[fd00:0::7]:5000',
    '[::ffff:10.0.0.7]:5000',
    '0.0.0.0:5000',
    '[::]:5000',
  ])('a name that is not host:port: "%s"', async (name) => {
    const { code, error } = await afterSaying({ ...hello, name })
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /hello: name has not the form/))
  })

  test('a name that is not host:port, of which words say what is wrong, and no pattern', async () => {
    const said = async (name: string) =>
      (await afterSaying({ ...hello, name })).error as { readonly detail: string }
    expect((await said('cart_1:7999')).detail).toBe(
      'hello: name has not the form host:port: a host has letters, digits, "-" and "." alone, ' +
        'and this has _.',
    )
    expect((await said('[FD00::7]:5000')).detail).toMatch(/host:port: write \[fd00::7\]:5000\.$/)
    expect((await said('0.0.0.0:5000')).detail).toMatch(/all addresses of a machine; name one/)
  })

  test.for(['a.b', 'a b', '*', '>', 'a.>', '', 'A', '-a', 'a'.repeat(64)])(
    'a namespace that is none: "%s"',
    async (namespace) => {
      const { code, error } = await afterSaying({ ...hello, namespace })
      expect(code).toBe(4400)
      expect(error).toEqual(refusal('invalid_message', /hello: namespace has not the form/))
    },
  )

  test('ten thousand types', async () => {
    const { code, error } = await afterSaying({ ...hello, types: Array(10_000).fill('t') })
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /types must NOT have more than 256 items/))
  })

  test('a type longer than 128 bytes in fewer than 128 characters', async () => {
    const { code, error } = await afterSaying({ ...hello, types: ['ä'.repeat(65)] })
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /longer than 128 bytes/))
  })

  test('a megabyte of noise: closed with 1009', async () => {
    const client = await connect()
    client.socket.send(randomBytes(1024 * 1024))
    expect((await client.closed).code).toBe(1009)
    await metricBecomes(server, 'berth_host_connections_closed_total{code="1009"}', 1)
  })

  test('a frame of one byte more than 64 KiB: closed with 1009', async () => {
    expect((await afterFrame(' '.repeat(64 * 1024 + 1))).code).toBe(1009)
  })

  test('a frame of 64 KiB is looked at', async () => {
    const text = JSON.stringify({ ...hello, namespace: 'No word', pad: '' })
    const pad = 'x'.repeat(64 * 1024 - text.length)
    const { code, error } = await afterFrame(text.replace('"pad":""', `"pad":"${pad}"`))
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /namespace has not the form/))
  })

  test('a message of endlessly many empty fragments: closed with 1008', async () => {
    const client = await connect()
    for (let i = 0; i < 1_000; i += 1) client.socket.send('', { fin: false })
    expect((await client.closed).code).toBe(1008)
  })

  test('binary frames under JSON', async () => {
    const { code, error } = await afterFrame(randomBytes(100))
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /JSON in text frames/))
  })

  test('text that is not JSON', async () => {
    const { code, error } = await afterFrame('hello?')
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /not JSON/))
  })

  test('text that is not UTF-8: closed with 1007', async () => {
    const bytes = Buffer.from([0x22, 0xff, 0xfe, 0x22])
    expect((await afterFrame(bytes, 'berth.v1+json', false)).code).toBe(1007)
  })

  test('JSON nested thirty thousand deep', async () => {
    const { code, error } = await afterFrame('['.repeat(30_000) + ']'.repeat(30_000))
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /must be an object/))
  })

  test('text frames under MessagePack', async () => {
    const { code, error } = await afterFrame(JSON.stringify(hello), 'berth.v1+msgpack')
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /MessagePack in binary frames/))
  })

  test.for([
    ['the byte that is never used', Buffer.from([0xc1])],
    ['nothing', Buffer.alloc(0)],
    ['a map that is cut off', Buffer.from(encode(hello)).subarray(0, 40)],
    ['two messages in one frame', Buffer.concat([encode(hello), encode(hello)])],
    ['arrays nested sixty thousand deep', Buffer.alloc(60_000, 0x91)],
    ['a map that claims four billion entries', Buffer.from([0xdf, 0xff, 0xff, 0xff, 0xff])],
    ['an extension', Buffer.from([0xd4, 0x72, 0x40])],
  ] as const)('bytes that are not a MessagePack message: %s', async ([, bytes]) => {
    const { code, error } = await afterFrame(bytes, 'berth.v1+msgpack')
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /./))
  })

  test.for([
    ...hostileMessages,
    ['a hello behind an extension', underAName(encode(hello))],
    ['two thousand values', encode({ ...hello, types: [Array(2_000).fill(0)] })],
  ] as const)('bytes that cost more than they are long: %s', async ([, bytes]) => {
    const { code, error } = await afterFrame(Buffer.from(bytes), 'berth.v1+msgpack')
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', /^The bytes are no plain MessagePack value/))
  })

  /** All that JSON can be large by; the frame has 64 KiB. */
  test.for([
    [
      'lists within lists',
      JSON.stringify(hello)
        .replace('["', `[${'['.repeat(30_000)}"`)
        .replace('"]', `"${']'.repeat(30_000)}]`),
      /types\/0 must be string/,
    ],
    [
      'a type that is a list of thousands',
      JSON.stringify({ ...hello, types: [Array(20_000).fill(0)] }),
      /types\/0 must be string/,
    ],
    [
      'a resume of empty maps',
      JSON.stringify({ ...hello, resume: Array(20_000).fill({}) }),
      /resume must be object/,
    ],
    [
      'a number without end',
      JSON.stringify({ ...hello, protocol: { oldest: 1, newest: 0 } }).replace(
        '"newest":0',
        `"newest":1${'0'.repeat(60_000)}`,
      ),
      /protocol\/newest must be <= 65535/,
    ],
    [
      'a field __proto__ within',
      JSON.stringify({ ...hello, resume: {} }).replace('{}', '{"__proto__":{"epoch":1}}'),
      /resume|__proto__/,
    ],
  ] as const)('JSON that costs more than it is long: %s', async ([, text, why]) => {
    expect(text.length).toBeLessThan(64 * 1_024)
    const { code, error } = await afterFrame(text)
    expect(code).toBe(4400)
    expect(error).toEqual(refusal('invalid_message', why))
  })

  test('heartbeats without end: closed with 4429, which tells the number', async () => {
    const door = await openDoor({ messagesBurstMax: 30, messagesPerSecondMax: 5 })
    const client = await door.connect()
    client.say(hello)
    for (let number = 1; number <= 500; number += 1) client.say({ ...heartbeat, number })
    const { code, error } = await endOf(client)
    expect(code).toBe(4429)
    const told = /More than 5 messages a second, or 30 at once/
    expect(error).toEqual(refusal('too_many_requests', told, true))
    const { messages } = await door.sessions.nth(1)
    expect(messages.length).toBeGreaterThanOrEqual(30)
    expect(messages.length).toBeLessThan(100)
  })

  test('requests for a table count as what their answers cost', async () => {
    const limits = { messagesBurstMax: 30, messagesPerSecondMax: 5, messagesPerGet: 10 }
    const door = await openDoor(limits)
    const client = await door.connect()
    client.say(hello)
    for (let i = 0; i < 10; i += 1) client.say({ kind: 'get', generation: 1 })
    expect((await endOf(client)).code).toBe(4429)
    const { messages } = await door.sessions.nth(1)
    expect(messages.length).toBeGreaterThanOrEqual(3)
    expect(messages.length).toBeLessThan(10)
  })

  test('acknowledgements that the cluster asked for do not count, all others do', async () => {
    const door = await openDoor({ messagesBurstMax: 30, messagesPerSecondMax: 5 })
    const client = await door.connect()
    client.say(hello)
    const session = await door.sessions.nth(1)
    session.asksFor = ({ kind }) => kind === 'heartbeat'
    for (let number = 1; number <= 500; number += 1) client.say({ ...heartbeat, number })
    await session.until(({ messages }) => messages.length === 501)
    session.asksFor = () => false
    for (let number = 501; number <= 1_000; number += 1) client.say({ ...heartbeat, number })
    expect((await endOf(client)).code).toBe(4429)
    expect(session.messages.length).toBeLessThan(600)
  })

  test('pings without end: closed with 4429', async () => {
    const door = await openDoor({ messagesBurstMax: 30, messagesPerSecondMax: 5 })
    const client = await door.connect()
    client.say(hello)
    for (let i = 0; i < 50; i += 1) client.socket.ping()
    expect((await client.closed).code).toBe(4429)
  })

  test('hundreds of frames of random bytes, while another host is served', async () => {
    const good = await connect()
    good.say(hello)
    const session = await sessions.nth(sessions.sessions.length + 1)
    for (let round = 0; round < 10; round += 1) {
      const noisy = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          connect([n % 2 === 0 ? 'berth.v1+json' : 'berth.v1+msgpack']),
        ),
      )
      for (const { socket } of noisy) socket.send(randomBytes(1 + round * 30))
      for (const { code } of await Promise.all(noisy.map(({ closed }) => closed))) {
        expect(code).toBe(4400)
      }
    }
    good.say(heartbeat)
    await session.until(({ messages }) => messages.length === 2)
  })
})
