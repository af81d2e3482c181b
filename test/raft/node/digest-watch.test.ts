import { expect, test } from 'vitest'
import { DigestWatch } from '../../../src/raft/node/digest-watch.js'

/** The digest of a state that is right. */
const right = (index: number) => `d${index}`

function appliedTo(index: number): DigestWatch {
  const watch = new DigestWatch()
  for (let at = 1; at <= index; at += 1) {
    if (watch.wants(at)) expect(watch.applied(at, right(at))).toBeNull()
  }
  return watch
}

test('a leader tells its digest now, and the last one at a round index', () => {
  expect(appliedTo(10).points(10, right(10))).toEqual([{ index: 10, digest: 'd10' }])
  expect(appliedTo(600).points(600, right(600))).toEqual([
    { index: 512, digest: 'd512' },
    { index: 600, digest: 'd600' },
  ])
  expect(appliedTo(512).points(512, right(512))).toHaveLength(1)
})

test('a follower at the same index compares at once', () => {
  const watch = appliedTo(10)
  expect(watch.told([{ index: 10, digest: 'd10' }], 10, right(10))).toBeNull()
  const other = { index: 10, digest: 'other' }
  expect(watch.told([other], 10, right(10))).toMatchObject({ leaders: 'other' })
})

test('a follower that is ahead compares at a round index that both had', () => {
  const watch = appliedTo(700)
  const other = { index: 512, digest: 'other' }
  expect(watch.told([other, { index: 600, digest: 'd600' }], 700, right(700))).toMatchObject({
    leaders: 'other',
  })
  expect(watch.told([{ index: 513, digest: 'never compared' }], 700, right(700))).toBeNull()
})

test('a follower that is behind compares when it gets there', () => {
  const watch = appliedTo(10)
  expect(watch.told([{ index: 12, digest: 'other' }], 10, right(10))).toBeNull()
  expect(watch.wants(11)).toBe(false)
  expect(watch.wants(12)).toBe(true)
  expect(watch.applied(12, right(12))).toEqual({ index: 12, own: 'd12', leaders: 'other' })
  expect(watch.wants(12)).toBe(false)
})

test('after a snapshot was installed nothing from before is compared', () => {
  const watch = appliedTo(300)
  watch.told([{ index: 400, digest: 'other' }], 300, right(300))
  watch.restored()
  expect(watch.wants(400)).toBe(false)
  expect(watch.told([{ index: 256, digest: 'other' }], 500, right(500))).toBeNull()
})
