import { describe, expect, test } from 'vitest'
import type { RemovedHost, UpsertedHost } from '../../src/fsm/command.js'
import { encodeCommand } from '../../src/fsm/command-codec.js'
import { commandBytesMax, hostTypeBytesMax } from '../../src/fsm/limits.js'
import { hostsPerCommandMax, inCommands } from '../../src/hosts/command-size.js'
import { hashOf, identityOf } from '../support/secrets.js'
import { forSeeds, type Random } from '../table/seeds.js'
import { LoneReplica } from './support/lone-replica.js'
import { QuickHost } from './support/quick-host.js'

function text(random: Random, unitsMax: number): string {
  return random.pick(['a', 'é', '語', '😀']).repeat(1 + random.below(unitsMax))
}

function upserted(random: Random): UpsertedHost {
  const { instance } = identityOf(1)
  const types = Array.from({ length: random.below(40) }, () => text(random, 100))
  const who = { namespace: text(random, 63), name: text(random, 65), instance }
  return { ...who, secretHash: hashOf('x'), appId: text(random, 32), types, level: 1 }
}

function removed(random: Random): RemovedHost {
  const who = { namespace: text(random, 63), name: text(random, 65) }
  const epoch = random.below(2) * Number.MAX_SAFE_INTEGER
  return { ...who, epoch, reason: 'straggler', refuseMs: 2 ** 45 }
}

describe('what is written of many hosts', () => {
  test('is cut into commands below their limits, in order, and none more than need be', () => {
    forSeeds(5, (random) => {
      const hosts: (UpsertedHost | RemovedHost)[] = Array.from({ length: 3_000 }, () =>
        random.chance(0.5) ? upserted(random) : removed(random),
      )
      const commands = inCommands(hosts)
      expect(commands.flat()).toEqual(hosts)
      const bytes = commands.map((some) => {
        const upserts = some.filter((host): host is UpsertedHost => 'types' in host)
        const removes = some.filter((host): host is RemovedHost => 'epoch' in host)
        const frame = { atMs: 2 ** 45, term: 2 ** 45 }
        return (
          encodeCommand({ command: { kind: 'upsert', ...frame, hosts: upserts } }, 1).length +
          encodeCommand({ command: { kind: 'remove', ...frame, hosts: removes } }, 1).length
        )
      })
      expect(Math.max(...bytes)).toBeLessThan(commandBytesMax)
      commands.slice(0, -1).forEach((some, i) => {
        const isFull = some.length === hostsPerCommandMax || bytes[i]! > commandBytesMax / 2
        expect(isFull).toBe(true)
        expect(some.length).toBeLessThanOrEqual(hostsPerCommandMax)
      })
    })
  })
})

test('two hundred hosts whose types fill a hello are in, by several commands', async () => {
  const replica = await LoneReplica.leading()
  const hosts = Array.from({ length: 200 }, (_, i) => {
    const types = Array.from({ length: 128 }, (_type, at) => `${i}.${at}.`.padEnd(128, 'x'))
    expect(types.join('').length).toBe(hostTypeBytesMax)
    return new QuickHost(replica, i, { types })
  })
  replica.run(1_000)
  expect(replica.machine.state.namespace('default')?.newestTable.size).toBe(200)
  for (const { session } of hosts) expect(replica.last(session, 'welcome')).toBeDefined()
  expect(replica.warnings).toEqual([])
})

test('what the log does not take is told, and not again and again', async () => {
  const replica = await LoneReplica.leading({ raft: { uncommittedBytesMax: 1 } })
  replica.diskAnswers = false
  const cordon = { kind: 'cordon', namespace: 'default', name: 'x:1', cordoned: true } as const
  replica.machine.ask(cordon, { key: '', forward: false }, replica.now, () => undefined)
  replica.settle()
  new QuickHost(replica, 1)
  for (let i = 0; i < 40; i += 1) {
    replica.nowMs += 50
    replica.machine.advance(replica.now)
    replica.settle()
  }
  const told = replica.warnings.filter((fields) => 'command' in fields)
  expect(told).toEqual([
    expect.objectContaining({ command: 'upsert', hosts: 1, code: 'overloaded' }),
  ])
})
