import { expect, test } from 'vitest'
import { Grants } from '../../../src/calls/machine/grants.js'

function liveAt(grants: Grants, now: number): string[] {
  return [...grants.live(now)].map(({ id, untilMs }) => `${id} ${untilMs}`)
}

test('a grant holds until its time, or until that of a later one', () => {
  const grants = new Grants()
  grants.add('Cart', 'a', 500, 0)
  grants.add('Cart', 'b', 600, 100)
  grants.add('Cart', 'a', 700, 200)
  expect(liveAt(grants, 599)).toEqual(['a 700', 'b 600'])
  expect(liveAt(grants, 600)).toEqual(['a 700'])
  expect(liveAt(grants, 700)).toEqual([])
})

test('names are not taken for one another', () => {
  const grants = new Grants()
  grants.add('Car', 'tx', 500, 0)
  grants.add('Cart', 'x', 600, 0)
  expect(liveAt(grants, 500)).toEqual(['x 600'])
})

test('what has run out makes room, also behind one that is given again and again', () => {
  const grants = new Grants(3)
  for (let now = 0; now < 5_000; now += 100) {
    grants.add('Cart', 'steady', now + 500, now)
    if (now % 500 === 0) {
      grants.add('Cart', `k${now}`, now + 500, now)
    }
  }
  expect(grants.otherUntilMs).toBe(Number.NEGATIVE_INFINITY)
  for (const id of ['x', 'y', 'z']) grants.add('Cart', id, 5_500, 5_000)
  expect(grants.otherUntilMs).toBe(5_500)
})
