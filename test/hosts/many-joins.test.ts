import { expect, test } from 'vitest'
import { identityOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'
import { LoneReplica } from './support/lone-replica.js'
import { QuickHost } from './support/quick-host.js'
import { World } from './support/world.js'

const hosts = 1_000

test('a thousand joins at once are a handful of rounds', async () => {
  const replica = await LoneReplica.leading()
  const table = () => replica.machine.state.namespace('default')!
  const first = new QuickHost(replica, 0)
  replica.run(100)
  // The first round waits for the first host; meanwhile everybody else comes.
  const others = Array.from({ length: hosts }, (_, i) => new QuickHost(replica, i + 1))
  replica.run(1_000)
  expect(table().newestTable.size).toBe(hosts + 1)
  for (let i = 0; i < 20 && table().disseminated < table().newest; i += 1) {
    for (const host of [first, ...others]) host.heartbeat()
    replica.run(100)
  }
  expect(table().table.size).toBe(hosts + 1)
  expect(replica.published.filter(({ kind }) => kind === 'lock').length).toBe(2)
})

test('ten thousand hellos for a name that is held are decided about one by one', async () => {
  const replica = await LoneReplica.leading()
  const holder = new QuickHost(replica, 0)
  replica.run(100)
  holder.heartbeat()
  const hello = {
    kind: 'hello',
    ...versions,
    namespace: 'default',
  } as const
  const name = '10.0.0.0:5000'
  // All of them again for each one that comes would be fifty million decisions.
  for (let i = 1; i <= 10_000; i += 1) {
    replica.say(`w${i}`, { ...hello, ...identityOf(i), name, appId: 'app', types: ['Order'] })
    replica.settle()
  }
  expect(replica.last('w10000', 'waiting')).toMatchObject({ code: 'name_taken' })
  expect(replica.machine.leadership?.waiting.get('name_taken')).toBe(10_000)
})

test('where links are slow, each session of many that join is welcomed once', async () => {
  // A hello is answered after more than a heartbeat: by then its relay has said it again.
  const world = await World.create({ linkMs: 800 })
  world.elect(1)
  const joining = Array.from({ length: 60 }, (_, i) => world.host(`h${i}:1`, ['Order']))
  world.runUntil('all serve', () => joining.every(({ phase }) => phase === 'serving'))
  world.run(10_000)
  const welcomes = joining.flatMap((host) => host.welcomes)
  expect(new Set(welcomes).size).toBe(welcomes.length)
  expect(joining.map(({ sessionCount }) => sessionCount)).toEqual(joining.map(() => 1))
})
