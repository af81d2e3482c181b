import { expect, test } from 'vitest'
import { World } from './support/world.js'

test('a hello that was lost between two replicas is told again', async () => {
  const world = await World.create()
  world.elect(1)
  const [leader] = world.replicas
  leader!.cut.add(2)
  const host = world.host('a:1', ['Order'], { replicas: ['ws://replica-2'] })
  world.run(100)
  leader!.cut.delete(2)
  world.runUntil('the host serves', () => host.phase === 'serving', 1_500)
  expect(host.replicaId).toBe(2)
})

test('a hello that the leader has forgotten is told again', async () => {
  const world = await World.create({ settings: { fenceAfterMs: 500 } })
  world.elect(1)
  const former = world.host('a:1', ['Order'])
  world.runUntil('the first instance serves', () => former.phase === 'serving')
  world.run(2_000)
  former.kill()
  // It heartbeats once a second, so the leader takes it for gone before its name is free.
  const next = world.host('a:1', ['Order'])
  world.runUntil('the next instance serves', () => next.phase === 'serving', 10_000)
  expect(next.admission().epoch).toBeGreaterThan(0)
})
