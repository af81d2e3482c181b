import { describe, expect, test } from 'vitest'
import { Ring, type RingHost } from '../../src/table/ring.js'
import { forSeeds, type Random } from './seeds.js'
import {
  hash,
  makeContext,
  makeCrowdedContext,
  merged,
  type PlainPair,
  pairsOf,
  plainOwner,
  plainRing,
} from './tables.js'

const context = await makeContext()
const crowded = await makeCrowdedContext()

const host = (name: string): RingHost => ({ name })

function ringOf(names: readonly string[], factor: number, of = context): Ring<RingHost> {
  return merged(Ring.empty<RingHost>(factor), { joins: names.map(host) }, of.nodes)
}

function ownerAt(ring: Ring<RingHost>, at: bigint): string | undefined {
  return ring.ownerAt(Number(at >> 32n), Number(at & 0xffffffffn))?.name
}

/** Names whose texts with a number behind them are often equal, and so their hashes. */
function randomNames(random: Random, count: number): string[] {
  const names = Array.from({ length: count }, () => `10.0.0.1:${1 + random.below(count * 2)}`)
  return [...new Set(names)]
}

/** Positions that matter: each hash, its neighbours, the ends, and some in between. */
function positionsOf(random: Random, pairs: readonly PlainPair[]): bigint[] {
  const top = 2n ** 64n
  const near = pairs.flatMap((pair) => [pair.hash - 1n, pair.hash, pair.hash + 1n])
  const anywhere = Array.from({ length: 20 }, () => hash(context.hasher, `${random.uint32()}`))
  return [...near, ...anywhere, 0n, top - 1n].map((at) => (at + top) % top)
}

describe('the owner of an id', () => {
  const names = ['node1', 'node2', 'node3', 'node4', 'node5']
  const owners = (factor: number) =>
    Array.from({ length: 10 }, (_, id) => {
      const ring = ringOf(names, factor)
      return Number(ownerAt(ring, hash(context.hasher, `${id}`))?.slice('node'.length))
    })

  test('is the one that the design gives, at factor 100 and at factor 1', () => {
    expect(owners(100)).toEqual([2, 1, 1, 5, 2, 5, 5, 1, 4, 5])
    expect(owners(1)).toEqual([2, 2, 4, 1, 4, 4, 4, 5, 2, 2])
  })

  test('is the first pair at or above its hash, wrapping to the first of all', () => {
    forSeeds(40, (random) => {
      const factor = random.pick([1, 2, 13, 100])
      const names = randomNames(random, 1 + random.below(12))
      const of = random.pick([context, crowded])
      const plain = plainRing(of.hasher, names, factor)
      const ring = ringOf(names, factor, of)
      for (const at of positionsOf(random, plain)) {
        expect(ownerAt(ring, at), `position ${at}`).toBe(plainOwner(plain, at))
      }
    })
  })

  test('is nobody on an empty ring', () => {
    expect(Ring.empty(100).ownerAt(1, 2)).toBeUndefined()
    expect(ringOf([], 100).cursor(1, 2).isAtEnd).toBe(true)
    expect([...ringOf([], 100).hostsFrom(1, 2)]).toEqual([])
  })

  test('is found on a ring whose hashes are anything but uniform', () => {
    // Only the lower half of such a ring has pairs near each other: the guess is always wrong.
    const crowd = Array.from({ length: 400 }, (_, i) => `h${i}:1`)
    const low = crowd.filter((name) => hash(context.hasher, `${name}0`) < 2n ** 56n * 20n)
    const plain = plainRing(context.hasher, low, 1)
    const ring = ringOf(low, 1)
    expect(low.length).toBeGreaterThan(5)
    for (const pair of plain) {
      expect(ownerAt(ring, pair.hash)).toBe(pair.name)
      expect(ownerAt(ring, pair.hash + 1n)).toBe(plainOwner(plain, pair.hash + 1n))
    }
  })
})

describe('equal hashes', () => {
  const [a, b] = ['10.0.0.1:5000', '10.0.0.1:50001']

  test('keep both pairs, the one of the lower name owns, the other is shadowed', () => {
    const ring = ringOf([b, a], 100)
    const at = hash(context.hasher, `${a}12`)
    expect(hash(context.hasher, `${b}2`)).toBe(at)
    const equal = pairsOf(ring).filter((pair) => pair.hash === at)
    expect(equal.map((pair) => pair.name)).toEqual([a, b])
    expect(ownerAt(ring, at)).toBe(a)
    const cursor = ring.cursor(Number(at >> 32n), Number(at & 0xffffffffn))
    expect(cursor.host.name).toBe(a)
    cursor.nextHash()
    expect(cursor.host.name).toBe(pairsOf(ring).find((pair) => pair.hash > at)?.name)
  })

  test('give the keys to the shadowed host when the other leaves', () => {
    const ring = ringOf([a, b], 100)
    const without = merged(ring, { leaves: [a] }, context.nodes)
    expect(ownerAt(without, hash(context.hasher, `${a}12`))).toBe(b)
    expect(pairsOf(without)).toEqual(plainRing(context.hasher, [b], 100))
  })
})

describe('a merged ring', () => {
  test('equals a rebuilt one, whatever joined and left', () => {
    forSeeds(60, (random) => {
      const factor = random.pick([1, 3, 20])
      const everybody = randomNames(random, 30)
      const { nodes, hasher } = random.pick([context, crowded])
      let ring = ringOf([], factor)
      let present = new Set<string>()
      for (let round = 0; round < 12; round += 1) {
        const changing = everybody.filter(() => random.chance(random.pick([0.05, 0.5])))
        const joins = random.shuffle(changing.filter((name) => !present.has(name)))
        const leaves = random.shuffle(changing.filter((name) => present.has(name)))
        ring = merged(ring, { joins: joins.map(host), leaves }, nodes)
        present = new Set([...present, ...joins].filter((name) => !leaves.includes(name)))
        expect(pairsOf(ring)).toEqual(plainRing(hasher, [...present], factor))
        expect(ring.hostCount).toBe(present.size)
        expect(new Set([...ring.hostList()].map(({ name }) => name))).toEqual(present)
        const somebody = random.pick(everybody)
        const slot = ring.slotOf(somebody, nodes.of(somebody, factor))
        expect(slot >= 0).toBe(present.has(somebody))
      }
    })
  })

  test('leaves the ring that it began with as it was', () => {
    const ring = ringOf(['a:1', 'b:1', 'c:1'], 10)
    const before = pairsOf(ring)
    const change = { joins: [host('d:1')], leaves: ['a:1'], replaced: [host('b:1')] }
    merged(ring, change, context.nodes)
    expect(pairsOf(ring)).toEqual(before)
  })

  test('shares the positions when a host is only replaced by its next instance', () => {
    const ring = ringOf(['a:1', 'b:1'], 10)
    const next = host('b:1')
    const replaced = merged(ring, { replaced: [next] }, context.nodes)
    expect([...replaced.hostList()]).toContain(next)
    expect([...ring.hostList()]).not.toContain(next)
    expect([...replaced.leaves()]).toEqual([...ring.leaves()])
    expect(pairsOf(replaced)).toEqual(pairsOf(ring))
  })

  test('refuses to let go of a host that it has not', () => {
    const ring = ringOf(['a:1'], 10)
    expect(() => merged(ring, { leaves: ['b:1'] }, context.nodes)).toThrow(
      'host b:1 is not on the ring',
    )
  })
})
