import { afterAll, expect, test } from 'vitest'
import { createHasher } from '../../src/hash/hasher.js'
import { InputClock } from './support/input-clock.js'
import { LargeCluster, slowness } from './support/large-cluster.js'

const hosts = 20_000
const typeSets = 50
/**
 * What no input may take longer than, on a machine where a calibration takes its usual time. They
 * take up to 70 ms alone on such a machine; the rest is for the collector, which gives memory back
 * where nobody sees that it was it. Whatever is done for all hosts at once takes seconds.
 */
const inputMsMax = 150

const hasher = await createHasher()
const clock = new InputClock()
afterAll(() => clock.stop())

test('with 20,000 hosts of 50 type sets no input of a replica holds up the others', async () => {
  const slow = await slowness(clock, hasher)
  const long: string[] = []
  const check = async (phase: string) => {
    for (const { input, longestMs } of await clock.take()) {
      const ms = Math.round(longestMs[0]! / slow)
      if (ms > inputMsMax) long.push(`${phase}: ${input} ${ms} ms`)
    }
  }
  const large = await LargeCluster.create(clock.measure, (host) => [
    'Common',
    `Type${host % typeSets}`,
  ])
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
