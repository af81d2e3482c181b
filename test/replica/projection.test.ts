import { expect, test } from 'vitest'
import type { ProjectedEvent } from '../../src/raft/node/disk/storage.js'
import { Projection } from '../../src/replica/machine/projection.js'

const event = (index: number, position = 0): ProjectedEvent => ({
  ...{ index, position, namespace: 'default', generation: index, kind: 'joined' },
  ...{ member: 'a:1', reason: null, atMs: 0, detail: {} },
})

test('events are handed over in order, once, with how far they reach', () => {
  const projection = new Projection(0)
  expect(projection.take()).toBeNull()
  projection.add(1, [event(1), event(1, 1)])
  projection.add(2, [])
  projection.add(3, [event(3)])
  expect(projection.take()).toEqual({ through: 3, events: [event(1), event(1, 1), event(3)] })
  expect(projection.take()).toBeNull()
})

test('entries without events move the cursor all the same', () => {
  const projection = new Projection(0)
  projection.add(1, [])
  expect(projection.take()).toEqual({ through: 1, events: [] })
})

test('what is in the database is not handed over again after a restart', () => {
  const projection = new Projection(2)
  projection.add(1, [event(1)])
  projection.add(2, [event(2)])
  expect(projection.take()).toBeNull()
  projection.add(3, [event(3)])
  expect(projection.take()).toEqual({ through: 3, events: [event(3)] })
})

test('a snapshot that takes the place of entries leaves a gap that says from where to where', () => {
  const projection = new Projection(2)
  projection.add(3, [event(3)])
  projection.skipTo(90, 1_700_000_000_000)
  projection.add(91, [event(91)])
  const batch = projection.take()
  expect(batch?.through).toBe(91)
  expect(batch?.events).toEqual([
    event(3),
    expect.objectContaining({
      ...{ kind: 'gap', index: 90, position: 0, reason: 'snapshot', atMs: 1_700_000_000_000 },
      ...{ namespace: null, member: null, generation: null, detail: { after: 3 } },
    }),
    event(91),
  ])
})

test('a snapshot of what is projected leaves no gap', () => {
  const projection = new Projection(50)
  projection.skipTo(50, 0)
  projection.skipTo(40, 0)
  expect(projection.take()).toBeNull()
})
