import { expect, test } from 'vitest'
import { defaultDoorLimits } from '../../src/api/limits.js'
import { type VirtualSidecar, World } from './support/world.js'

// The limits of the door are for those who say what nobody asked for. A round asks every host for
// an acknowledgement, and the more hosts come and go, the more rounds there are.

const { messagesBurstMax: burst, messagesPerSecondMax: perSecond } = defaultDoorLimits
const healthyHosts = 4
/** A guest comes this often: 37 a second. */
const guestEveryMs = 27
/** And goes again after this long. */
const guestStaysMs = 100
const churnMs = 6_000

test('hosts stay attached however many guests come and go', async () => {
  const world = await World.create({ budget: { burst, perSecond }, settings: { coalesceMs: 0 } })
  world.elect(1)
  const hosts: VirtualSidecar[] = []
  for (let i = 0; i < healthyHosts; i += 1) hosts.push(world.host(`h${i}:1`, ['Order']))
  const areServing = () => hosts.every(({ phase }) => phase === 'serving')
  world.runUntil('all serve', areServing)
  const { newest } = world.state().namespace('default')!
  const sessions = () => hosts.map(({ sessionCount }) => sessionCount)
  const before = sessions()

  for (let ms = 0; ms < churnMs; ms += guestEveryMs) {
    const guest = world.host(`g${ms % 10_800}:1`, ['Order'])
    world.after(guestStaysMs, () => {
      guest.tell((machine) => machine.bye())
      world.sidecars.splice(world.sidecars.indexOf(guest), 1)
    })
    world.run(guestEveryMs)
  }

  expect(world.replicas.flatMap(({ tooLoud }) => tooLoud.map(({ name }) => name))).toEqual([])
  // More rounds than a host may say messages in this time.
  const made = world.state().namespace('default')!.disseminated - newest
  expect(made).toBeGreaterThan((churnMs / 1_000) * perSecond + burst)
  expect(sessions()).toEqual(before)
  expect(areServing()).toBe(true)
})
