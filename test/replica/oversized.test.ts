import { expect, test } from 'vitest'
import type { Log } from '../../src/log/log.js'
import { Oversized, quietMs } from '../../src/replica/process/oversized.js'

test('all that is too long is counted; the log hears of it now and then', () => {
  const lines: object[] = []
  const error = (fields: object) => lines.push(fields)
  const oversized = new Oversized({ error } as unknown as Log)
  for (let i = 0; i < 5; i += 1) oversized.lost(2, 'orders', 1_000 + i, i)
  expect(lines).toEqual([{ peer: 2, kind: 'orders', bytes: 1_000 }])
  oversized.lost(3, 'hello', 7, quietMs)
  expect(lines.at(-1)).toEqual({ peer: 3, kind: 'hello', bytes: 7, before: 4 })
  expect(oversized.count).toBe(6)
})
