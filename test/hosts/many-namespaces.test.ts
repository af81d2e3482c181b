/** Namespaces at rest cost the leader nothing, and those without members go. */
import { expect, test } from 'vitest'
import { beaconsAfterRound } from '../../src/broadcast/rounds.js'
import { LoneReplica } from './support/lone-replica.js'
import { QuickHost } from './support/quick-host.js'

const names = ({ machine }: LoneReplica) => [...machine.state.namespaces()].map(({ name }) => name)

/** Until nothing is to be done, with a heartbeat of each host now and then. */
function comeToRest(replica: LoneReplica, hosts: readonly QuickHost[]): void {
  for (let i = 0; i < 20; i += 1) {
    for (const host of hosts) host.heartbeat()
    replica.run(1_000)
  }
}

test('after a round a few beacons follow; then there is one pulse for all namespaces', async () => {
  const replica = await LoneReplica.leading()
  const hosts = Array.from({ length: 60 }, (_, i) => {
    return new QuickHost(replica, i, { namespace: `n${i}` })
  })
  replica.run(100)
  comeToRest(replica, hosts)
  for (const { namespace } of hosts) {
    const kinds = replica.published.flatMap((order) => {
      return order.namespace === namespace ? order.kind : []
    })
    expect(kinds.filter((kind) => kind === 'unlock').length).toBe(1)
    expect(kinds.slice(kinds.indexOf('unlock') + 1)).toEqual(
      Array.from({ length: beaconsAfterRound }, () => 'beacon'),
    )
  }
  const [published, pulses] = [replica.published.length, replica.pulses]
  expect(replica.machine.leadership!.isBusy).toBe(false)
  comeToRest(replica, hosts)
  expect(replica.published.length).toBe(published)
  const { beaconMs } = replica.machine.state.settings
  expect(replica.pulses - pulses).toBe(Math.floor(20_000 / beaconMs))
})

test('a tick asks nothing of the rounds of namespaces at rest', async () => {
  const replica = await LoneReplica.leading()
  const hosts = Array.from({ length: 50 }, (_, i) => {
    return new QuickHost(replica, i, { namespace: `n${i}` })
  })
  replica.run(100)
  comeToRest(replica, hosts)
  const asked: string[] = []
  for (const { namespace } of hosts) {
    const rounds = replica.machine.leadership!.rounds(namespace)!
    const { advance } = rounds
    rounds.advance = (...at) => {
      asked.push(namespace)
      advance.apply(rounds, at)
    }
  }
  replica.run(1_000)
  expect(asked).toEqual([])
  const guest = new QuickHost(replica, 99, { namespace: 'n7', name: '10.0.9.9:5000' })
  replica.run(100)
  for (const host of [...hosts, guest]) host.heartbeat()
  replica.run(1_000)
  expect(new Set(asked)).toEqual(new Set(['n7']))
})

test('namespaces that come and go by the hundred leave nothing behind', async () => {
  const replica = await LoneReplica.leading()
  for (let batch = 0; batch < 5; batch += 1) {
    const hosts = Array.from({ length: 60 }, (_, i) => {
      return new QuickHost(replica, batch * 60 + i, { namespace: `n${batch}-${i}` })
    })
    replica.run(50)
    for (const host of hosts) host.say('leave')
    for (let i = 0; i < 4; i += 1) {
      for (const host of hosts) host.heartbeat()
      replica.run(50)
    }
  }
  replica.run(1_000)
  expect(names(replica)).toEqual(['default'])
  const { leadership } = replica.machine
  expect(leadership!.rounds('n1-1')).toBeUndefined()
  const next = new QuickHost(replica, 9_999, { namespace: 'next' })
  replica.run(100)
  expect(replica.last(next.session, 'welcome')).toMatchObject({ namespace: 'next' })
})

test('the last round of a namespace is unlocked for its observers, though it is gone by then', async () => {
  const replica = await LoneReplica.leading()
  const host = new QuickHost(replica, 1, { namespace: 'blue' })
  replica.run(100)
  for (let i = 0; i < 3; i += 1) {
    host.heartbeat()
    replica.run(500)
  }
  host.say('leave')
  for (let i = 0; i < 3; i += 1) {
    host.heartbeat()
    replica.run(500)
  }
  expect(names(replica)).toEqual(['default'])
  const { newest } = replica.machine.state.namespaceOrEmpty('blue')
  const unlocks = replica.published.filter(({ kind }) => kind === 'unlock')
  expect(unlocks.at(-1)).toMatchObject({ namespace: 'blue', generation: newest })
  expect(replica.machine.sessions.runningTo('blue')).toBeNull()
})

test('an observer of a namespace that is gone is answered, and hears of its next life', async () => {
  const replica = await LoneReplica.leading()
  const host = new QuickHost(replica, 1, { namespace: 'blue' })
  replica.run(100)
  host.heartbeat()
  replica.run(500)
  host.say('leave')
  for (let i = 0; i < 3; i += 1) {
    host.heartbeat()
    replica.run(500)
  }
  expect(names(replica)).toEqual(['default'])
  const observer = new QuickHost(replica, 2, { namespace: 'blue', types: [] })
  replica.run(100)
  const { disseminated } = replica.last(observer.session, 'welcome')!
  expect(disseminated.generation).toBe(replica.machine.state.namespaceOrEmpty('blue').newest)
  observer.heartbeat()
  replica.run(100)
  expect(replica.last(observer.session, 'answer')).toMatchObject({
    disseminated: disseminated.generation,
  })
  const next = new QuickHost(replica, 3, { namespace: 'blue', name: '10.0.9.9:5000' })
  replica.run(100)
  for (let i = 0; i < 3; i += 1) {
    next.heartbeat()
    replica.run(500)
  }
  observer.heartbeat()
  replica.run(500)
  const answered = replica.last(observer.session, 'answer')!.disseminated
  expect(answered).toBeGreaterThan(disseminated.generation)
})

test('an empty namespace whose name is refused goes when that is over', async () => {
  const replica = await LoneReplica.leading()
  const host = new QuickHost(replica, 1, { namespace: 'blue', name: 'a:1' })
  replica.run(100)
  host.heartbeat()
  replica.run(500)
  const request = { kind: 'evict', namespace: 'blue', name: 'a:1', refuseMs: 60_000 } as const
  replica.machine.ask(request, { key: '', forward: false }, replica.now, () => undefined)
  replica.run(100)
  host.say('fenced')
  replica.run(5_000)
  expect(names(replica)).toEqual(['blue', 'default'])
  replica.run(60_000)
  expect(names(replica)).toEqual(['default'])
})
