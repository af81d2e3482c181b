/** What of a NATS server's bytes the client gets to see, however they are cut. */
import { describe, expect, test } from 'vitest'
import { BerthError } from '../../src/errors/berth-error.js'
import {
  headerBytesMax,
  lineBytesMax,
  payloadBytesMax,
  ServerStream,
} from '../../src/nats/server-stream.js'
import { infoLine } from '../support/hostile-nats.js'

/** What comes out of a stream, cut into pieces of these lengths in turn. */
function through(stream: ServerStream, bytes: Buffer, lengths: readonly number[]): Buffer {
  const passed: Uint8Array[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length]!
    passed.push(...stream.take(bytes.subarray(at, at + length)))
    at += length
  }
  return Buffer.concat(passed)
}

const cuts = [[1_000_000], [1], [2, 1], [3], [7, 1, 1], [64], [1_000]] as const

function message(payload: Buffer, headers = Buffer.alloc(0), subject = 't', reply = ''): Buffer {
  const headed = headers.length > 0 ? `${headers.length} ` : ''
  const sizes = `${headed}${headers.length + payload.length}`
  const head = `${headers.length > 0 ? 'HMSG' : 'MSG'} ${subject} 1 ${reply}${sizes}\r\n`
  return Buffer.concat([Buffer.from(head), headers, payload, Buffer.from('\r\n')])
}

const headersOf = (bytes: number) => Buffer.from(`NATS/1.0\r\nA: ${'x'.repeat(bytes - 17)}\r\n\r\n`)

const good: readonly (readonly [string, Buffer])[] = [
  ['pings and pongs', Buffer.from('PING\r\nPONG\r\n+OK\r\n')],
  ['an error', Buffer.from("-ERR 'Unknown Protocol Operation'\r\n")],
  ['an empty message', message(Buffer.alloc(0))],
  ['a message', message(Buffer.from('hello'))],
  ['a message of lines', message(Buffer.from('MSG t 1 99999999999\r\n\r\nPING\r\n'))],
  ['a message with a reply', message(Buffer.from('x'), Buffer.alloc(0), 't', '_INBOX.1 ')],
  ['a message with headers', message(Buffer.from('x'), headersOf(200))],
  ['a message with a reply and headers', message(Buffer.from('x'), headersOf(20), 't', 'r ')],
  ['a message between tabs', Buffer.from('MSG\tt\t1\t \t2\r\nab\r\n')],
  ['another INFO', Buffer.from(infoLine({ connect_urls: ['10.0.0.1:4222'] }))],
  ['a long reply', message(Buffer.from('x'), Buffer.alloc(0), 't', `${'r'.repeat(4_060)} `)],
  ['a message of all bytes', message(Buffer.from(Array.from({ length: 256 }, (_, i) => i)))],
]

test.for(cuts)('what a server says passes as it is, in pieces of %j bytes', (lengths) => {
  const all = Buffer.concat([Buffer.from(infoLine()), ...good.map(([, bytes]) => bytes)])
  const stream = new ServerStream()
  expect(through(stream, all, lengths).equals(all)).toBe(true)
  expect(stream.leftOut).toBe(0)
  expect(stream.facts).toEqual({ connectUrls: ['10.0.0.1:4222'] })
})

test('what comes in one piece goes out in one', () => {
  const all = Buffer.concat([Buffer.from(infoLine()), ...good.map(([, bytes]) => bytes)])
  expect(new ServerStream().take(all)).toHaveLength(1)
})

describe('what only a stranger can have published is left out, and what is around it passes:', () => {
  test.for([
    ['a message above the bound', message(Buffer.alloc(payloadBytesMax + 1, 'x'))],
    ['headers above the bound', message(Buffer.from('x'), headersOf(headerBytesMax + 1))],
    ['headers alone', message(Buffer.alloc(0), headersOf(1 << 20))],
  ] as const)('%s', ([, foreign]) => {
    const [before, after] = [message(Buffer.from('before')), message(Buffer.from('after'))]
    const all = Buffer.concat([Buffer.from(infoLine()), before, foreign, after, foreign, after])
    for (const lengths of [[100_000_000], [65_536], [50_001, 3]]) {
      const stream = new ServerStream()
      const passed = through(stream, all, lengths)
      expect(passed.toString()).toBe(`${infoLine()}${before}${after}${after}`)
      expect(stream.leftOut).toBe(2)
    }
  })

  test('at the bounds both pass', () => {
    const large = message(Buffer.alloc(payloadBytesMax - headerBytesMax), headersOf(headerBytesMax))
    const all = Buffer.concat([Buffer.from(infoLine()), large])
    const stream = new ServerStream()
    expect(through(stream, all, [65_536]).equals(all)).toBe(true)
    expect(stream.leftOut).toBe(0)
  })
})

