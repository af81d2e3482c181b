import { describe, expect, test } from 'vitest'
import { AnswerReader, NoHttp } from '../rest/http-answers.js'
import { ownStallMsMax, ownStalls } from './stalls.js'
import { excess } from './vital-signs.js'

const stall = (wallMs: number, waitedMs: number, ranMs: number, atMs = 10_000, stolenMs = 0) => {
  return { atMs, wallMs, waitedMs, ranMs, stolenMs }
}

describe('a stall', () => {
  const sure = (...parts: Parameters<typeof stall>) => ownStalls([stall(...parts)], [])[0]!.sureMs

  test('in which a process computed is its own', () => {
    expect(sure(300, 0, 300)).toBe(300)
    expect(sure(300, 0, 300)).toBeGreaterThan(ownStallMsMax)
  })

  test('in which it waited for a processor is not, nor what piled up meanwhile', () => {
    expect(sure(1_000, 900, 100)).toBe(0)
    expect(sure(1_000, 400, 600)).toBe(200)
  })

  test('in which the machine was robbed of its processor is not', () => {
    expect(sure(230, 40, 190, 10_000, 150)).toBeLessThan(ownStallMsMax)
    expect(sure(230, 0, 230, 10_000, 30)).toBeGreaterThan(ownStallMsMax)
  })

  test('in which it slept is its own when it slept long', () => {
    expect(sure(700, 0, 10)).toBeLessThan(ownStallMsMax)
    expect(sure(1_900, 0, 10)).toBeGreaterThan(ownStallMsMax)
  })

  test('in which a process that does nothing stood still too is the machine’s', () => {
    const [mine] = ownStalls([stall(300, 0, 300)], [stall(280, 0, 0, 9_990)])
    expect(mine!.sureMs).toBeLessThan(ownStallMsMax)
    const [other] = ownStalls([stall(300, 0, 300)], [stall(280, 0, 0, 5_000)])
    expect(other!.sureMs).toBe(300)
  })
})

test('what is held beyond before and the margin is told, of memory and of descriptors', () => {
  const mebibyte = 1024 * 1024
  const before = [{ name: 'a', used: 30 * mebibyte, rss: 100 * mebibyte, descriptors: 30 }]
  const after = (change: object) => before.map((held) => ({ ...held, ...change }))
  expect(excess(before, after({ used: 49 * mebibyte, descriptors: 37 }))).toBeNull()
  expect(excess(before, after({ used: 51 * mebibyte }))).toContain('a held 30.0 MiB')
  expect(excess(before, after({ rss: 300 * mebibyte }))).toContain('rss 300.0')
  expect(excess(before, after({ descriptors: 39 }))).toContain('39 descriptors')
})

describe('answers of HTTP', () => {
  const read = (text: string, method = 'GET') => {
    const reader = new AnswerReader()
    for (const byte of Buffer.from(text)) reader.push(Buffer.from([byte]))
    return [reader.next(method), reader.left] as const
  }

  test('are read as they are framed, whatever pieces they come in', () => {
    const [sized, left] = read('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP')
    expect([sized?.status, String(sized?.body), left]).toEqual([200, '{}', 4])
    const [chunked] = read(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n',
    )
    expect(String(chunked?.body)).toBe('{}')
    const [head] = read('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n', 'HEAD')
    expect(head?.body.length).toBe(0)
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}')[0]).toBeNull()
  })

  test.for([
    ['no status', 'HTTP/1.1 abc\r\n\r\n'],
    ['no length', 'HTTP/1.1 200 OK\r\nX: y\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['a length twice', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx'],
    ['a chunk of no size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n'],
  ])('with %s are none', ([, text]) => {
    expect(() => read(text!)).toThrow(NoHttp)
  })
})
