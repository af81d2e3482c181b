import { expect, test } from 'vitest'
import { defaultSettings } from '../../src/fsm/settings.js'
import { Leadership } from '../../src/hosts/leadership.js'
import { hostOf, Replica } from '../fsm/replica.js'

/** When the leader records a round that waits for a silent host, in ms after its election. */
async function recordedAtMs(prepare: (leadership: Leadership) => void): Promise<number> {
  const replica = await Replica.begun()
  const { atMs, term } = replica
  replica.run({ kind: 'upsert', atMs, term, hosts: [hostOf({ name: 'a:1' })] })
  replica.run({ kind: 'disseminated', atMs, term, namespace: 'default', generation: 1 })
  replica.run({ kind: 'upsert', atMs, term, hosts: [hostOf({ name: 'b:1' })] })
  const leadership = new Leadership(term, 0, replica.state, true)
  prepare(leadership)
  for (let nowMs = 0; nowMs < 60_000; nowMs += 50) {
    leadership.tick({ monotonicMs: nowMs, wallMs: atMs + nowMs })
    for (const effect of leadership.takeEffects()) {
      if (effect.kind === 'propose' && effect.command.kind === 'disseminated') return nowMs
    }
  }
  return Number.POSITIVE_INFINITY
}

test('a new leader waits out the lease that its predecessors may have granted', async () => {
  expect(await recordedAtMs(() => undefined)).toBe(defaultSettings.hostTimeoutMs)
})

test('longer leases are waited out from the moment when the leader proposes them', async () => {
  const settings = { ...defaultSettings, fenceAfterMs: 20_000, hostTimeoutMs: 30_000 }
  expect(await recordedAtMs((leadership) => leadership.settingsProposed(settings))).toBe(30_000)
})
