import { describe, expect, test } from 'vitest'
import { changeBytesMax, join, PartCollector, split } from '../../src/table/change-parts.js'
import { Table } from '../../src/table/table.js'
import { applyChange, difference, whole } from '../../src/table/table-change.js'
import type { TableChange, TableMember } from '../../src/wire/messages.js'
import { encode } from '../../src/wire/msgpack.js'
import { forSeeds, type Random } from './seeds.js'
import { makeContext, member, tableOf, typeSet } from './tables.js'

const context = await makeContext()

/** A change with every kind of content, epochs beyond 2^32 and texts beyond ASCII included. */
function randomChange(random: Random): TableChange {
  const text = () =>
    random.pick(['Order', 'Ärger', '語語語', '😀', 'x'.repeat(40), 'y'.repeat(128)])
  const sets = Array.from({ length: 1 + random.below(20) }, (_, i) =>
    typeSet(i + 1, ...new Set(Array.from({ length: 1 + random.below(9) }, text))),
  )
  const some = (from: number, count: number) =>
    Array.from({ length: random.below(count) }, (_, i) =>
      member(
        `host-${from + i}.example.org:5000`,
        random.pick([7, 70_000, 2 ** 40]),
        random.pick(sets),
        {
          appId: text(),
          cordoned: random.chance(0.2),
        },
      ),
    )
  const from = tableOf(context, 1, some(0, 200))
  const upserts = some(100, 300)
  const upserted = new Set(upserts.map(({ name }) => name))
  const removes = [...from.list()].map(({ name }) => name).filter((name) => !upserted.has(name))
  return difference(from, from.edit({ generation: 2, upserts, removes }))
}

const contents = ({ typeSets, upserts, removes }: TableChange) => ({ typeSets, upserts, removes })

test('the bound of what a change takes is above its bytes, and not by much', () => {
  forSeeds(60, (random) => {
    const change = randomChange(random)
    const { length } = encode(change)
    expect(changeBytesMax(change)).toBeGreaterThanOrEqual(length)
    expect(changeBytesMax(change)).toBeLessThan(2 * length + 200)
  })
})

describe('a change in parts', () => {
  test('stays below the limit in every part, wastes little, and joins to the same change', () => {
    forSeeds(60, (random) => {
      const change = randomChange(random)
      const bytesMax = random.pick([2000, 5000, 1_000_000])
      const parts = split(change, bytesMax)
      const sizes = parts.map((part) => encode(part).length)
      expect(Math.max(...sizes)).toBeLessThanOrEqual(bytesMax)
      expect(parts.length).toBeLessThanOrEqual(1 + (3 * encode(change).length) / bytesMax)
      for (const part of parts) expect({ ...part, ...contents(change) }).toEqual(change)
      expect(join(parts)).toEqual(change)
      const collector = new PartCollector(parts[0]!, parts.length)
      const numbered = parts.map((part, i) => ({ number: i + 1, part }))
      const outcomes = random
        .shuffle(numbered)
        .map(({ number, part }) => collector.add(number, parts.length, part))
      expect(outcomes.pop()).toEqual({ kind: 'complete', change })
      expect(outcomes.every(({ kind }) => kind === 'missing')).toBe(true)
    })
  })

  test('is one part when it fits, also when it is empty', () => {
    const empty = whole(Table.empty(context, { factor: 8, level: 1 }))
    expect(split(empty, 1000)).toEqual([empty])
  })

  test('is applied only when it is whole: no part alone is ever a table', () => {
    const members = Array.from({ length: 100 }, (_, i) =>
      member(`h${i}:1`, i + 1, typeSet(1, 'Cart')),
    )
    const parts = split(whole(tableOf(context, 1, members)), 2000)
    expect(parts.length).toBeGreaterThan(2)
    for (const part of parts) {
      expect(() => applyChange(Table.empty(context, { factor: 8, level: 1 }), part)).toThrow(
        expect.objectContaining({ code: 'table_mismatch' }),
      )
    }
  })

  test('is refused when one member alone is above the limit', () => {
    const change = whole(tableOf(context, 1, [member('a:1', 1, typeSet(1, 'x'.repeat(128)))]))
    expect(() => split(change, 300)).toThrow(expect.objectContaining({ code: 'too_large' }))
  })

  test('takes time in proportion to its size', () => {
    const members = Array.from({ length: 20_000 }, (_, i) =>
      member(`h${i}:1`, i + 1, typeSet(1, 'Cart')),
    )
    const change = whole(tableOf(context, 1, members))
    // Quadratic work would look at 20,000 members some thousand times over.
    let reads = 0
    const get = (of: TableMember, key: string | symbol) => {
      reads += 1
      return Reflect.get(of, key)
    }
    const counted = change.upserts.map((upsert) => new Proxy(upsert, { get }))
    const parts = split({ ...change, upserts: counted }, 1000)
    expect(parts.length).toBeGreaterThan(1000)
    expect(reads).toBeLessThan(20_000 * 5)
  })
})

describe('the collector of parts', () => {
  const parts = () => {
    const members = Array.from({ length: 60 }, (_, i) =>
      member(`h${i}:1`, i + 1, typeSet(1, 'Cart')),
    )
    return split(whole(tableOf(context, 1, members)), 2000)
  }

  test('names a repeated part a duplicate, before and after it is complete', () => {
    const all = parts()
    const collector = new PartCollector(all[0]!, all.length)
    expect(collector.add(1, all.length, all[0]!).kind).toBe('missing')
    expect(collector.add(1, all.length, all[0]!)).toEqual({ kind: 'duplicate' })
    for (const [i, part] of all.entries()) collector.add(i + 1, all.length, part)
    expect(collector.add(2, all.length, all[1]!)).toEqual({ kind: 'duplicate' })
  })

  test('refuses parts of another change, another count or out of range', () => {
    const all = parts()
    const collector = new PartCollector(all[0]!, all.length)
    const other = (change: Partial<TableChange>) => ({ ...all[1]!, ...change })
    const foreign = { kind: 'foreign' }
    expect(collector.add(2, all.length, other({ to: 9 }))).toEqual(foreign)
    expect(collector.add(2, all.length, other({ from: 9 }))).toEqual(foreign)
    expect(collector.add(2, all.length, other({ digest: 'f'.repeat(43) }))).toEqual(foreign)
    expect(collector.add(2, all.length, other({ factor: 9 }))).toEqual(foreign)
    expect(collector.add(2, all.length + 1, all[1]!)).toEqual(foreign)
    expect(collector.add(0, all.length, all[1]!)).toEqual(foreign)
    expect(collector.add(all.length + 1, all.length, all[1]!)).toEqual(foreign)
    all.forEach((part, i) => {
      const outcome = collector.add(i + 1, all.length, part)
      expect(outcome.kind).toBe(i + 1 === all.length ? 'complete' : 'missing')
    })
  })

  test('joining refuses parts of different changes, and none at all', () => {
    const all = parts()
    const mismatch = expect.objectContaining({ code: 'table_mismatch' })
    expect(() => join([...all, { ...all[0]!, to: 9 }])).toThrow(mismatch)
    expect(() => join([])).toThrow(mismatch)
  })
})
