/** What the leader makes of several sessions that mean one host, or one name. */
import { expect, test } from 'vitest'
import { prove } from '../../src/hosts/relay-message.js'
import { closeCodes } from '../../src/hosts/sessions.js'
import type { Hello } from '../../src/wire/messages.js'
import { identityOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'
import { LoneReplica } from './support/lone-replica.js'

const nothing = { term: 0, generation: 0, digest: '0'.repeat(43) }

const helloOf = (run: number): Hello => ({
  ...{
    kind: 'hello',
    ...versions,
    namespace: 'default',
  },
  ...identityOf(run),
  ...{ name: 'a:1', appId: 'app', types: ['Order'] },
})

/** A replica with a host in session `s1`, which never heartbeats. */
async function withHost() {
  const replica = await LoneReplica.leading()
  replica.say('s1', helloOf(1))
  replica.run(200)
  const { epoch } = replica.last('s1', 'welcome')!
  const memberEpoch = () => replica.machine.state.namespace('default')?.member('a:1')?.epoch
  expect(memberEpoch()).toBe(epoch)
  return { replica, epoch, memberEpoch }
}

test('a new session of an admission closes the one before', async () => {
  const { replica, epoch } = await withHost()
  replica.say('s2', helloOf(1))
  replica.run(200)
  expect(replica.last('s2', 'welcome')).toMatchObject({ epoch })
  expect([...replica.closed]).toEqual([['s1', closeCodes.superseded]])
})

test('a hello that reaches the leader again changes nothing', async () => {
  const { replica, epoch } = await withHost()
  const { lineage, disseminated } = replica.last('s1', 'welcome')!
  const acknowledged = { term: 1, ...disseminated }
  const beat = { kind: 'heartbeat', lineage, epoch, acknowledged, number: 1 } as const
  replica.say('s1', { ...beat, listening: true })
  replica.settle()
  const admission = { namespace: 'default', name: 'a:1', epoch }
  const before = { ...replica.machine.leadership!.lease(admission) }
  expect(before.listening).toBe(true)
  const { secret: _, ...hello } = helloOf(1)
  const { secretHash } = prove(helloOf(1), replica.machine.state.context)
  const copy = { kind: 'hello', session: 's1', hello, secretHash } as const
  for (const again of [copy, copy]) {
    replica.machine.leadership!.receive(1, again, replica.now)
  }
  replica.settle()
  expect(replica.machine.leadership!.lease(admission)).toEqual(before)
  expect(replica.told.get('s1')!.filter(({ kind }) => kind === 'welcome').length).toBe(1)
  expect([...replica.closed]).toEqual([])
})

test('a hello whose session falls silent never gets the name that it waits for', async () => {
  const { replica, memberEpoch } = await withHost()
  replica.say('s2', helloOf(2))
  replica.run(12_000)
  expect(replica.last('s2', 'waiting')).toMatchObject({ code: 'name_taken' })
  expect(replica.last('s2', 'welcome')).toBeUndefined()
  expect(memberEpoch()).toBeUndefined()
})

test('a hello whose session heartbeats gets the name once its holder is past its fence', async () => {
  const { replica, epoch, memberEpoch } = await withHost()
  replica.say('s2', helloOf(2))
  for (let number = 1; number <= 12; number += 1) {
    const waiting = { lineage: '', epoch: 0, number, acknowledged: nothing, listening: false }
    if (replica.last('s2', 'welcome') === undefined) {
      replica.say('s2', { kind: 'heartbeat', ...waiting })
    }
    replica.run(1_000)
  }
  expect(replica.last('s2', 'welcome')!.epoch).toBeGreaterThan(epoch)
  expect(memberEpoch()).not.toBe(epoch)
})

/** The same instance says hello in a second session, then the first one is heard of again. */
const lateWords: [what: string, heard: readonly number[], resumed: number, late: number][] = [
  ['one that was heard before it', [1, 2], 0, 2],
  ['one before the last that was heard', [1, 2], 0, 1],
  ['one that was never heard, said before the hello', [], 5, 5],
]
for (const [what, heard, resumed, late] of lateWords) {
  test(`a late heartbeat of an older session leaves the orders to the newer one: ${what}`, async () => {
    const { replica, epoch } = await withHost()
    const { lineage, disseminated: held } = replica.last('s1', 'welcome')!
    const acknowledged = { term: 1, ...held }
    const beat = { kind: 'heartbeat', lineage, epoch, acknowledged, listening: false } as const
    for (const number of heard) replica.say('s1', { ...beat, number })
    const resume = { lineage, epoch, number: resumed, acknowledged, held }
    replica.say('s2', { ...helloOf(1), ...(resumed === 0 ? {} : { resume }) })
    replica.run(200)
    expect(replica.last('s2', 'welcome')).toMatchObject({ epoch })
    for (const session of ['s1', 's2']) replica.told.set(session, [])
    replica.say('s1', { ...beat, number: late })
    replica.run(2_000)
    expect(replica.last('s1', 'update')).toBeUndefined()
    expect(replica.last('s2', 'update')).toBeDefined()
  })
}