describe('what breaks the protocol is an error, whatever the pieces it comes in:', () => {
  const refuses = (bytes: Buffer, greeting = infoLine()): string[] =>
    cuts.map((lengths) => {
      const stream = new ServerStream()
      try {
        through(stream, Buffer.concat([Buffer.from(greeting), bytes]), lengths)
      } catch (error) {
        expect(error).toBeInstanceOf(BerthError)
        return (error as BerthError).message.replace('This is no NATS server to listen to: ', '')
      }
      return 'passed'
    })

  test.for([
    ['another protocol', 'HTTP/1.1 200 OK\r\n\r\n', /no NATS server says/],
    ['nothing', '\r\n', /no NATS server says/],
    ['small letters', 'ping\r\n', /no NATS server says/],
    ['a ping of something', 'PING x\r\n', /no NATS server says/],
    ['what clients say', 'PUB t 1\r\nx\r\n', /no NATS server says/],
    ['a bare line feed', 'PING\n', /does not end/],
    ['a return within a line', 'MSG t\r 1 1\r\nx\r\n', /does not end/],
    ['a message without a size', 'MSG t 1\r\n', /no such head/],
    ['a message with too much of a head', 'MSG t 1 r 1 1\r\nx\r\n', /no such head/],
    ['headers without a size', 'HMSG t 1 1\r\n', /no such head/],
    ['a size below nothing', 'MSG t 1 -1\r\n', /is none/],
    ['a size of letters', 'MSG t 1 1e3\r\n', /is none/],
    ['a size without end', `MSG t 1 ${'9'.repeat(30)}\r\n`, /is none/],
    ['a subscription that is none', 'MSG t x 1\r\n', /is none/],
    ['a gigabyte', 'MSG t 1 1073741824\r\n', /claims 1073741824 bytes/],
    ['more headers than message', 'HMSG t 1 9 8\r\n', /more headers than bytes/],
    ['a message that goes on', 'MSG t 1 1\r\nxyz\r\n', /longer than it claims/],
    ['a message that ends in a bare line feed', 'MSG t 1 1\r\nx\n\n', /longer than it claims/],
    ['an INFO that is no JSON', 'INFO {\r\n', /INFO is none/],
    ['an INFO that is no object', 'INFO null\r\n', /INFO is none/],
    ['an INFO without a version', infoLine({ version: 5 }), /INFO is none/],
    ['an INFO with a version of words', infoLine({ version: 'new' }), /INFO is none/],
    ['an INFO with servers in no list', infoLine({ connect_urls: 'a:1' }), /INFO is none/],
  ] as const)('%s', ([, bytes, why]) => {
    for (const said of refuses(Buffer.from(bytes))) expect(said).toMatch(why)
  })

  test('anything before the first INFO', () => {
    for (const [, bytes] of good.slice(0, 4)) {
      for (const said of refuses(bytes, '')) expect(said).toBe('it does not begin with INFO.')
    }
  })

  test.for(['INFO {"version":"', 'MSG ', 'x', '-ERR '])('a line without end: %s…', (begin) => {
    const endless = Buffer.from(begin + 'x'.repeat(lineBytesMax))
    for (const greeting of ['', infoLine()]) {
      for (const said of refuses(endless, greeting)) expect(said).toMatch(/over 65536 bytes/)
    }
  })

  test('and the longest line passes', () => {
    const line = Buffer.from(`-ERR ${'x'.repeat(lineBytesMax - 7)}\r\n`)
    expect(refuses(line)).toEqual(cuts.map(() => 'passed'))
  })
})

test.for(cuts)(
  'what the server forbids is read, in all the forms that it has, cut %o',
  (lengths) => {
    const stream = new ServerStream()
    const said = [
      `Publish to "berth.a.pulse"`,
      `Subscription to "berth.a.*.get" using queue "berth"`,
      `Subscription to "berth.a.b.table" (sid "3")`,
      `Publish to "two words"`,
      `Publish to "${'x'.repeat(600)}"`,
    ].map((text) => `-ERR 'Permissions Violation for ${text}'\r\n`)
    const others = "-ERR 'Unknown Protocol Operation'\r\n-ERR\r\n"
    through(stream, Buffer.from(infoLine() + said.join('') + others), lengths)
    expect(stream.takeRefusals()).toEqual([
      { operation: 'publish', subject: 'berth.a.pulse' },
      { operation: 'subscribe', subject: 'berth.a.*.get' },
      { operation: 'subscribe', subject: 'berth.a.b.table' },
    ])
    expect(stream.takeRefusals()).toEqual([])
  },
)

test('of a flood of refusals a few are kept', () => {
  const stream = new ServerStream()
  stream.take(Buffer.from(infoLine()))
  const flood = Array.from({ length: 1_000 }, (_, i) => {
    return `-ERR 'Permissions Violation for Publish to "a.${i}"'\r\n`
  })
  stream.take(Buffer.from(flood.join('')))
  expect(stream.takeRefusals()).toHaveLength(64)
})
