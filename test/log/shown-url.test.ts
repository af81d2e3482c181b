import { expect, test } from 'vitest'
import {
  hasLogin,
  isEncoded,
  mayHoldLogin,
  shownUrl,
  withoutLogins,
  withoutValue,
} from '../../src/log/shown-url.js'

const shown: [url: string, as: string][] = [
  ['nats://h:4222', 'nats://h:4222'],
  ['nats://user:pass@h:4222', 'nats://h:4222'],
  ['nats://token@h', 'nats://h'],
  ['tls://us%40er:p%2Fa%3Ass@[::1]:4222/', 'tls://[::1]:4222'],
  ['nats://user:p@ss@h:4222', 'nats://h:4222'],
  [
    'postgres://berth:secret@h:5432/name?password=secret&sslpassword=secret#secret',
    'postgres://h:5432/name',
  ],
  ['h:4222', 'h:4222'],
  ['no url at all', 'no url at all'],
  ['h?password=secret', 'h'],
  // Where the login ends cannot be told.
  ['nats://user:secret@', 'nats://***'],
  ['user:secret@h:4222', '***'],
  ['ws://user:1/secret@h', 'ws://***'],
  ['ws://user:1?secret@h', 'ws://***'],
  ['ws://user:1#secret@h', 'ws://***'],
  ['nats://user:p/secret@h', 'nats://***'],
]
for (const [url, as] of shown) {
  test(`a URL is shown without what lets one in: ${url}`, () => {
    expect(shownUrl(url)).toBe(as)
  })
}

/** Each leads to `h`, by a login of which `s3cret` is a part: as it may be written, and not. */
const written = [
  ...['nats://s3cret@h:1', 'nats://u:s3cret@h:1', 'nats://s3cret:p@h:1', 'tls://u:s3cret%20@h:1'],
  ...["nats://u:it's3cret@h:1", "nats://u:!$&'()*+,;=:-._~s3cret@h:1", 'postgres://s3cret@h/d'],
  ...['postgres://u:%C3%A9s3cret@h/d?x=y', 'postgres://h/d?password=s3cret'],
  ...["postgres://h/d?a=b&sslpassword=it's3cret&c=d", 'postgres://h/d?pass%77ord=s3cret'],
  ...['postgres://h/d?password=a@s3cret&c=d', 'postgres://h/d?password=a?/://s3cret@b'],
]
const badly = [
  ...['nats://u:p s3cret@h:1', 'nats://u:p"s3cret@h:1', 'nats://u:p<s3cret@h:1'],
  ...['nats://u:p>s3cret@h:1', 'nats://u:p@s3cret@h:1', 'nats://u:p\ts3cret@h:1'],
  ...['nats://u:é-s3cret@h:1', 'nats://u:%zz-s3cret@h:1', 'nats://u:%ff-s3cret@h:1'],
  ...['nats://u:s3cret%@h:1', 'nats://u:p^s3cret@h:1', 'nats://u:p`s3cret@h:1'],
  ...['nats://u:p{s3cret@h:1', 'nats://u:p\\s3cret@h:1', 'nats://u:p|s3cret@h:1'],
  ...['nats://u:p/s3cret@h:1', 'nats://u:p?s3cret@h:1', 'nats://u:p#s3cret@h:1'],
  ...['postgres://u:p s3cret@h/d', 'postgres://h/d?password=a s3cret', ' nats://s3cret@h:1'],
  ...['postgres://h/d?password=a"s3cret', 'postgres://h/d?password=a#s3 s3cret'],
]

test.for(written)('a login that is in use is seen, and hidden in any text: %s', (url) => {
  expect([isEncoded(url), hasLogin(url), mayHoldLogin(url)]).toEqual([true, true, true])
  for (const seen of [withoutLogins(`at '${url}' it ends`), shownUrl(url)]) {
    expect(seen).not.toContain('s3')
  }
})

test.for(badly)('a URL that is not encoded is not taken, and is hidden too: %s', (url) => {
  expect([isEncoded(url), mayHoldLogin(url)]).toEqual([false, true])
  for (const seen of [withoutLogins(`at '${url}' it ends`), shownUrl(url)]) {
    expect(seen).not.toContain('s3cret')
  }
})

test('whatever character a password has, it is refused or hidden', () => {
  const taken: string[] = []
  for (let code = 0; code < 0x180; code += 1) {
    const character = String.fromCharCode(code)
    for (const [head, tail] of [
      ['nats://u:', '@h:1'],
      ['nats://', ':p@h:1'],
      ['postgres://h/d?password=', ''],
    ] as const) {
      const url = `${head}s3${character}cret${tail}`
      if (!isEncoded(url)) continue
      taken.push(character)
      const seen = withoutLogins(`it is ${url}`)
      const { username, password, searchParams } = new URL(url)
      const secret = [username, password, searchParams.get('password') ?? ''].join('')
      // Of a query an & or # ends the password, for the parser as well.
      if (secret.includes('cret')) expect(seen).not.toMatch(/s3|cret/)
      expect(seen).not.toContain('s3')
    }
  }
  expect(taken).toContain("'")
  for (const character of [...' "<>\\^`{|}\t\n', '\u007f', '\u00e9']) {
    expect(taken).not.toContain(character)
  }
})

test('every login is taken as encodeURIComponent gives it', () => {
  const all = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join('')
  const url = `nats://${encodeURIComponent(all)}:${encodeURIComponent(all)}@h:4222`
  expect(isEncoded(url)).toBe(true)
  expect(decodeURIComponent(new URL(url).password)).toBe(all)
})

test('a URL without a login has none', () => {
  for (const url of ['nats://h:4222', 'postgres://h/d?sslmode=require', 'tls://[::1]:4222/']) {
    expect([isEncoded(url), hasLogin(url)]).toEqual([true, false])
    expect(withoutLogins(url)).toBe(url)
  }
})

test('a text shows no login of the URLs in it, and of those without one where they lead', () => {
  const text =
    'not nats://a:s3cret@h, nats://s3cret@i:4222,tls://b:s3c,ret@j but http://x/y or ' +
    'postgres://u@h/d?user=u&password=s3cret&sslmode=require\n' +
    '  at f (file:///app/node_modules/@scope/f.js:1:2)\n  a@b.c nats://h'
  const seen = withoutLogins(text)
  expect(seen).toBe(
    'not nats://h, nats://i:4222,tls://j but http://x/y or ' +
      'postgres://h/d?user=u&password=***&sslmode=require\n' +
      '  at f (file:///app/node_modules/@scope/f.js:1:2)\n  a@b.c nats://h',
  )
  expect(withoutLogins(seen)).toBe(seen)
})

test('a query hides no other one', () => {
  const text = 'http://x/?a=b or ws://y?password=s3cret, &c=d postgres://h?%50ASSwor%64=s3cret'
  expect(withoutLogins(text)).toBe(
    'http://x/?a=b or ws://y?password=***&c=d postgres://h?%50ASSwor%64=***',
  )
})

test('of an option that there is not, the value is not shown', () => {
  for (const value of ['s3cret', "it's s3cret", "nats://u:p's3cret@h", 'two\ns3cret']) {
    expect(withoutValue(`unknown option '--nats-ulr=${value}'`)).toBe("unknown option '--nats-ulr'")
  }
})

test('a long text without any is gone through once', () => {
  for (const part of ['nats://', '?password', '://:/', '&a', '@']) {
    const text = part.repeat(200_000)
    expect(withoutLogins(text)).toBe(text)
  }
})
