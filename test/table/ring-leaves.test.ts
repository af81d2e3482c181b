/** What a ring lies in: how it grows, shrinks, and shares what it does not change. */
import { describe, expect, test } from 'vitest'
import { leafPairsMax, pairsPerEntryMin } from '../../src/table/leaf-writer.js'
import { Ring, type RingHost } from '../../src/table/ring.js'
import { pairsIn } from '../../src/table/ring-leaf.js'
import type { VirtualNodes } from '../../src/table/virtual-nodes.js'
import { forSeeds, type Random } from './seeds.js'
import { byBytes, makeContext, merged, type PlainPair, pairsOf, plainOwner } from './tables.js'

const context = await makeContext()
const host = (name: string): RingHost => ({ name })
const names = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `h${from + i}.example.org:5000`)

function ringOf(hosts: readonly string[], factor: number, nodes = context.nodes): Ring<RingHost> {
  return merged(Ring.empty<RingHost>(factor), { joins: hosts.map(host) }, nodes)
}

/** Positions of our own, made from the number in a name: they crowd where they are told to. */
function nodesOf(position: (number: number, node: number) => readonly [number, number]) {
  const of = (name: string, factor: number): Uint32Array => {
    const number = Number(name.slice(1, name.indexOf(':')))
    return Uint32Array.from(
      Array.from({ length: factor }, (_, node) => position(number, node)).flat(),
    )
  }
  return { of, once: of } as unknown as VirtualNodes
}

/** The invariants of the leaves; the pairs as the truth has them. */
function check(ring: Ring<RingHost>, hosts: readonly string[], nodes: VirtualNodes): void {
  const { bits, directory, depths, factor } = ring.parts
  const truth: PlainPair[] = hosts.flatMap((name) => {
    const list = nodes.of(name, factor)
    return Array.from({ length: factor }, (_, i) => ({
      hash: (BigInt(list[2 * i]!) << 32n) | BigInt(list[2 * i + 1]!),
      name,
    }))
  })
  truth.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : byBytes(a.name, b.name)))
  expect(pairsOf(ring)).toEqual(truth)
  expect([ring.size, ring.hostCount]).toEqual([truth.length, hosts.length])
  expect(directory.length).toBe(2 ** bits)
  let pairs = 0
  let entry = 0
  for (const leaf of ring.leaves()) {
    const entries = 2 ** (bits - depths[entry]!)
    for (let i = 0; i < entries; i += 1) {
      expect(directory.get(entry + i)).toBe(leaf)
      expect(depths[entry + i]).toBe(depths[entry])
    }
    for (let at = 0; at < pairsIn(leaf); at += 1) {
      expect(Math.floor((leaf[at]! >>> (32 - bits)) / entries)).toBe(entry / entries)
    }
    pairs += pairsIn(leaf)
    entry += entries
  }
  expect([entry, pairs]).toEqual([directory.length, ring.size])
  for (const { hash } of truth.slice(0, 50)) {
    for (const at of [hash, (hash + 1n) % 2n ** 64n]) {
      const owner = ring.ownerAt(Number(at >> 32n), Number(at & 0xffffffffn))
      expect(owner?.name).toBe(plainOwner(truth, at))
    }
  }
}

