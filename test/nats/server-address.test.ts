import { expect, test } from 'vitest'
import { parseServer, toldServers, toldServersMax } from '../../src/nats/server-address.js'

const addresses: [text: string, url: string, login: object][] = [
  ['h', 'nats://h', {}],
  ['h:4222', 'nats://h:4222', {}],
  ['nats://h:4222', 'nats://h:4222', {}],
  ['tls://h', 'tls://h', {}],
  ['nats://[::1]:4222', 'nats://[::1]:4222', {}],
  ['nats://user:pass@h:4222', 'nats://h:4222', { user: 'user', pass: 'pass' }],
  ['user:pass@h:4222', 'nats://h:4222', { user: 'user', pass: 'pass' }],
  ['nats://token@h', 'nats://h', { token: 'token' }],
  ['nats://us%40er:p%2F%3A%25%20%C3%A9@h', 'nats://h', { user: 'us@er', pass: 'p/:% é' }],
  ['nats://t%2Fk@h', 'nats://h', { token: 't/k' }],
  ['nats://user:100%25@h', 'nats://h', { user: 'user', pass: '100%' }],
  ["nats://it's@h", 'nats://h', { token: "it's" }],
  ['nats://4222:4223@h:4224', 'nats://h:4224', { user: '4222', pass: '4223' }],
]
for (const [text, url, login] of addresses) {
  test(`an address is read as NATS means it: ${text}`, () => {
    expect(parseServer(text)).toEqual({ url, login, isTls: url.startsWith('tls:') })
  })
}

const refused = [
  ...['', 'nats://', '[::', 'a b', 'user:100%@h', 'nats://u:s3cret%ff@h', 'nats://u:p s3cret@h'],
  ...['u:p"s3cret@h', 'nats://u:p<s3cret@h', 'nats://u:p>s3cret@h', 'nats://u:s3cret@p@h'],
]
test.for(refused)('an address that is none, or not encoded, is refused: "%s"', (text) => {
  expect(() => parseServer(text)).toThrow(
    expect.objectContaining({
      code: 'invalid_config',
      message: expect.stringMatching(/^(?!.*s3cret).*percent-encoded \(a space is %20\)/),
    }),
  )
})

test('a server of which another one told is logged in to as that one, over TLS if that is', () => {
  const by = parseServer('tls://user:pass@a')
  const login = { user: 'user', pass: 'pass' }
  expect(toldServers(['b:4222', 'other:login@c', 'nats://d'], by)).toEqual([
    { url: 'tls://b:4222', login, isTls: true },
    { url: 'tls://c', login, isTls: true },
    { url: 'tls://d', login, isTls: true },
  ])
  expect(toldServers(['b'], parseServer('a'))).toEqual([
    { url: 'nats://b', login: {}, isTls: false },
  ])
})

test('what a server tells that is no address is passed over, and so is more than a limit', () => {
  const by = parseServer('a')
  for (const told of [undefined, null, 5, 'b:4222', { b: 1 }, { length: 2 ** 30 }]) {
    expect(toldServers(told, by)).toEqual([])
  }
  expect(toldServers([null, 5, '', 'b c', '[::', 'b'], by).map(({ url }) => url)).toEqual([
    'nats://b',
  ])
  const many = Array.from({ length: 10_000 }, (_, i) => `h${i}`)
  expect(toldServers(many, by).length).toBe(toldServersMax)
})
