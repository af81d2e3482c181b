import { describe, expect, test } from 'vitest'
import { boundedOwnerAt, loadFactor, planOwners } from '../../src/table/bounded-load.js'
import type { Member } from '../../src/table/member.js'
import { Ring } from '../../src/table/ring.js'
import type { Table } from '../../src/table/table.js'
import { makeContext, member, tableOf, typeSet } from './tables.js'

const context = await makeContext()

const position = new Uint32Array(2)

/** How many of these actors each host would have. */
function spread(table: Table, ids: readonly string[]): Map<string, number> {
  const loads = new Map<string, number>()
  for (const { name } of planOwners(table, 'Cart', ids)!) {
    loads.set(name, (loads.get(name) ?? 0) + 1)
  }
  return loads
}

describe('a lookup with bounded load', () => {
  const members = () =>
    Array.from({ length: 7 }, (_, i) => member(`h${i}:1`, i + 1, typeSet(1, 'Cart')))
  const ids = Array.from({ length: 1000 }, (_, i) => `actor-${i}`)

  test('never puts more than 1.25 times the average on a host', () => {
    const loads = [...spread(tableOf(context, 1, members(), 2), ids).values()]
    expect(loads.reduce((sum, load) => sum + load, 0)).toBe(1000)
    expect(Math.max(...loads)).toBeLessThanOrEqual(Math.ceil((loadFactor * 1000) / 7))
    // Two virtual nodes a host spread badly: without the bound somebody would carry more.
    const plain = new Map<string, number>()
    for (const id of ids) {
      const { name } = tableOf(context, 1, members(), 2).owner('Cart', id)!
      plain.set(name, (plain.get(name) ?? 0) + 1)
    }
    expect(Math.max(...plain.values())).toBeGreaterThan(Math.max(...loads))
  })

  test('gives the owner while there is room', () => {
    const table = tableOf(context, 1, members(), 100)
    const ring = table.ring('Cart')!
    for (const id of ids.slice(0, 50)) {
      context.hasher.hash64(id, position)
      const [hi, lo] = [position[0]!, position[1]!]
      expect(boundedOwnerAt(ring, hi, lo, () => 0, 0)).toBe(table.owner('Cart', id))
    }
  })

  test('plans nothing for a type that no host has', () => {
    expect(planOwners(tableOf(context, 1, members(), 2), 'Basket', ids)).toBeNull()
  })

  test('is nobody on an empty ring, and a wrong total is a bug', () => {
    const loadOf = () => 5
    expect(boundedOwnerAt(Ring.empty<Member>(3), 1, 1, loadOf, 0)).toBeUndefined()
    const ring = tableOf(context, 1, members(), 2).ring('Cart')!
    expect(() => boundedOwnerAt(ring, 1, 1, loadOf, 7)).toThrow('every host is at its bound')
  })
})
