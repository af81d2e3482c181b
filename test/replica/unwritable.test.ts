/** What cannot be written into the log, or read by another replica, fails by itself. */
import { beforeEach, describe, expect, test } from 'vitest'
import { levels } from '../../src/versions/levels.js'
import { createChecks } from '../../src/wire/validate.js'
import { versions } from '../support/versions.js'
import { MachineCluster, type MemoryReplica } from './support/machine-cluster.js'
import { VirtualHost } from './support/virtual-host.js'

let cluster: MachineCluster
let leader: MemoryReplica
let follower: MemoryReplica
beforeEach(async () => {
  cluster = await MachineCluster.create()
  leader = cluster.untilLed()
  follower = cluster.followers[0]!
  cluster.run(3_000)
})

const cordon = (name: string) =>
  ({ kind: 'cordon', namespace: 'default', name, cordoned: true }) as const

describe('a request', () => {
  test('that makes a command which cannot be written fails alone, and the leader goes on', () => {
    const evict = { kind: 'evict', namespace: 'default', name: 'a:1' } as const
    const endless = leader.ask({ ...evict, refuseMs: Number.POSITIVE_INFINITY }, { key: 'k' })
    const broken = leader.ask(cordon('\ud800:1'))
    const good = leader.ask(cordon('a:1'))
    cluster.run(100)
    for (const { outcome } of [endless, broken]) {
      expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'invalid_message' } })
    }
    expect(good.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
    expect(cluster.leader).toBe(leader)
  })

  test('that the leader cannot read is answered, and the link stays', () => {
    const endless = follower.ask({ kind: 'remove-replica', id: Number.POSITIVE_INFINITY })
    const unknown = follower.ask({ kind: 'rebalance' } as never)
    cluster.run(100)
    for (const { outcome } of [endless, unknown]) {
      expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'invalid_request' } })
    }
    const good = follower.ask(cordon('a:1'))
    cluster.run(100)
    expect(good.outcome).toMatchObject({ kind: 'done', result: { changed: true } })
  })
})

describe('a host whose text is not well-formed Unicode', () => {
  const entries = () => cluster.leader!.machine.state.appliedIndex

  test.for([
    ['type', { types: ['Order', 'half \ud800'] }],
    ['app id', { appId: '\udfff' }],
  ] as const)('in its %s is refused at the door', ([, change]) => {
    const { hostMessage } = createChecks()
    const hello = {
      kind: 'hello',
      ...versions,
      namespace: 'default',
      instance: '00000000-0000-4000-a000-000000000001',
    }
    const host = { ...hello, name: 'a:1', appId: 'app', types: ['Order'] }
    expect(hostMessage(host)).toEqual(host)
    expect(() => hostMessage({ ...host, ...change })).toThrow(
      expect.objectContaining({
        code: 'invalid_message',
        message: expect.stringMatching(/well-formed/),
      }),
    )
  })

  // What is read back from the log would never be what the host says: admitted, and admitted anew.
  test('is not written again and again where a door lets it in', () => {
    const before = entries()
    const host = new VirtualHost(
      cluster,
      '10.0.0.1:1',
      leader.id,
      ['half \ud800'],
      levels,
      () => null,
    )
    cluster.run(3_000)
    expect(host.state.phase).not.toBe('serving')
    expect(entries() - before).toBeLessThan(10)
    expect(cluster.leader).toBe(leader)
  })
})
