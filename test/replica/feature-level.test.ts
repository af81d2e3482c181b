import { beforeEach, describe, expect, test } from 'vitest'
import { clusterStatus } from '../../src/replica/process/cluster-status.js'
import { levels } from '../../src/versions/levels.js'
import { rangeInWords } from '../../src/versions/range.js'
import { laterLevels, nextLevels } from '../simulation/cluster/next-levels.js'
import { MachineCluster, type MemoryReplica } from './support/machine-cluster.js'
import { VirtualHost } from './support/virtual-host.js'

const newest = nextLevels.newest
/** That of this build. */
const own = levels.newest
const known = rangeInWords(levels.range)
const well = { connected: true, version: '18.1', incarnation: 1, waiting: null }

let cluster: MachineCluster
beforeEach(async () => {
  cluster = await MachineCluster.create({ snapshotEntries: 20, trailingEntries: 5 })
  cluster.untilLed()
  cluster.until('the level', () => levelsNow().every((level) => level === own))
})

/** An operator lets the level rise. */
function allow(): void {
  const allowed = cluster.untilLed().ask({ kind: 'settings', settings: { levelMax: newest } })
  cluster.until('the setting', () => allowed.outcome)
}

const isEqual = (a: readonly string[], b: readonly string[]) => a.join() === b.join()
const levelsNow = () => cluster.up.map(({ machine }) => machine.state.level)
const waitsFor = (replica = cluster.untilLed()) =>
  clusterStatus(replica.machine, { status: well }, [], cluster.now).level.waitsFor

/** Stops a replica and starts it with another build. */
function install(replica: MemoryReplica, build = nextLevels): void {
  if (replica.isUp) replica.kill()
  cluster.run(2_000)
  replica.levels = build
  replica.start()
  cluster.untilLed()
  cluster.run(3_000)
}

function served(name: string, build = levels): VirtualHost {
  const host = new VirtualHost(cluster, name, 1, ['Order'], build)
  cluster.until(`${name} to be served`, () => host.state.phase === 'serving')
  return host
}

/** Every actor has one owner among the hosts, whatever build each is of. */
function expectOneOwner(hosts: readonly VirtualHost[]): void {
  for (let i = 0; i < 40; i += 1) {
    expect(hosts.filter((host) => host.owns('Order', String(i)))).toHaveLength(1)
  }
}

function expectAgreement(): void {
  cluster.run(500)
  const states = cluster.up.map(({ machine }) => machine.state)
  expect(new Set(states.map(({ appliedIndex }) => appliedIndex)).size).toBe(1)
  expect(new Set(states.map(({ digest }) => digest)).size).toBe(1)
  expect(cluster.broken).toBe(null)
}

