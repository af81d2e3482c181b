import { expect, test } from 'vitest'
import {
  answerHeadersOnward,
  headerOf,
  readChain,
  readGeneration,
  readTimeoutMs,
  writeTimeout,
} from '../../../src/calls/http/call-headers.js'
import { RequestHeads } from '../../../src/calls/http/request-head.js'

const requestHeadersOnward = (raw: string[]) => new RequestHeads().read(raw).headers
const flat = (text: string) => text.split('\n').flatMap((line) => line.split(': '))

test('headers of one connection end here, those that Connection names too', () => {
  const raw = flat(
    'Connection: keep-alive, X-Hop ,x-other\nX-Hop: 1\nx-OTHER: 2\nX-End: 3\n' +
      'Keep-Alive: timeout=5\n' +
      'Proxy-Connection: close\nTE: trailers\nTrailer: X-Sum\nTransfer-Encoding: chunked\n' +
      'Upgrade: h2c\nHTTP2-Settings: AA\nProxy-Authorization: Basic x\nAccept: */*',
  )
  expect(requestHeadersOnward(raw)).toEqual(['X-End', '3', 'Accept', '*/*'])
})

test('all else goes on as it came: order, spelling, repeated names', () => {
  const raw = flat(
    'traceparent: 00-ab\nCookie: a=1\nX-A: 1\nCOOKIE: b=2\nX-A: 2\nAuthorization: Bearer x',
  )
  expect(requestHeadersOnward(raw)).toEqual(raw)
})

test('what is made anew for the next connection ends here', () => {
  const raw = flat('Host: a\nContent-Length: 5\nExpect: 100-continue\nX: 1')
  expect(requestHeadersOnward(raw)).toEqual(['X', '1'])
})

test('headers of ours are dropped, however they are spelt', () => {
  const raw = flat('Berth-Token: 9\nBERTH-ACTOR: a/b\nBerth_Token: 9\nberth-new: 1\nBerthold: 1')
  expect(requestHeadersOnward(raw)).toEqual(['Berthold', '1'])
  expect(answerHeadersOnward(raw, 200)).toEqual(['Berthold', '1'])
})

test('an answer keeps its length, but for 204', () => {
  const raw = flat('Content-Length: 5\nConnection: close\nSet-Cookie: a\nSet-Cookie: b')
  const cookies = ['Set-Cookie', 'a', 'Set-Cookie', 'b']
  expect(answerHeadersOnward(raw, 200)).toEqual(['Content-Length', '5', ...cookies])
  expect(answerHeadersOnward(raw, 304)).toEqual(['Content-Length', '5', ...cookies])
  expect(answerHeadersOnward(raw, 204)).toEqual(cookies)
})

test('a header is found whatever its case, the first of several', () => {
  expect(headerOf(flat('A: 1\nBERTH-chain: x\nBerth-Chain: y'), 'berth-chain')).toBe('x')
  expect(headerOf(flat('A: 1'), 'b')).toBeUndefined()
})

test('a deadline is read in seconds', () => {
  expect(readTimeoutMs(undefined)).toBe(30_000)
  expect(readTimeoutMs('2.5')).toBe(2_500)
  expect(readTimeoutMs('0')).toBe(0)
  expect(readTimeoutMs('86400')).toBe(86_400_000)
})

test.for(['', '-1', '1e3', '86401', '99999', 'NaN', 'Infinity', '1,5', ' 1', '1.0000001', '0x10'])(
  'a deadline of "%s" is refused',
  (value) => {
    expect(() => readTimeoutMs(value)).toThrow('Berth-Timeout')
  },
)

test('a deadline is written as what is read back, never as more', () => {
  for (const ms of [0, 0.4, 1, 1_234.567, 29_999.99999, 86_400_000]) {
    const back = readTimeoutMs(writeTimeout(ms))
    expect(back).toBeLessThanOrEqual(ms)
    expect(ms - back).toBeLessThan(1.001)
  }
  expect(writeTimeout(-5)).toBe('0.000')
  expect(writeTimeout(61_007)).toBe('61.007')
})

test('a chain is a list of names, of so many', () => {
  expect(readChain(undefined)).toEqual([])
  expect(readChain('a.1, b.2')).toEqual(['a.1', 'b.2'])
  expect(readChain(Array.from({ length: 32 }, (_, i) => `a.${i}`).join())).toHaveLength(32)
  const tooLong = Array.from({ length: 33 }, (_, i) => `a.${i}`).join()
  for (const bad of [tooLong, 'a,,b', 'a b', 'ä', 'a'.repeat(201), ',']) {
    expect(() => readChain(bad)).toThrow('Berth-Chain')
  }
})

test('a generation is a whole number', () => {
  expect(readGeneration(undefined)).toBeNull()
  expect(readGeneration('17')).toBe(17)
  for (const bad of ['', '-1', '1.5', 'x', '1'.repeat(17)]) {
    expect(() => readGeneration(bad)).toThrow('Berth-Generation')
  }
})
