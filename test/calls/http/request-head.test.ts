/** What is read from the head of a call, whatever its names are. */
import { expect, test } from 'vitest'
import { RequestHeads } from '../../../src/calls/http/request-head.js'

test('names of headers that every object has are names like others', () => {
  const heads = new RequestHeads()
  const raw = ['constructor', 'a', '__proto__', 'b', 'toString', 'c', 'Berth-Hop', '1']
  for (const head of [heads.read(raw), heads.read(raw)]) {
    expect(head.headers).toEqual(raw.slice(0, 6))
    expect(head.hop).toBe('1')
    const known = ['chain', 'contentLength', 'explain', 'generation', 'headers', 'hop']
    const further = ['idempotencyKey', 'timeout', 'transferEncoding', 'upgrade']
    expect(Object.keys(head).sort()).toEqual([...known, ...further])
  }
})

test('few names are remembered, and no long ones', () => {
  const heads = new RequestHeads()
  heads.read(['x'.repeat(65), '1', 'y'.repeat(64), '2'])
  expect(heads.size).toBe(1)
  for (let i = 0; i < 2_000; i += 1) heads.read([`x-${i}`, '1'])
  expect(heads.size).toBe(1_000)
  expect(heads.read(['Z'.repeat(30_000), '1']).headers).toHaveLength(2)
})
