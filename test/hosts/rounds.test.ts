import { expect, test } from 'vitest'
import { World } from './support/world.js'

const ids = Array.from({ length: 40 }, (_, i) => String(i))

async function threeHosts() {
  const world = await World.create()
  world.elect(1)
  const hosts = ['a:1', 'b:1', 'c:1'].map((name) => world.host(name, ['Order']))
  world.runUntil('all hosts serve the same table', () =>
    hosts.every((host) => host.machine.state(host.stamp).members === 3),
  )
  return { world, hosts }
}

test('a joined host is in the table of every sidecar and owns its share', async () => {
  const { world, hosts } = await threeHosts()
  world.run(2_000)
  for (const id of ids) {
    const owners = hosts.filter((host) => host.owns('Order', id))
    expect(owners.length).toBe(1)
    for (const host of hosts) expect(host.owner('Order', id)).toBe(owners[0]!.name)
  }
})

test('each generation is locked, updated and unlocked in order', async () => {
  const { world } = await threeHosts()
  const orders = world.published.filter(({ kind }) => kind !== 'beacon')
  let step = 0
  for (const order of orders) {
    expect(order.kind).toBe(['lock', 'update', 'unlock'][step % 3])
    step += 1
  }
  expect(step).toBeGreaterThan(0)
})

test('a replica that missed the beginning of a round hears of it again', async () => {
  const { world, hosts } = await threeHosts()
  for (const host of hosts) host.releaseMs = null
  const [leader, other] = world.replicas
  leader!.cut.add(2)
  world.host('d:1', ['Order'])
  world.runUntil('a round runs', () => leader!.sessions.runningTo('default') !== null)
  world.run(50)
  expect(other!.sessions.runningTo('default')).toBe(null)
  leader!.cut.delete(2)
  world.run(1_000)
  expect(other!.sessions.runningTo('default')).toBe(leader!.sessions.runningTo('default'))
})
