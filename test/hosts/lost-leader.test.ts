import { expect, test } from 'vitest'
import { PlacementState } from '../../src/fsm/placement-state.js'
import { createHasher } from '../../src/hash/hasher.js'
import { Sessions } from '../../src/hosts/sessions.js'
import { createTableContext } from '../../src/table/table-context.js'
import type { Heartbeat, Hello, ReplicaMessage } from '../../src/wire/messages.js'
import { exact } from '../support/exact-messages.js'
import { identityOf, secretOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'
import { LoneReplica } from './support/lone-replica.js'
import { QuickHost } from './support/quick-host.js'

const hello: Hello = {
  kind: 'hello',
  ...versions,
  namespace: 'default',
  instance: '00000000-0000-4000-8000-000000000001',
  secret: secretOf('1'),
  name: '10.0.0.1:5000',
  appId: 'shop',
  types: ['Order'],
}
const heartbeat = (number: number): Heartbeat => ({
  kind: 'heartbeat',
  lineage: '',
  epoch: 0,
  number,
  acknowledged: { term: 0, generation: 0, digest: '0'.repeat(43) },
  listening: false,
})

/** Sessions of a replica whose leader is replica 2, and what was sent to session a. */
async function attached() {
  const all: ReplicaMessage[] = []
  const state = new PlacementState(createTableContext(await createHasher()))
  const sessions = new Sessions(state, { natsServers: ['nats://nowhere'] })
  sessions.leaderChanged({ replica: 2, term: 1 })
  sessions.open('a')
  sessions.receive('a', hello)
  /** What was sent so far. */
  const sent = () => {
    for (const effect of sessions.takeEffects()) {
      if (effect.kind === 'send') all.push(exact.replicaMessage(effect.message))
    }
    return all
  }
  return { sessions, sent }
}

test('who waits for an answer is told at once that the leader is lost, and only once', async () => {
  const { sessions, sent } = await attached()
  sessions.receive('a', heartbeat(1))
  expect(sent()).toEqual([])
  sessions.leaderChanged(null)
  expect(sent()).toMatchObject([{ kind: 'waiting', code: 'no_leader' }])
  sessions.receive('a', heartbeat(2))
  expect(sent()).toHaveLength(1)
})

test('who was told of one lost leader is told of the next one as well', async () => {
  const { sessions, sent } = await attached()
  for (const term of [1, 2]) {
    sessions.leaderChanged({ replica: 2, term })
    sessions.leaderChanged(null)
  }
  const lost = { kind: 'waiting', code: 'no_leader' }
  expect(sent()).toMatchObject([lost, lost])
})

test('a session that has said nothing yet is not told of a lost leader', async () => {
  const { sessions, sent } = await attached()
  sessions.open('b')
  sessions.closed('a')
  sessions.leaderChanged(null)
  expect(sent()).toEqual([])
})

test('who waits hears again why, once the same leader was lost and found', async () => {
  const replica = await LoneReplica.leading()
  const holder = new QuickHost(replica, 0)
  replica.run(100)
  holder.heartbeat()
  replica.say('w', { ...hello, ...identityOf(1), name: '10.0.0.0:5000' })
  replica.run(100)
  const { sessions } = replica.machine
  const { leader } = replica.machine
  sessions.leaderChanged(null)
  sessions.leaderChanged(leader)
  for (let number = 1; number <= 4; number += 1) {
    replica.say('w', heartbeat(number))
    replica.run(500)
  }
  const codes = replica.told.get('w')!.flatMap((each) => ('code' in each ? [each.code] : []))
  expect(codes).toEqual(['name_taken', 'no_leader', 'name_taken'])
})
