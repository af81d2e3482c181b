import { expect, test } from 'vitest'
import { Gains } from '../../../src/sidecar-process/process/gains.js'
import { makeContext, member, tableOf, typeSet } from '../../table/tables.js'

const context = await makeContext()
const both = typeSet(1, 'Cart', 'Order')
const carts = typeSet(2, 'Cart')
const self = 'a:1'
const own = member(self, 5, both)
const alone = tableOf(context, 2, [own])

test('what it gains is told once, when it may run it', () => {
  const gains = new Gains()
  expect(gains.look(tableOf(context, 1, []), self, false)).toEqual([])
  expect(gains.look(alone, self, false)).toEqual([])
  expect(gains.look(alone, self, true)).toEqual(['Cart', 'Order'])
  expect(gains.look(alone, self, true)).toEqual([])
  expect(gains.look(tableOf(context, 3, [own, member('b:1', 7, carts)]), self, true)).toEqual([])
  expect(gains.look(tableOf(context, 4, [own]), self, true)).toEqual(['Cart'])
})

test('one whose lease ran out gains all of its types when it has one again, by the same table', () => {
  const gains = new Gains()
  gains.look(alone, self, true)
  gains.fenced(true)
  expect(gains.look(alone, self, false)).toEqual([])
  expect(gains.look(alone, self, true)).toEqual(['Cart', 'Order'])
  expect(gains.look(alone, self, true)).toEqual([])
})

test('one that was removed gains nothing before it is let in again', () => {
  const gains = new Gains()
  gains.look(alone, self, true)
  gains.fenced(true)
  expect(gains.look(tableOf(context, 3, [member('b:1', 7, carts)]), self, true)).toEqual([])
  const back = tableOf(context, 4, [member(self, 8, both), member('b:1', 7, carts)])
  expect(gains.look(back, self, true)).toEqual(['Cart', 'Order'])
})

test('one that had to stop some of its actors is told of them by the next table', () => {
  const gains = new Gains()
  gains.look(alone, self, true)
  gains.fenced(false)
  expect(gains.look(alone, self, true)).toEqual([])
  expect(gains.look(tableOf(context, 3, [own]), self, true)).toEqual(['Cart', 'Order'])
  expect(gains.look(tableOf(context, 4, [own]), self, true)).toEqual([])
})
