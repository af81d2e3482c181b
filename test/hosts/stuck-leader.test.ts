/** What a leader does when the log takes nothing, and when it stood still. */
import { expect, test } from 'vitest'
import type { Hello } from '../../src/wire/messages.js'
import { identityOf } from '../support/secrets.js'
import { versions } from '../support/versions.js'
import { LoneReplica } from './support/lone-replica.js'

function helloOf(name: string, run = 1): Hello {
  return {
    kind: 'hello',
    ...versions,
    namespace: 'default',
    ...identityOf(run),
    name,
    appId: 'app',
    types: ['Order'],
  }
}

test('a hello that the log has no room for waits without busying the leader', async () => {
  const replica = await LoneReplica.leading({ raft: { uncommittedBytesMax: 1 } })
  replica.diskAnswers = false
  const cordon = { kind: 'cordon', namespace: 'default', name: 'x:1', cordoned: true } as const
  replica.machine.ask(cordon, { key: '', forward: false }, replica.now, () => undefined)
  replica.settle()
  replica.say('s1', helloOf('a:1'))
  replica.settle()
  expect(replica.last('s1', 'welcome')).toBeUndefined()
  replica.diskAnswers = true
  replica.settle()
  replica.run(1_000)
  expect(replica.last('s1', 'welcome')?.epoch).toBeGreaterThan(0)
})

async function withHost() {
  const replica = await LoneReplica.leading()
  replica.say('s1', helloOf('a:1'))
  replica.run(200)
  const epoch = replica.last('s1', 'welcome')?.epoch ?? 0
  const isMember = () => replica.machine.state.namespace('default')?.member('a:1')?.epoch === epoch
  expect(isMember()).toBe(true)
  return { replica, epoch, isMember }
}

test('a leader that stood still removes nobody for its own silence, whatever wakes first', async () => {
  const { replica, isMember } = await withHost()
  replica.sleep(20_000)
  replica.machine.advance(replica.now)
  replica.settle()
  expect(isMember()).toBe(true)
  replica.run(7_000)
  expect(isMember()).toBe(true)
  replica.run(2_000)
  expect(isMember()).toBe(false)
})

test('the time in which the leader stood still does not count against a deadline', async () => {
  const { replica, epoch } = await withHost()
  replica.say('s2', helloOf('b:1', 2))
  replica.settle()
  const rounds = replica.machine.leadership?.rounds('default')
  const round = rounds?.round
  const leftMs = (round?.deadlineAtMs ?? 0) - replica.nowMs
  replica.sleep(20_000)
  replica.machine.advance(replica.now)
  expect((round?.deadlineAtMs ?? 0) - replica.nowMs).toBeGreaterThan(leftMs - 1_000)
  const lease = replica.machine.leadership?.lease({ namespace: 'default', name: 'a:1', epoch })
  expect(lease?.straggling ?? false).toBe(false)
})
