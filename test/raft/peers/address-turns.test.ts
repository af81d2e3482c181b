import { expect, test } from 'vitest'
import { AddressTurns, addressesMax, nameOf } from '../../../src/raft/peers/address-turns.js'
import type { PeerAddress } from '../../../src/raft/peers/transport-options.js'

const at = (host: string): PeerAddress => ({ id: 2, host, port: 1 })
const all = (...hosts: string[]) => hosts.map(at)
const take = (turns: AddressTurns, count: number) =>
  Array.from({ length: count }, () => turns.next().host)

test('each address has its turn once in a round, the best first', () => {
  const turns = new AddressTurns(all('a', 'b', 'a', 'c'))
  expect(turns.isRoundOver).toBe(true)
  expect(take(turns, 2)).toEqual(['a', 'b'])
  expect(turns.isRoundOver).toBe(false)
  expect(take(turns, 1)).toEqual(['c'])
  expect(turns.isRoundOver).toBe(true)
  expect(take(turns, 3)).toEqual(['a', 'b', 'c'])
})

test('after a connection the best is the first again', () => {
  const turns = new AddressTurns(all('a', 'b'))
  expect(take(turns, 1)).toEqual(['a'])
  turns.restart()
  expect(take(turns, 2)).toEqual(['a', 'b'])
})

test('whoever shows another address before each try keeps no other one from its turn', () => {
  const turns = new AddressTurns(all('false-0', 'told', 'written'))
  const tried: string[] = []
  for (let i = 1; i <= 9; i += 1) {
    tried.push(...take(turns, 1))
    turns.want(all(`false-${i}`, 'told', 'written'))
  }
  expect(tried).toEqual([
    ...['false-0', 'told', 'written', 'false-3', 'told', 'written'],
    ...['false-6', 'told', 'written'],
  ])
})

test('of more addresses than it takes the last are left out', () => {
  const hosts = Array.from({ length: addressesMax + 1 }, (_, i) => `h${i}`)
  expect(new AddressTurns(all(...hosts)).wanted).toEqual(all(...hosts.slice(0, -1)))
})

test('an IPv6 address is named in brackets', () => {
  expect([at('::1'), at('db1')].map(nameOf)).toEqual(['[::1]:1', 'db1:1'])
})