describe('a ring', () => {
  test('is the same as a rebuilt one while it grows through many splits and shrinks again', () => {
    forSeeds(5, (random) => {
      const factor = random.pick([1, 7, 40])
      let ring = Ring.empty<RingHost>(factor)
      let present: string[] = []
      let next = 0
      let largest = 0
      for (let round = 0; round < 14; round += 1) {
        const grows = round < 8
        const joins = names(random.below(grows ? 120 : 5), next)
        next += joins.length
        const leaves = random
          .shuffle(present)
          .slice(0, Math.floor(present.length / (grows ? 9 : 2)))
        ring = merged(ring, { joins: joins.map(host), leaves }, context.nodes)
        present = [...present.filter((name) => !leaves.includes(name)), ...joins]
        check(ring, present, context.nodes)
        largest = Math.max(largest, ring.parts.directory.length)
      }
      expect(ring.parts.directory.length).toBeLessThan(Math.max(3, largest))
    })
  })

  test('splits its leaves: none is long, and few are nearly empty', () => {
    const ring = ringOf(names(1000), 100)
    const sizes = [...ring.leaves()].map(pairsIn)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(leafPairsMax)
    expect(sizes.length).toBeLessThan((100_000 / leafPairsMax) * 4)
  })

  test('that gains one host shares all leaves but those that its nodes fall into', () => {
    const ring = ringOf(names(2000), 100)
    const next = merged(ring, { joins: [host('new:1')] }, context.nodes)
    const known = new Set(ring.leaves())
    const all = [...next.leaves()]
    const made = all.filter((leaf) => !known.has(leaf))
    expect(all.length).toBeGreaterThan(900)
    // A leaf may split in two.
    expect(made.length).toBeLessThanOrEqual(110)
    const back = merged(next, { leaves: ['new:1'] }, context.nodes)
    const shared = [...back.leaves()].filter((leaf) => known.has(leaf))
    expect(shared.length).toBeGreaterThan(all.length - 220)
    expect(pairsOf(back)).toEqual(pairsOf(ring))
  })

  test('does not grow a directory without end for hashes that begin alike', () => {
    // All within a 2^28th of the ring: no number of leading bits that is worth it parts them.
    const alike = nodesOf((number, node) => [0xabcdef00 + (number % 16), (number * 7 + node) >>> 0])
    const hosts = Array.from({ length: 900 }, (_, i) => `h${i}:1`)
    const ring = ringOf(hosts, 2, alike)
    check(ring, hosts, alike)
    expect(ring.parts.directory.length).toBeLessThanOrEqual(1800 / pairsPerEntryMin)
    const fewer = hosts.filter((_, i) => i % 3 === 0)
    const leaves = hosts.filter((name) => !fewer.includes(name))
    check(merged(ring, { leaves }, alike), fewer, alike)
  })

  test('keeps equal hashes in order when the leaf that they stand in is split', () => {
    // Two hosts stand at each of few places, and many others part the leaves between them.
    const nodes = nodesOf((number, node) => {
      if (number >= 50) return [Math.imul(number * 31 + node, 0x9e3779b1) >>> 0, node]
      return [Math.imul(node + 1, 0x3c6ef372) >>> 0, 5]
    })
    forSeeds(4, (random: Random) => {
      const equal = random.shuffle(Array.from({ length: 50 }, (_, i) => `h${i}:1`)).slice(0, 9)
      const others = Array.from({ length: 400 }, (_, i) => `h${50 + i}:1`)
      let ring = ringOf(equal.slice(0, 6), 5, nodes)
      ring = merged(ring, { joins: [...others, ...equal.slice(6)].map(host) }, nodes)
      expect(ring.parts.bits).toBeGreaterThan(2)
      check(ring, [...equal, ...others], nodes)
      const [first] = [...equal].sort(byBytes)
      ring = merged(ring, { leaves: [first!] }, nodes)
      check(ring, [...equal.filter((name) => name !== first), ...others], nodes)
    })
  })

  test('that shrank far is made anew: its directory and its slots are as few as it needs', () => {
    const all = names(3000)
    let ring = ringOf(all, 20)
    const { length } = ring.parts.directory
    // The last ones stay, so that the free slots are not those at the end.
    const kept = all.slice(-40)
    for (let at = 0; at < 2960; at += 740) {
      ring = merged(ring, { leaves: all.slice(at, Math.min(at + 740, 2960)) }, context.nodes)
    }
    check(ring, kept, context.nodes)
    expect(ring.parts.directory.length).toBeLessThan(length / 16)
    expect(ring.parts.hosts.length).toBeLessThan(40 * 9)
    // And it lives on.
    ring = merged(ring, { joins: [host(all[0]!)], leaves: [kept[7]!] }, context.nodes)
    check(ring, [all[0]!, ...kept.filter((_, i) => i !== 7)], context.nodes)
  })

  test('finds owners over leaves that are empty', () => {
    const nodes = nodesOf((number, node) => [(0x80000000 + number * 64 + node * 0x100000) >>> 0, 1])
    const hosts = Array.from({ length: 300 }, (_, i) => `h${i}:1`)
    const ring = ringOf(hosts, 8, nodes)
    expect([...ring.leaves()].some((leaf) => pairsIn(leaf) === 0)).toBe(true)
    check(ring, hosts, nodes)
    const first = pairsOf(ring)[0]!.name
    for (const hi of [0, 1, 0x40000000, 0x7fffffff, 0xffffffff]) {
      expect(ring.ownerAt(hi, 7)?.name).toBe(first)
    }
  })

  test('reuses free slots, and never one that got free in the same change', () => {
    let ring = ringOf(names(10), 3)
    ring = merged(ring, { joins: names(2, 20).map(host), leaves: names(3) }, context.nodes)
    expect(ring.parts.hosts.length).toBe(12)
    const [leaving, ...staying] = names(10).slice(3)
    const change = { joins: names(4, 40).map(host), leaves: [leaving!] }
    ring = merged(ring, change, context.nodes)
    expect(ring.parts.hosts.length).toBe(13)
    check(ring, [...staying, ...names(2, 20), ...names(4, 40)], context.nodes)
  })
})

describe('a walk over the hosts', () => {
  test('begins at the position and goes round once', () => {
    const ring = ringOf(names(30), 10)
    const truth = pairsOf(ring)
    const { hash } = truth[200]!
    const hosts = [...ring.hostsFrom(Number(hash >> 32n), Number(hash & 0xffffffffn))]
    expect(hosts.map(({ name }) => name)).toEqual(
      [...truth.slice(200), ...truth.slice(0, 200)].map(({ name }) => name),
    )
  })
})
