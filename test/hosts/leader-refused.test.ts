/** What a leader does when the log takes nothing, and when it stood still. */
import { expect, test } from 'vitest'
import type { Hello } from '../../src/wire/messages.js'
import { LoneReplica } from './support/lone-replica.js'

function helloOf(name: string, run = 1): Hello {
  const instance = `00000000-0000-4000-9000-${String(run).padStart(12, '0')}`
  return {
    kind: 'hello',
    protocol: 1,
    namespace: 'default',
    instance,
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
