/** Sessions that know all that is public of a host, and do not have its secret. */
import { expect, test } from 'vitest'
import type { Upstream } from '../../src/hosts/relay-message.js'
import type { Hello, HostMessage } from '../../src/wire/messages.js'
import { hashOf, identityOf, secretOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'
import { LoneReplica } from './support/lone-replica.js'

const name = 'a:1'
const hello: Hello = {
  ...{
    kind: 'hello',
    ...versions,
    namespace: 'default',
    name,
    appId: 'app',
  },
  ...{ types: ['Order'], ...identityOf(1) },
}
/** All of it is shown by REST, but for the secret. */
const stolen: Hello = { ...hello, secret: secretOf('another') }

/** A host in session `host` whose heartbeats are answered. */
async function served() {
  const replica = await LoneReplica.leading()
  const beat = (session: string, number: number): void => {
    const { lineage, epoch } = replica.last(session, 'welcome')!
    const { generation, digest } = replica.machine.state.namespace('default')!.newestTable
    const acknowledged = { term: replica.machine.leadership!.term, generation, digest }
    const said = { kind: 'heartbeat', lineage, epoch, number, acknowledged } as const
    replica.say(session, { ...said, listening: true })
    replica.run(200)
  }
  replica.say('host', hello)
  replica.run(200)
  beat('host', 1)
  const { lineage, epoch, disseminated } = replica.last('host', 'welcome')!
  expect(replica.last('host', 'answer')).toMatchObject({ number: 1 })
  const { term } = replica.machine.leadership!
  const lease = () => replica.machine.leadership!.lease({ namespace: 'default', name, epoch })
  const isMember = () => replica.machine.state.namespace('default')?.member(name)?.epoch === epoch
  const acknowledged = { term, ...disseminated }
  return { replica, beat, lineage, epoch, term, lease, isMember, acknowledged }
}

test.each([
  ['the name and the instance of the victim', stolen],
  ['an instance of its own', { ...stolen, ...identityOf(2) }],
  ['no types, as one that leaves', { ...stolen, types: [] }],
])('a session with %s neither speaks for it nor gets its orders', async (_, said) => {
  for (const kind of ['fenced', 'bye', 'leave', 'heartbeat', 'types'] as const) {
    const { replica, beat, lineage, epoch, lease, isMember, acknowledged } = await served()
    const word: HostMessage =
      kind === 'heartbeat'
        ? { kind, lineage, epoch, number: 1_000, acknowledged, listening: false }
        : kind === 'types'
          ? { kind, lineage, epoch, number: 1_000, types: [] }
          : { kind, lineage, epoch }
    replica.say('thief', said)
    replica.run(200)
    replica.say('thief', word)
    replica.run(1_000)
    expect(isMember(), kind).toBe(true)
    expect(lease(), kind).toMatchObject({ stopped: false, listening: true, heardNumber: 1 })
    expect(lease()?.route?.session, kind).toMatch('host')
    beat('host', 2)
    expect(replica.last('host', 'answer'), kind).toMatchObject({ number: 2 })
    expect(replica.last('host', 'fence'), kind).toBeUndefined()
    expect(replica.closed.get('host'), kind).toBeUndefined()
  }
})

test('a session with the instance of a live host, and not its secret, waits for the name', async () => {
  const { replica } = await served()
  replica.say('thief', stolen)
  replica.run(200)
  expect(replica.last('thief', 'waiting')).toMatchObject({ code: 'name_taken' })
  expect(replica.last('thief', 'welcome')).toBeUndefined()
})

test('it gets the name as another instance does: by a new admission, once the host is out', async () => {
  const { replica, epoch } = await served()
  replica.say('thief', stolen)
  for (let i = 1; i <= 10 && replica.last('thief', 'welcome') === undefined; i += 1) {
    const acknowledged = { term: 0, generation: 0, digest: '0'.repeat(43) }
    const waiting = { kind: 'heartbeat', lineage: '', epoch: 0, number: i } as const
    replica.say('thief', { ...waiting, acknowledged, listening: false })
    replica.run(1_000)
  }
  expect(replica.last('thief', 'welcome')?.epoch).toBeGreaterThan(epoch)
  expect(replica.last('host', 'fence')).toMatchObject({ epoch })
})

test('the host itself comes back in another session by its secret', async () => {
  const { replica, epoch } = await served()
  replica.say('again', hello)
  replica.run(200)
  expect(replica.last('again', 'welcome')).toMatchObject({ epoch })
})

test.each(['fenced', 'bye', 'leave'] as const)(
  'the leader does not take "%s" from a replica without the proof of the admission',
  async (kind) => {
    const { replica, lineage, epoch, lease, isMember } = await served()
    const said = { session: '2.1', lineage, namespace: 'default', name, epoch }
    for (const secretHash of ['', hashOf('another')]) {
      const message: Upstream = { kind, ...said, secretHash }
      replica.machine.leadership!.receive(2, message, replica.now)
      replica.run(500)
      expect(isMember()).toBe(true)
      expect(lease()).toMatchObject({ stopped: false })
    }
  },
)

test('nor a heartbeat: it moves no orders, prolongs no lease and counts in no round', async () => {
  const { replica, lineage, epoch, lease, acknowledged } = await served()
  const before = { ...lease()! }
  const message: Upstream = {
    ...{ kind: 'heartbeat', session: '2.1', namespace: 'default', name, lineage, epoch },
    ...{ number: 1_000, acknowledged, listening: false, secretHash: hashOf('another'), hellos: 0 },
  }
  replica.machine.leadership!.receive(2, message, replica.now)
  replica.run(500)
  expect(lease()).toEqual(before)
})
