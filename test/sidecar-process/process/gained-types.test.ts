import { expect, test } from 'vitest'
import { gainedTypes } from '../../../src/sidecar-process/process/gained-types.js'
import { makeContext, member, tableOf, typeSet } from '../../table/tables.js'

const context = await makeContext()
const both = typeSet(1, 'Cart', 'Order')
const carts = typeSet(2, 'Cart')
const self = 'a:1'
const own = member(self, 5, both)

test('whoever joins, or joins anew, gains all of its types', () => {
  const empty = tableOf(context, 1, [])
  const joined = tableOf(context, 2, [own])
  expect(gainedTypes(null, joined, self)).toEqual(['Cart', 'Order'])
  expect(gainedTypes(empty, joined, self)).toEqual(['Cart', 'Order'])
  expect(gainedTypes(joined, tableOf(context, 3, [member(self, 6, both)]), self)).toEqual([
    ...['Cart', 'Order'],
  ])
  expect(gainedTypes(joined, empty, self)).toEqual([])
})

test('what another one lets go of is gained by those who have it, and nothing else is', () => {
  const before = tableOf(context, 1, [own, member('b:1', 6, carts), member('c:1', 7, both)])
  const without = tableOf(context, 2, [own, member('c:1', 7, both)])
  expect(gainedTypes(before, without, self)).toEqual(['Cart'])
  expect(gainedTypes(without, before, self)).toEqual([])
  const retyped = tableOf(context, 2, [own, member('b:1', 6, carts), member('c:1', 7, carts)])
  expect(gainedTypes(before, retyped, self)).toEqual(['Order'])
  expect(gainedTypes(before, retyped, 'b:1')).toEqual([])
  const other = tableOf(context, 2, [own, member('b:1', 9, carts), member('c:1', 7, both)])
  expect(gainedTypes(before, other, self)).toEqual([])
})

test('types that a host takes on are gained, and those that it gives up are not', () => {
  const before = tableOf(context, 1, [member(self, 5, carts), member('c:1', 7, both)])
  const after = tableOf(context, 2, [member(self, 5, both), member('c:1', 7, both)])
  expect(gainedTypes(before, after, self)).toEqual(['Order'])
  expect(gainedTypes(after, before, self)).toEqual([])
})

test('as many types and changes as there may be take no longer than reading them', () => {
  const types = (set: number) => Array.from({ length: 256 }, (_, i) => `T${set}-${i}`)
  const own = types(0)
  const others = Array.from({ length: 999 }, (_, i) =>
    member(`h${i}:1`, 6, typeSet(2, ...types(i + 1))),
  )
  const before = tableOf(context, 1, [member(self, 5, typeSet(1, ...own)), ...others])
  const after = tableOf(context, 2, [member(self, 5, typeSet(1, ...own))])
  const fromMs = performance.now()
  expect(gainedTypes(before, after, self)).toEqual([])
  expect(performance.now() - fromMs).toBeLessThan(1_000)
})
