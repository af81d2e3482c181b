/** A request as bytes of HTTP/1.1: as everybody writes it, and as nobody should. */
import type { Random } from '../../simulation/kernel/random.js'
import { withByteFaults } from '../generator/byte-faults.js'
import type { MadeRequest } from './requests.js'

type Headers = readonly (readonly [name: string, value: string])[]

export function toBytes({ method, target, headers, body }: MadeRequest, port: number): Buffer {
  const length = body === null ? [] : [['Content-Length', String(body.length)] as const]
  return joined(method, target, [['Host', `127.0.0.1:${port}`], ...headers, ...length], body)
}

function joined(method: string, target: string, headers: Headers, body: Buffer | null): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  const head = [`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)])
}

/** Headers that are legal HTTP and that a replica has to have an answer to. */
const strangeHeaders: readonly (readonly [string, string])[] = [
  ...['null', 'http://evil.example', 'http://localhost', 'file://', 'http://[::1', '*', ''].map(
    (value) => ['Origin', value] as const,
  ),
  ...['100-continue', '100-Continue', 'x', '100-continue, x', ''].map(
    (value) => ['Expect', value] as const,
  ),
  ...['text/html', 'image/*;q=0', '*/*;q=x', ',,,', 'application/json;q=0'].map(
    (value) => ['Accept', value] as const,
  ),
  ...['gzip', 'br;q=1, *;q=0', 'identity;q=0'].map((value) => ['Accept-Encoding', value] as const),
  ...['close', 'keep-alive', 'Keep-Alive, close', 'x', 'Transfer-Encoding', 'Host'].map(
    (value) => ['Connection', value] as const,
  ),
  ['If-None-Match', '*'],
  ['If-None-Match', 'W/"1-x", "2-y"'],
  ['If-None-Match', '"'.repeat(1_025)],
  ['If-Match', '"x"'],
  ['Range', 'bytes=0-0'],
  ['Content-Encoding', 'gzip'],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['X-Forwarded-Host', 'evil.example'],
  ['Forwarded', 'for=_;host=evil'],
  ['Idempotency-Key', 'x'.repeat(129)],
  ['Idempotency-Key', '\u00e9'],
  ['Cookie', 'c='.padEnd(8_000, 'x')],
  ['X-Large', 'x'.repeat(20_000)],
  ['__proto__', 'x'],
  ['constructor', 'x'],
  ['Upgrade', 'h2c'],
  ['Upgrade', 'websocket'],
  ['HTTP2-Settings', 'AAMAAABkAAQAAP__'],
  ['Proxy-Connection', 'keep-alive'],
  ['Trailer', 'X'],
  ['TE', 'trailers, gzip'],
]
const hosts = [
  ...['evil.example', '127.0.0.1', '127.0.0.1:1', 'localhost', '[::1]', '', 'a b', '127.0.0.1@x'],
  ...['127.0.0.1:99999', 'LOCALHOST.', '0x7f.1', 'localhost/x', '\u00e9'],
]
const contentTypes = [
  ...['text/plain', 'text/html', 'application/problem+json', 'application/json;charset=latin1'],
  ...['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;', 'x', '', '/'],
  ...['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx'],
  ...[`application/json; a="${'x'.repeat(500)}"`, 'application/vnd.a+json', 'application/json, x'],
]

/** The same request with headers of its own, well framed. */
export function withStrangeHeaders(made: MadeRequest, port: number, random: Random): Buffer {
  const host = random.chance(0.15) ? random.pick(hosts) : `127.0.0.1:${port}`
  const type = random.chance(0.5) ? random.pick(contentTypes) : null
  const own = made.headers.filter(([name]) => type === null || name !== 'Content-Type')
  const more = Array.from({ length: random.between(1, 3) }, () => random.pick(strangeHeaders))
  if (random.chance(0.03)) {
    const count = random.pick([200, 1_500])
    more.push(...Array.from({ length: count }, (_, i) => [`X-${i}`, 'x'] as const))
  }
  const length = made.body === null ? [] : [['Content-Length', String(made.body.length)] as const]
  const typed = type === null ? [] : [['Content-Type', type] as const]
  const headers = [['Host', host] as const, ...own, ...typed, ...more, ...length]
  return joined(made.method, made.target, headers, made.body)
}

type Framing = (made: MadeRequest, body: Buffer, random: Random) => [Headers, Buffer]

const chunked = (body: Buffer) =>
  Buffer.concat([
    Buffer.from(`${body.length.toString(16)}\r\n`),
    body,
    Buffer.from('\r\n0\r\n\r\n'),
  ])

/** Lengths that contradict, lie or are none. */
const framings: readonly Framing[] = [
  (_made, body) => [[['Transfer-Encoding', 'chunked']], chunked(body)],
  (_made, body) => [
    [
      ['Transfer-Encoding', 'chunked'],
      ['Content-Length', String(body.length)],
    ],
    chunked(body),
  ],
  (_made, body, random) => {
    const codings = ['gzip, chunked', 'identity', 'chunked, chunked', 'xchunked', '', 'chunked;x']
    return [[['Transfer-Encoding', random.pick(codings)]], chunked(body)]
  },
  (_made, body, random) => {
    const sizes = ['-1', 'g', '0x5', 'ffffffffffffffff', '1'.repeat(400), '5;ext=1', ' 5', '']
    const chunk = Buffer.from(`${random.pick(sizes)}\r\nhello\r\n0\r\n\r\n`)
    return [[['Transfer-Encoding', 'chunked']], Buffer.concat([chunk, body])]
  },
  (_made, body, random) => {
    const trailer = random.pick([
      'X: y\r\n',
      'Host: evil\r\n',
      `X: ${'y'.repeat(20_000)}\r\n`,
      '\r',
    ])
    const chunk = Buffer.from(`2\r\n{}\r\n0\r\n${trailer}\r\n`)
    return [[['Transfer-Encoding', 'chunked']], Buffer.concat([chunk, body.subarray(0, 1)])]
  },
  (_made, body, random) => {
    const lengths = ['-1', '+2', '0x2', '2, 2', '1e1', ' ', '9'.repeat(30), String(body.length + 9)]
    return [[['Content-Length', random.pick(lengths)]], body]
  },
  (_made, body, random) => [[['Content-Length', String(random.below(body.length + 1))]], body],
  (_made, body) => [
    [
      ['Content-Length', String(body.length)],
      ['Content-Length', String(body.length + 1)],
    ],
    body,
  ],
  (_made, _body, random) => {
    const big = Buffer.alloc(random.pick([65_536, 65_537, 90_000]), random.pick([0x20, 0x5b]))
    return [[['Content-Length', String(big.length)]], big]
  },
  (_made, body) => [
    [
      ['Expect', '100-continue'],
      ['Content-Length', String(body.length)],
    ],
    body,
  ],
  (_made, body) => [
    [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'h2c'],
      ['Content-Length', String(body.length)],
    ],
    body,
  ],
]

/** A request whose end nobody can tell, or that says two things about it. */
export function withStrangeFraming(made: MadeRequest, port: number, random: Random): Buffer {
  const [framing, body] = random.pick(framings)(made, made.body ?? Buffer.from('{}'), random)
  const host: Headers = random.chance(0.1) ? [] : [['Host', `127.0.0.1:${port}`]]
  return joined(made.method, made.target, [...host, ...made.headers, ...framing], body)
}

const firstLines = [
  ...['GET / HTTP/1.0', 'GET / HTTP/2.0', 'GET / HTTP/1.1 x', 'GET  / HTTP/1.1', 'GET /', 'get /'],
  ...['PRI * HTTP/2.0', 'OPTIONS * HTTP/1.1', 'CONNECT 127.0.0.1:1 HTTP/1.1', 'GET // HTTP/1.1'],
  ...['GET http://evil.example/ HTTP/1.1', 'GET http://localhost/livez HTTP/1.1', 'GET * HTTP/1.1'],
  ...['GET ?x HTTP/1.1', 'GET #x HTTP/1.1', 'GET /livez#x HTTP/1.1', 'GET /\u0000 HTTP/1.1'],
  ...['GET /\u00ff HTTP/1.1', `GET /${'x'.repeat(20_000)} HTTP/1.1`, 'M-SEARCH / HTTP/1.1'],
  ...['GET https://127.0.0.1/livez HTTP/1.1', 'GET /%2e%2e/ HTTP/1.1', 'QUERY / HTTP/1.1', ''],
]
const sudden = [
  ...[
    '\r\n\r\n',
    '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
    'SSH-2.0-x\r\n',
  ],
  ...['\u0000'.repeat(100), 'PUB x 1\r\nx\r\n', '{"kind":"hello"}\n', 'x'.repeat(20_000), '\n\n\n'],
]

/** Bytes that are a request no more, or only just. @param more of which pieces may come in */
export function withRawFaults(
  made: MadeRequest,
  port: number,
  random: Random,
  more: readonly Buffer[],
): Buffer {
  if (random.chance(0.05)) return Buffer.from(random.pick(sudden), 'latin1')
  const bytes = toBytes(made, port)
  if (random.chance(0.15)) {
    const line = random.pick(firstLines)
    return Buffer.from(`${line}\r\nHost: 127.0.0.1:${port}\r\n\r\n`, 'latin1')
  }
  return withByteFaults(bytes, random, more)
}
