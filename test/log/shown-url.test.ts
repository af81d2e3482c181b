import { expect, test } from 'vitest'
import { hasLogin, shownUrl, withoutLogins } from '../../src/log/shown-url.js'

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
  ['nats://user:secret@', 'nats://'],
  ['no url at all', 'no url at all'],
]
for (const [url, as] of shown) {
  test(`a URL is shown without what lets one in: ${url}`, () => {
    expect(shownUrl(url)).toBe(as)
  })
}

test('a text shows no login of the URLs in it, and stays as it is otherwise', () => {
  const text =
    '{"servers":["nats://a:s3cret@h","nats://s3cret@i:4222,tls://b:s3c,ret@j"],"mail":"a@b.c",' +
    '"page":"http://x/y@z","url":"postgres://u@h/d?user=u&password=s3cret&sslmode=require"}'
  const seen = withoutLogins(text)
  expect(seen).not.toContain('s3c')
  expect(JSON.parse(seen)).toEqual({
    servers: ['nats://h', 'nats://i:4222,tls://j'],
    ...{ mail: 'a@b.c', page: 'http://x/y@z' },
    url: 'postgres://h/d?user=u&password=***&sslmode=require',
  })
  expect(withoutLogins(seen)).toBe(seen)
  expect([hasLogin(text), hasLogin(seen)]).toEqual([true, false])
})

test('a long text without any is gone through once', () => {
  const text = 'nats://'.repeat(200_000)
  expect(withoutLogins(text)).toBe(text)
})
