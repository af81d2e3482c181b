import { afterAll, expect, test } from 'vitest'
import { createHasher } from '../../src/hash/hasher.js'
import { InputClock } from './support/input-clock.js'
import { LightHosts } from './support/light-hosts.js'
import { MachineCluster, type MemoryReplica } from './support/machine-cluster.js'

const hosts = 20_000
const typeSets = 50
/**
 * What no input may take longer than, on a machine where a calibration takes its usual time. They
 * take up to 70 ms alone on such a machine; the rest is for the collector, which gives memory back
 * where nobody sees that it was it. Whatever is done for all hosts at once takes seconds.
 */
const inputMsMax = 150
const usualCalibrationMs = 20

const hasher = await createHasher()
const clock = new InputClock()
afterAll(() => clock.stop())

/** How much slower this machine is now than an ordinary one; 1 for one that is not. */
async function slowness(): Promise<number> {
  const bytes = new Uint8Array(1024)
  for (let run = 0; run < 10; run += 1) {
    clock.measure('calibration', () => {
      for (let i = 0; i < 8_000; i += 1) hasher.digest256(bytes)
    })
  }
  const [{ totalMs } = { totalMs: 0 }] = await clock.take()
  return Math.max(1, totalMs / 10 / usualCalibrationMs)
}

/** A cluster in whose machines all inputs are measured. */
class LargeCluster {
  readonly cluster: MachineCluster
  readonly hosts: LightHosts

  private constructor(cluster: MachineCluster, light: LightHosts) {
    this.cluster = cluster
    this.hosts = light
  }

  static async create(): Promise<LargeCluster> {
    let light: LightHosts | null = null
    const cluster = await MachineCluster.create({
      ...{ measure: clock.measure, isStrict: false, snapshotEntries: 64, trailingEntries: 64 },
      published: (message) => light?.published(message),
    })
    light = new LightHosts(cluster, (host) => ['Common', `Type${host % typeSets}`])
    return new LargeCluster(cluster, light)
  }

  /** Until the disseminated table is the newest one, and has so many members. */
  untilSettled(members: number): void {
    this.cluster.until(`a table of ${members}`, () => {
      const namespace = this.cluster.leader?.machine.state.namespace('default')
      if (namespace === undefined) return false
      return namespace.table.size === members && namespace.disseminated === namespace.newest
    })
  }

  untilCaughtUp(replica: MemoryReplica): void {
    this.cluster.until('the replica has caught up', () => {
      const { state } = this.cluster.leader!.machine
      return replica.machine.state.appliedIndex === state.appliedIndex
    })
    expect(replica.machine.state.digest).toBe(this.cluster.leader!.machine.state.digest)
  }
}

test('with 20,000 hosts of 50 type sets no input of a replica holds up the others', async () => {
  const slow = await slowness()
  const long: string[] = []
  const check = async (phase: string) => {
    for (const { input, longestMs } of await clock.take()) {
      const ms = Math.round(longestMs[0]! / slow)
      if (ms > inputMsMax) long.push(`${phase}: ${input} ${ms} ms`)
    }
  }
  const large = await LargeCluster.create()
  const { cluster, hosts: light } = large
  cluster.untilLed()
  await check('election')

  light.join(hosts)
  large.untilSettled(hosts)
  expect(light.welcomed).toBe(hosts)
  await check('first round')

  light.join(1)
  large.untilSettled(hosts + 1)
  await check('one join')

  light.silence(hosts / 5)
  const left = (hosts * 4) / 5 + 1
  large.untilSettled(left)
  await check('expiry of 20 %')

  const old = cluster.leader!
  const { term } = old.machine.leader!
  old.kill()
  const leader = cluster.untilLed()
  light.join(1)
  large.untilSettled(left + 1)
  await check('the next leader')

  old.start()
  large.untilCaughtUp(old)
  await check('restore')

  expect(leader.machine.leader!.term).toBe(cluster.leader!.machine.leader!.term)
  expect(leader.machine.leader!.term).toBeGreaterThan(term)
  expect([...light.fenced]).toEqual([])
  expect(long).toEqual([])
}, 600_000)
