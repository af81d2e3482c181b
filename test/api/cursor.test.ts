import { expect, test } from 'vitest'
import { decodeCursor, encodeCursor } from '../../src/api/cursor.js'

const query = ['members', 'default', undefined, 'shop', true]

test('a cursor gives back its position, whatever is in it', () => {
  for (const position of [['10.0.0.1:5000'], [''], ['ä "\n'], [7, 0], [2 ** 53 - 1, 12]]) {
    const shape = position.map((part) => typeof part as 'string' | 'number')
    const cursor = encodeCursor(query, position)
    expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
    expect(decodeCursor(query, cursor, shape)).toEqual(position)
  }
})

test('a cursor of another list or other filters is refused', () => {
  const cursor = encodeCursor(query, ['a'])
  for (const other of [
    ['members', 'other', undefined, 'shop', true],
    ['members', 'default', undefined, 'shop', false],
    ['members', 'default', undefined, 'shop', undefined],
    ['namespaces'],
  ]) {
    expect(() => decodeCursor(other, cursor, ['string'])).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: expect.stringContaining('start without a cursor'),
      }),
    )
  }
})

test.for([
  'AAAA',
  '_',
  'bm90IGpzb24',
  Buffer.from('{}').toString('base64url'),
  Buffer.from('[]').toString('base64url'),
  Buffer.from('["x",1]').toString('base64url'),
  Buffer.from('null').toString('base64url'),
])('a cursor that was made up is refused: %s', (cursor) => {
  expect(() => decodeCursor(query, cursor, ['string'])).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  )
})
