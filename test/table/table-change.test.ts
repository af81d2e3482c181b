import { describe, expect, test } from 'vitest'
import { Table } from '../../src/table/table.js'
import {
  ApplyChangeJob,
  applyChange,
  DifferenceJob,
  difference,
  whole,
} from '../../src/table/table-change.js'
import type { TableChange } from '../../src/wire/messages.js'
import { decode, encode } from '../../src/wire/msgpack.js'
import { createChecks } from '../../src/wire/validate.js'
import { forSeeds } from './seeds.js'
import {
  allTypes,
  drive,
  makeContext,
  member,
  randomEdit,
  rebuilt,
  tableOf,
  typeSet,
} from './tables.js'

const context = await makeContext()

const checks = createChecks()
const lineage = '00000000-0000-4000-8000-000000000000'

const head = { kind: 'table', namespace: 'default', lineage }

/** As a sidecar gets it: encoded, decoded and checked against the schema. */
function travelled(change: TableChange): TableChange {
  const message = decode(encode({ ...head, part: 1, parts: 1, change }))
  return checks.tableAnswer(message).change
}

function expectEqual(a: Table, b: Table): void {
  expect(a.digest).toBe(b.digest)
  expect([...a.list()]).toEqual([...b.list()])
  expect([...a.typeSets.list()]).toEqual([...b.typeSets.list()])
  expect([a.generation, a.factor]).toEqual([b.generation, b.factor])
  for (const type of allTypes) {
    for (let id = 0; id < 5; id += 1) {
      expect(a.owner(type, `${id}`)).toEqual(b.owner(type, `${id}`))
    }
  }
}

describe('a change', () => {
  test('from one table to any later one gives exactly that table', () => {
    forSeeds(40, (random) => {
      const first = randomEdit(random, Table.empty(context, { factor: 8, level: 1 }), 20, 15)
      let last = first
      for (let round = random.below(6); round > 0; round -= 1) {
        last = randomEdit(random, last, 20, random.pick([1, 10]))
      }
      const held = applyChange(
        Table.empty(context, { factor: 8, level: 1 }),
        travelled(whole(first)),
      )
      expectEqual(held, first)
      expectEqual(applyChange(held, travelled(difference(first, last))), last)
      expectEqual(applyChange(held, travelled(whole(last))), last)
      // What the sender compares need not share memory.
      const change = difference(rebuilt(context, first), rebuilt(context, last))
      expect(change).toEqual(difference(first, last))
    })
  })

  test('carries only the type sets that the receiver cannot know', () => {
    const [cart, order] = [typeSet(1, 'Cart'), typeSet(2, 'Order')]
    const one = tableOf(context, 1, [member('a:1', 1, cart)])
    const two = one.edit({
      generation: 2,
      upserts: [member('b:1', 2, cart), member('c:1', 3, order)],
      removes: [],
    })
    expect(difference(one, two).typeSets).toEqual([order])
    // A set that nobody used any more is forgotten on both sides and sent again when needed.
    const three = two.edit({ generation: 3, upserts: [], removes: ['c:1'] })
    const four = three.edit({ generation: 4, upserts: [member('c:1', 9, order)], removes: [] })
    expect(difference(three, four).typeSets).toEqual([order])
    let held = applyChange(Table.empty(context, { factor: 8, level: 1 }), whole(two))
    for (const next of [three, four]) held = applyChange(held, difference(tableOf2(held), next))
    expectEqual(held, four)
  })

  test('of a whole table is taken over whatever was held before', () => {
    const cart = typeSet(1, 'Cart')
    const stale = tableOf(context, 9, [member('x:1', 1, typeSet(1, 'Stock'))], 4)
    const table = tableOf(context, 3, [member('a:1', 1, cart)])
    expectEqual(applyChange(stale, whole(table)), table)
  })

  test('of an empty namespace is a change from 0 to 0', () => {
    const empty = Table.empty(context, { factor: 8, level: 1 })
    expect(whole(empty)).toMatchObject({ from: 0, to: 0, upserts: [] })
    expectEqual(applyChange(empty, travelled(whole(empty))), empty)
  })

  test('of the factor alone alters the rings and the digest', () => {
    const table = tableOf(context, 1, [member('a:1', 1, typeSet(1, 'Cart'))])
    const next = table.edit({
      generation: 2,
      shape: { factor: 20, level: 1 },
      upserts: [],
      removes: [],
    })
    const held = applyChange(table, travelled(difference(table, next)))
    expectEqual(held, next)
    expect(held.ring('Cart')?.size).toBe(20)
  })

  /** The same table as another process would hold it. */
  function tableOf2(table: Table): Table {
    return rebuilt(context, table)
  }
})

