/** What it costs the leader that many wait at once: counted in texts read and hellos looked at. */
import { expect, test, vi } from 'vitest'
import { NamespaceState } from '../../src/fsm/namespace-state.js'
import { asksMax } from '../../src/hosts/admissions.js'
import type { ProvenHello, Upstream } from '../../src/hosts/relay-message.js'
import { waitingBytesMax } from '../../src/hosts/waiting-room.js'
import type { HostMessage } from '../../src/wire/messages.js'
import { hashOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'
import { LoneReplica } from './support/lone-replica.js'
import { QuickHost } from './support/quick-host.js'

/** Types that fill a hello, and how many of their texts were read. */
function countedTypes(i: number, counts: { texts: number }): readonly string[] {
  const types = Array.from({ length: 128 }, (_, at) => `${i}.${at}.`.padEnd(128, 'x'))
  return new Proxy(types, {
    get(target, key) {
      if (typeof key === 'string' && /^\d/.test(key)) counts.texts += 1
      return Reflect.get(target, key)
    },
  })
}

/** Each decision asks this once, and so does the state machine of each host that is written. */
const looks = () => vi.spyOn(NamespaceState.prototype, 'refusedForMs')

test('of hundreds that join, each is looked at and its types are read a few times', async () => {
  const replica = await LoneReplica.leading()
  new QuickHost(replica, 0)
  replica.run(100)
  const count = 400
  const counts = { texts: 0 }
  const crowd = Array.from({ length: count }, (_, i) => countedTypes(i + 1, counts))
  using looked = looks()
  for (const [i, types] of crowd.entries()) new QuickHost(replica, i + 1, { types })
  replica.run(500)
  expect(replica.machine.state.namespace('default')!.newestTable.size).toBe(count + 1)
  // Measured here, for the frame and for the room; encoded, and compared with what was written.
  expect(counts.texts).toBeLessThanOrEqual(6 * 128 * count)
  expect(looked.mock.calls.length).toBeLessThanOrEqual(5 * count)
})

const nothing = { term: 0, generation: 0, digest: '0'.repeat(43) }

/** Of a session that waits. */
function beat(number: number): HostMessage {
  const of = { lineage: '', epoch: 0, number, acknowledged: nothing, listening: false }
  return { kind: 'heartbeat', ...of }
}

/** Hosts that wait for names that others hold. */
async function waitingForNames(count: number, types: readonly string[] = ['Order']) {
  const replica = await LoneReplica.leading()
  const holders = Array.from({ length: 50 }, (_, i) => new QuickHost(replica, i))
  replica.run(500)
  for (const holder of holders) holder.heartbeat()
  replica.run(500)
  const sessions = Array.from({ length: count }, (_, i) => {
    const name = `10.0.0.${i % 50}:5000`
    return new QuickHost(replica, 1_000 + i, { name, types }).session
  })
  replica.settle()
  let number = 0
  const second = () => {
    number += 1
    for (const session of sessions) {
      if (replica.last(session, 'welcome') === undefined) {
        replica.say(session, beat(number))
      }
    }
    for (const holder of holders) holder.heartbeat()
    replica.run(1_000)
  }
  return { replica, holders, sessions, second }
}

test('who waits for a name is looked at when something may have changed for it, not before', async () => {
  const count = 1_000
  const { replica, second } = await waitingForNames(count)
  second()
  using looked = looks()
  using room = vi.spyOn(replica.machine.state, 'lackOfRoom')
  for (let i = 0; i < 10; i += 1) second()
  // Each holder may fall silent, which is looked for about once in its lease.
  expect(looked.mock.calls.length).toBeLessThanOrEqual(3 * count)
  expect(room.mock.calls.length).toBe(0)
  expect(replica.machine.leadership!.waiting.get('name_taken')).toBe(count)
})

test('one name that becomes free has those that wait for it looked at, and no others', async () => {
  const { replica, holders, sessions, second } = await waitingForNames(1_000)
  second()
  using looked = looks()
  holders[7]!.say('fenced')
  replica.settle()
  replica.settle()
  expect(looked.mock.calls.length).toBeLessThanOrEqual(5 * 20)
  // First come, first served.
  const welcomed = sessions.filter((each) => replica.last(each, 'welcome') !== undefined)
  expect(welcomed).toEqual([sessions[7]])
})

test('a crowd that waits for one name has a bounded share of it looked at in one go', async () => {
  const replica = await LoneReplica.leading()
  const holder = new QuickHost(replica, 0)
  replica.run(100)
  holder.heartbeat()
  replica.run(100)
  const name = '10.0.0.0:5000'
  const sessions = Array.from({ length: 6_000 }, (_, i) => {
    return new QuickHost(replica, 1_000 + i, { name }).session
  })
  replica.settle()
  using looked = looks()
  holder.say('fenced')
  replica.machine.flush(replica.now)
  expect(looked.mock.calls.length).toBeLessThanOrEqual(2_100)
  replica.run(2_000)
  expect(replica.last(sessions[0]!, 'welcome')).toBeDefined()
  expect(replica.machine.leadership!.waiting.get('name_taken')).toBe(5_999)
})

const proven: ProvenHello = {
  ...{
    kind: 'hello',
    ...versions,
    namespace: 'default',
    name: '10.0.0.0:5000',
    appId: 'app',
  },
  ...{ instance: '00000000-0000-4000-9000-000000000001', secretHash: hashOf('1') },
}

/** What the leader hears of a kind from here on. */
function heardOf(replica: LoneReplica, kind: Upstream['kind']): () => number {
  const leadership = replica.machine.leadership!
  const received = vi.spyOn(leadership, 'receive')
  return () => received.mock.calls.filter(([, message]) => message.kind === kind).length
}

test('a session that waits is heard of by its heartbeats; its hello is told once', async () => {
  const { replica, sessions, second } = await waitingForNames(60)
  const hellos = heardOf(replica, 'hello')
  const heartbeats = heardOf(replica, 'heartbeat')
  for (let i = 0; i < 20; i += 1) second()
  expect(heartbeats()).toBeGreaterThanOrEqual(20 * sessions.length)
  expect(hellos()).toBe(0)
  expect(replica.machine.leadership!.waiting.get('name_taken')).toBe(sessions.length)
})

/** Takes all room for hellos that there is, for sessions of another replica. */
function fillRoom(replica: LoneReplica): string[] {
  const { secretHash, ...identity } = proven
  const types = Array.from({ length: 128 }, (_, at) => `${at}`.padEnd(128, 'x'))
  const hello = { ...identity, types }
  const sessions = Array.from({ length: waitingBytesMax / 16_384 }, (_, i) => `r${i}`)
  for (const session of sessions) {
    const said = { kind: 'hello', session, hello, secretHash } as const
    replica.machine.leadership!.receive(2, said, replica.now)
  }
  return sessions
}

test('a leader without room for a hello does not ask for it; once it has room it does', async () => {
  const types = Array.from({ length: 128 }, (_, at) => `${at}`.padEnd(128, 'y'))
  const { replica, second, holders } = await waitingForNames(0)
  const filling = fillRoom(replica)
  const turnedAway = Array.from({ length: 2 * asksMax }, (_, i) => {
    const name = `10.0.0.${i % holders.length}:5000`
    return new QuickHost(replica, 1_000 + i, { name, types }).session
  })
  replica.settle()
  const codeOf = (session: string) => replica.last(session, 'waiting')?.code
  expect(new Set(turnedAway.map(codeOf))).toEqual(new Set(['overloaded']))
  const hellos = heardOf(replica, 'hello')
  const beatAll = (number: number) => {
    for (const session of turnedAway) replica.say(session, beat(number))
    replica.settle()
  }
  for (let i = 0; i < 3; i += 1) {
    beatAll(i)
    second()
  }
  expect(hellos()).toBe(0)
  for (const session of filling.slice(0, 4 * asksMax)) {
    replica.machine.leadership!.receive(2, { kind: 'closed', session }, replica.now)
  }
  replica.run(500)
  for (const number of [10, 11]) {
    beatAll(number)
    expect(hellos()).toBe(asksMax)
  }
  expect(codeOf(turnedAway[0]!)).toBe('name_taken')
  replica.run(500)
  beatAll(12)
  expect(hellos()).toBe(2 * asksMax)
})
