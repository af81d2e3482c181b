/** All rings of a table made ready in slices, and what later tables have of them. */
import { describe, expect, test } from 'vitest'
import { Budget } from '../../src/jobs/job.js'
import { Table } from '../../src/table/table.js'
import { applyChange, whole } from '../../src/table/table-change.js'
import { forSeeds } from './seeds.js'
import {
  allTypes,
  drive,
  makeContext,
  makeCountingContext,
  member,
  pairsOf,
  randomEdit,
  rebuilt,
  tableOf,
  typeSet,
} from './tables.js'

const { context, counted } = await makeCountingContext()
const plain = await makeContext()

/** What is hashed meanwhile, in virtual nodes. */
function hashed(work: () => void): number {
  const before = counted.nodes
  work()
  return counted.nodes - before
}

function warm(table: Table): void {
  const job = table.warmRings()
  if (job !== null) drive(job)
}

/** 50 type sets, with types that all have, that some have, and that one has. */
const sets = Array.from({ length: 50 }, (_, i) =>
  typeSet(i + 1, ...[`Common`, `Half${i % 2}`, `Own${i}`].sort()),
)
const members = (count: number, from = 0, epoch = 1) =>
  Array.from({ length: count }, (_, i) =>
    member(`10.0.${(from + i) >> 8}.${(from + i) & 255}:50`, epoch, sets[(from + i) % 50]!),
  )

const ringsOf = (table: Table) => table.types().map((type) => table.ring(type)!)

/** A table that shares nothing with another one has the same rings. */
function expectRight(table: Table): void {
  const fresh = rebuilt(plain, table)
  expect(table.types()).toEqual(fresh.types())
  for (const type of table.types()) {
    expect(pairsOf(table.ring(type)!)).toEqual(pairsOf(fresh.ring(type)!))
    for (const host of table.ring(type)!.hostList()) expect(host).toBe(table.member(host.name))
  }
}

describe('warming', () => {
  test('hashes each host once, however many rings it stands on and however many hosts there are', () => {
    // More than are kept: a second look at the same host would hash it again.
    const table = tableOf(context, 1, members(3000), 4)
    expect(hashed(() => warm(table))).toBe(3000 * 4)
    expect(table.warmRings()).toBeNull()
    expect(hashed(() => ringsOf(table))).toBe(0)
    expect(new Set(ringsOf(table)).size).toBe(53)
    expectRight(table)
  })

  test('is done in small steps, of any size of the budget', () => {
    const table = tableOf(context, 1, members(1500), 20)
    const { steps, largest } = drive(table.warmRings()!)
    expect(steps).toBeGreaterThan(1500)
    expect(largest).toBeLessThan(1000)
    const again = tableOf(context, 1, members(1500), 20)
    const job = again.warmRings()!
    expect(job.step(new Budget(1000))).toBe(false)
    expect(job.step(new Budget(1e9))).toBe(true)
    expectRight(again)
  })

  test('may be overtaken by lookups: what they made stays', () => {
    const table = tableOf(context, 1, members(600), 10)
    const job = table.warmRings()!
    job.step(new Budget(2000))
    const rings = [table.ring('Common'), table.ring('Own7')]
    drive(job)
    expect([table.ring('Common'), table.ring('Own7')]).toEqual(rings)
    expect(table.ring('Common')).toBe(rings[0])
    expectRight(table)
  })

  test('an empty table needs none', () => {
    expect(Table.empty(context, { factor: 8, level: 1 }).warmRings()).toBeNull()
  })
})

