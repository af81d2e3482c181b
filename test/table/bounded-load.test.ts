import { describe, expect, test } from 'vitest'
import { boundedOwnerAt, loadFactor } from '../../src/table/bounded-load.js'
import type { Member } from '../../src/table/member.js'
import { Ring } from '../../src/table/ring.js'
import { makeContext, member, tableOf, typeSet } from './tables.js'

const context = await makeContext()

const position = new Uint32Array(2)

/** Spreads actors one after the other. */
function spread(ring: Ring<Member>, ids: readonly string[]): Map<string, number> {
  const loads = new Map<string, number>()
  ids.forEach((id, total) => {
    context.hasher.hash64(id, position)
    const loadOf = ({ name }: Member) => loads.get(name) ?? 0
    const host = boundedOwnerAt(ring, position[0]!, position[1]!, loadOf, total)
    loads.set(host!.name, loadOf(host!) + 1)
  })
  return loads
}

describe('a lookup with bounded load', () => {
  const members = () =>
    Array.from({ length: 7 }, (_, i) => member(`h${i}:1`, i + 1, typeSet(1, 'Cart')))
  const ids = Array.from({ length: 1000 }, (_, i) => `actor-${i}`)

  test('never puts more than 1.25 times the average on a host', () => {
    const ring = tableOf(context, 1, members(), 2).ring('Cart')!
    const loads = [...spread(ring, ids).values()]
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

  test('is nobody on an empty ring, and a wrong total is a bug', () => {
    const loadOf = () => 5
    expect(boundedOwnerAt(Ring.empty<Member>(3), 1, 1, loadOf, 0)).toBeUndefined()
    const ring = tableOf(context, 1, members(), 2).ring('Cart')!
    expect(() => boundedOwnerAt(ring, 1, 1, loadOf, 7)).toThrow('every host is at its bound')
  })
})
