import { describe, expect, test } from 'vitest'
import { ConnectionBook, type Entry, keyOf } from '../../src/api/connection-book.js'

const limits = {
  ...{ connectionsMax: 10, connectionsPerAddressMax: 3 },
  ...{ reserveMax: 4, reservePerAddressMax: 2 },
}

/** Enters so many connections of an address; why each is in the reserve, if it is. */
function enter(book: ConnectionBook, address: string, count = 1): Entry[] {
  return Array.from({ length: count }, () => book.enter(address))
}

const excesses = (entries: readonly Entry[]) => entries.map(({ excess }) => excess)

describe('a connection may do everything', () => {
  test('until its address has its share; others are as free as before', () => {
    const book = new ConnectionBook(limits)
    expect(excesses(enter(book, '10.0.0.1', 5))).toEqual([null, null, null, 'address', 'address'])
    expect(excesses(enter(book, '10.0.0.2', 3))).toEqual([null, null, null])
    expect([book.open, book.reserved]).toEqual([6, 2])
  })

  test('until all together are as many as there may be', () => {
    const book = new ConnectionBook(limits)
    for (let i = 1; i <= 10; i += 1) expect(excesses(enter(book, `10.0.0.${i}`))).toEqual([null])
    expect(excesses(enter(book, '10.0.0.11'))).toEqual(['total'])
  })

  test('from loopback up to that number, which holds for loopback too', () => {
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', '127.9.9.9']) {
      const book = new ConnectionBook(limits)
      expect(excesses(enter(book, address, 11))).toEqual([...Array(10).fill(null), 'total'])
    }
  })

  test('again when another one of its address has left', () => {
    const book = new ConnectionBook(limits)
    const [first] = enter(book, '10.0.0.1', 3)
    book.leave(first!)
    expect(excesses(enter(book, '10.0.0.1', 2))).toEqual([null, 'address'])
  })
})

describe('the reserve', () => {
  test('is full for an address that has its share of it, and for nobody else', () => {
    const book = new ConnectionBook(limits)
    const entries = enter(book, '10.0.0.1', 6)
    expect(book.isReserveFullFor(entries[5]!)).toBe(true)
    expect(book.isReserveFull).toBe(false)
    book.leave(entries[3]!)
    expect(book.isReserveFullFor(entries[5]!)).toBe(false)
    const others = enter(book, '10.0.0.2', 4)
    expect(book.isReserveFullFor(others[3]!)).toBe(false)
  })

  test('is full for all when more are in it than it is for', () => {
    const book = new ConnectionBook(limits)
    for (let i = 1; i <= 10; i += 1) enter(book, `10.0.0.${i}`)
    for (let i = 11; i <= 14; i += 1) enter(book, `10.0.0.${i}`)
    expect(book.isReserveFull).toBe(false)
    const [last] = enter(book, '10.0.0.15')
    expect(book.isReserveFull).toBe(true)
    book.leave(last!)
    expect(book.isReserveFull).toBe(false)
  })
})

test('who has left is forgotten: the counts come back to nothing', () => {
  const book = new ConnectionBook(limits)
  const entries = Array.from({ length: 200 }, (_, i) => book.enter(`10.0.${i % 7}.1`))
  for (const entry of entries) book.leave(entry)
  expect([book.open, book.reserved]).toEqual([0, 0])
  for (const entry of entries) expect(book.openOf(entry)).toBe(0)
})

test.for([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['::FFFF:10.0.0.1', '10.0.0.1'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff::', '2001:db8:1:2::/64'],
  ['2001:db8::5', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::5', '0:0:0:0::/64'],
  ['', ''],
] as const)('the address %s counts as %s', ([address, key]) => {
  expect(keyOf(address)).toBe(key)
})