describe('a rolling upgrade', () => {
  test('of the replicas, then of the hosts: the level rises with the last one', () => {
    const old = served('a:1')
    for (const replica of [...cluster.up]) {
      install(replica)
      expect(levelsNow()).toEqual([own, own, own])
      expectAgreement()
    }
    expect(waitsFor()[0]).toEqual(`hosts that know no level ${newest}: a:1 in default`)
    const next = served('b:1', nextLevels)
    cluster.run(3_000)
    expectOneOwner([old, next])
    old.tell((machine, now) => machine.leave(now))
    const held = [`the setting levelMax, which is ${own}`]
    cluster.until('the hand-over', () => isEqual(waitsFor(), held))
    cluster.run(5_000)
    expect(levelsNow()).toEqual([own, own, own])
    allow()
    cluster.until('the level', () => levelsNow().every((level) => level === newest))
    expect(waitsFor()).toEqual([])
    cluster.until('a table of it', () => {
      return cluster.up.every(
        ({ machine }) => machine.state.namespace('default')?.table.level === newest,
      )
    })
    expectAgreement()
    expectOneOwner([next])
  })

  test('waits for each replica, whoever leads, and says for which', () => {
    allow()
    const [one, two, three] = [1, 2, 3].map((id) => cluster.replica(id))
    install(one!)
    install(two!)
    expect(levelsNow()).toEqual([own, own, own])
    for (const leader of [one!, three!]) {
      const moved = cluster.untilLed().ask({ kind: 'transfer', to: leader.id })
      cluster.until('the transfer', () => moved.outcome)
      cluster.untilLed()
      cluster.run(5_000)
      expect(levelsNow()).toEqual([own, own, own])
      expect(waitsFor(leader)).toEqual([`replica 3, which knows ${known}`])
      expectAgreement()
    }
    three!.kill()
    cluster.run(6_000)
    expect(levelsNow()).toEqual([own, own])
    expect(waitsFor()).toEqual(['replica 3, which is not heard from'])
  })

  test('can be taken back while an operator holds the level, and not afterwards', () => {
    for (const replica of [...cluster.up]) install(replica)
    expect(levelsNow()).toEqual([own, own, own])
    expect(waitsFor()).toEqual([`the setting levelMax, which is ${own}`])
    install(cluster.replica(1), levels)
    expectAgreement()
    install(cluster.replica(1))
    allow()
    cluster.until('the level', () => levelsNow().every((level) => level === newest))
    cluster.mayBreak = true
    const back = cluster.replica(1)
    back.kill()
    back.levels = levels
    back.start()
    cluster.until('its end', () => back.stopped)
    expect(back.stopped).toMatchObject({
      code: 'newer_version',
      detail: expect.stringContaining('Start this replica with that version or later'),
    })
  })

  test('sends snapshots both ways: from an old leader and from a new one', () => {
    for (const [leader, behind, build] of [
      [1, 2, nextLevels],
      [1, 3, levels],
    ] as const) {
      if (build === levels) install(cluster.replica(leader))
      const moved = cluster.untilLed().ask({ kind: 'transfer', to: leader })
      cluster.until('the transfer', () => moved.outcome)
      const follower = cluster.replica(behind)
      follower.kill()
      for (let i = 0; i < 60; i += 1) {
        const asked = cluster.untilLed().ask({
          kind: 'settings',
          settings: { coalesceMs: 50 + ((i + behind) % 7) },
        })
        cluster.until('the setting', () => asked.outcome)
      }
      const before = cluster.frames.get('snapshot-chunk') ?? 0
      follower.levels = build
      follower.start()
      const { appliedIndex } = cluster.untilLed().machine.state
      cluster.until('the follower', () => follower.machine.state.appliedIndex >= appliedIndex)
      expect([...cluster.frames.keys()].filter((kind) => kind.includes('snapshot'))).not.toEqual([])
      expect(cluster.frames.get('snapshot-chunk') ?? 0).toBeGreaterThanOrEqual(before)
      expectAgreement()
    }
  })
})

describe('at a level that it does not know', () => {
  test('a host is told to upgrade, and an observer as well: also one that was let in before', () => {
    const observer = new VirtualHost(cluster, 'o:9', 1, [])
    cluster.until('the observer', () => observer.state.generation !== null)
    for (const replica of [...cluster.up]) install(replica)
    allow()
    cluster.until('the level', () => levelsNow().every((level) => level === newest))
    const late = new VirtualHost(cluster, 'late:1', 2)
    cluster.run(3_000)
    for (const one of [observer, late]) {
      expect(one.heard).toContainEqual(
        expect.objectContaining({
          kind: 'error',
          code: 'unsupported_version',
          detail: expect.stringContaining(
            `at feature level ${newest}, this host knows ${known}: upgrade its`,
          ),
        }),
      )
    }
    expect(late.state.phase).not.toBe('serving')
  })

  test('a host that needs a later one than there is waits until there is', () => {
    const host = new VirtualHost(cluster, 'n:1', 1, ['Order'], laterLevels)
    cluster.run(3_000)
    expect(host.heard).toContainEqual(
      expect.objectContaining({
        code: 'unsupported_version',
        detail: expect.stringContaining('upgrade the replicas first'),
      }),
    )
    for (const replica of [...cluster.up]) install(replica)
    allow()
    cluster.until('it is served', () => host.state.phase === 'serving')
  })
})