describe('a table made of a warm one by a small edit', () => {
  const first = tableOf(context, 1, members(2000), 10)
  warm(first)
  const [joining] = members(1, 2000)
  const next = first.edit({ generation: 2, upserts: [joining!], removes: [] })

  test('hashes the host that changed, and shares all rings on which it does not stand', () => {
    expect(hashed(() => warm(next))).toBe(10)
    const shared = new Set(ringsOf(first))
    const made = [...new Set(ringsOf(next))].filter((ring) => !shared.has(ring))
    expect(made.length).toBe(3)
    expectRight(next)
  })

  test('looks up without warming as cheaply', () => {
    const other = first.edit({ generation: 2, upserts: members(1, 3000), removes: [] })
    expect(hashed(() => ringsOf(other))).toBe(10)
    expectRight(other)
  })

  test('stays warm over many edits of which nobody asked for a ring', () => {
    let table = next
    for (let i = 0; i < 60; i += 1) {
      const edit = { upserts: members(1, 2100 + i), removes: [`10.0.1.${i}:50`] }
      table = table.edit({ generation: 3 + i, ...edit })
    }
    expect(hashed(() => warm(table))).toBeLessThanOrEqual(120 * 10)
    expectRight(table)
  })

  test('stays warm where every edit makes some rings right and leaves others behind', () => {
    let table = next
    const cost = hashed(() => {
      for (let i = 0; i < 100; i += 1) {
        table = table.edit({ generation: 3 + i, upserts: members(1, 2200 + i), removes: [] })
        table.ring(`Own${i % 50}`)
      }
    })
    // One host each: no ring was ever built from nothing.
    expect(cost).toBeLessThan(100 * 4 * 10)
    expect(table.ring('Common')!.hostCount).toBe(2101)
  })

  test('by a large edit it is a matter of what changed, in small steps', () => {
    const restarted = first.edit({ generation: 2, upserts: members(400, 0, 9), removes: [] })
    // Where a host only is another admission, one of its nodes finds it.
    expect(hashed(() => warm(restarted))).toBe(400)
    expectRight(restarted)
    const left = first.edit({
      generation: 2,
      upserts: [],
      removes: members(400).map(({ name }) => name),
    })
    let largest = 0
    const cost = hashed(() => {
      largest = drive(left.warmRings()!).largest
    })
    expect(cost).toBeGreaterThan(300 * 10)
    expect(cost).toBeLessThanOrEqual(400 * 10)
    expect(largest).toBeLessThan(1000)
    expectRight(left)
  })
})

describe('rings', () => {
  test('are right whatever was warmed, looked up, edited and taken over on the way', () => {
    forSeeds(40, (random) => {
      let table = Table.empty(context, { factor: 6, level: 1 })
      for (let round = 0; round < 14; round += 1) {
        const before = table
        table = randomEdit(random, table, 40, random.pick([1, 2, 10, 40]))
        const way = random.below(6)
        if (way === 0) warm(table)
        if (way === 1) for (const type of allTypes) if (random.chance(0.5)) table.ring(type)
        if (way === 2) table.warmRings()?.step(new Budget(random.below(300)))
        if (way === 3) table = applyChange(random.pick([before, table]), whole(table))
        if (way === 4) {
          const shape = { factor: random.pick([5, 6]), level: 1 }
          const generation = table.generation + 1
          table = table.edit({ generation, shape, upserts: [], removes: [] })
        }
        if (random.chance(0.3)) expectRight(table)
      }
      expectRight(table)
    })
  })

  test('of a table that arrived whole are made of those held, by what differs', () => {
    const held = tableOf(context, 1, members(500), 10)
    warm(held)
    const sent = tableOf(context, 2, [...members(500).slice(1), ...members(1, 500)], 10)
    const taken = applyChange(held, whole(sent))
    // All members are other objects; of those that stay one node is looked at.
    expect(hashed(() => warm(taken))).toBeLessThanOrEqual(499 + 2 * 10)
    expectRight(taken)
  })

  test('are right where an id stands for other types in the table that was held', () => {
    const hosts = (...sets: readonly (readonly string[])[]) =>
      sets.map((types, i) => member(`h${i}:1`, 1, typeSet(i + 1, ...types)))
    const held = tableOf(context, 1, hosts(['Cart'], ['Cart', 'Stock'], ['Stock']), 10)
    warm(held)
    const sent = tableOf(context, 2, hosts(['Stock'], ['Cart', 'Stock'], ['Cart']), 10)
    const taken = applyChange(held, whole(sent))
    const names = (type: string) => [...taken.ring(type)!.hostList()].map(({ name }) => name).sort()
    expect(names('Cart')).toEqual(['h1:1', 'h2:1'])
    expect(names('Stock')).toEqual(['h0:1', 'h1:1'])
    expectRight(taken)
  })
})