describe('a change that does not fit is refused and alters nothing:', () => {
  const cart = typeSet(1, 'Cart')
  const held = () => tableOf(context, 5, [member('a:1', 1, cart), member('b:1', 2, cart)])
  const good = () => {
    const table = held()
    const upserts = [member('c:1', 3, typeSet(2, 'Order')), member('a:1', 4, cart)]
    return difference(table, table.edit({ generation: 6, upserts, removes: ['b:1'] }))
  }
  const wire = { name: 'c:1', epoch: 3, appId: 'app', types: 2 }
  const cases: Record<string, (change: TableChange) => Partial<TableChange>> = {
    'another base': () => ({ from: 4 }),
    'a base ahead': () => ({ from: 6 }),
    'a generation that goes back': () => ({ to: 4 }),
    'an edit without a new generation': () => ({ to: 5 }),
    'another digest': () => ({ digest: '0'.repeat(43) }),
    'another factor than the digest says': () => ({ factor: 9 }),
    'another hash scheme': () => ({ hash: 'sha1' as never }),
    'an upsert that got lost': ({ upserts }) => ({ upserts: upserts.slice(1) }),
    'a remove that got lost': () => ({ removes: [] }),
    'a remove of nobody': ({ removes }) => ({ removes: [...removes!, 'z:1'] }),
    'a remove given twice': ({ removes }) => ({ removes: [...removes!, ...removes!] }),
    'an upsert given twice': ({ upserts }) => ({ upserts: [...upserts, wire] }),
    'an upsert of who is removed': ({ upserts }) => ({
      upserts: [...upserts, { ...wire, name: 'b:1' }],
    }),
    'an unknown type set': () => ({ typeSets: [] }),
    'a type set with another meaning': ({ typeSets }) => ({
      typeSets: [...typeSets!, typeSet(1, 'Stock')],
    }),
    'a type set given twice': ({ typeSets }) => ({ typeSets: [...typeSets!, ...typeSets!] }),
    'a type set out of order': () => ({ typeSets: [typeSet(2, 'b', 'a')] }),
  }

  test('the change itself would fit', () => {
    expect(applyChange(held(), good()).generation).toBe(6)
  })

  test.each(Object.entries(cases))('%s', (_, broken) => {
    const table = held()
    const before = { digest: table.digest, members: [...table.list()] }
    const change = { ...good(), ...broken(good()) }
    expect(() => applyChange(table, change)).toThrow(
      expect.objectContaining({ code: 'table_mismatch' }),
    )
    expect({ digest: table.digest, members: [...table.list()] }).toEqual(before)
  })
})

describe('in slices', () => {
  const set = typeSet(1, 'Cart')
  const members = Array.from({ length: 3000 }, (_, i) => member(`h${i}:1`, i + 1, set))
  const from = tableOf(context, 1, members)
  const upserts = members.slice(0, 700).map((host) => ({ ...host, epoch: 9_000 }))
  const removes = members.slice(700, 1300).map(({ name }) => name)
  const to = () => from.edit({ generation: 2, upserts, removes })

  test('a difference is the same, in small steps', () => {
    const job = new DifferenceJob(from, to())
    const { steps, largest } = drive(job)
    expect(job.result).toEqual({ change: difference(from, to()), touched: [1] })
    expect(largest).toBeLessThan(1000)
    // The buckets of the digest, and all members.
    expect(steps).toBeGreaterThan(256 + Math.floor(3000 / 128) - 1)
  })

  test('a change is taken over in small steps, or not at all', () => {
    const change = difference(from, to())
    const job = new ApplyChangeJob(from, change)
    const { steps, largest } = drive(job)
    expectEqual(job.result, to())
    expect(largest).toBeLessThan(3000)
    expect(steps).toBeGreaterThan(1300)
    const wrong = new ApplyChangeJob(from, { ...change, digest: from.digest })
    const mismatch = expect.objectContaining({ code: 'table_mismatch' }) as Error
    expect(() => drive(wrong)).toThrow(mismatch)
    expect(() => drive(wrong)).toThrow(mismatch)
    expect(from.digest).toBe(rebuilt(context, from).digest)
  })
})
