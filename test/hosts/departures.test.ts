import { expect, test } from 'vitest'
import type { Admission } from '../../src/fsm/admission.js'
import type { Command } from '../../src/fsm/command.js'
import { encodeCommand } from '../../src/fsm/command-codec.js'
import type { Instant } from '../../src/fsm/instant.js'
import { commandBytesMax } from '../../src/fsm/limits.js'
import type { PlacementState } from '../../src/fsm/placement-state.js'
import { Departures, expiredAtOnceMax } from '../../src/hosts/departures.js'
import { LeadershipEffects } from '../../src/hosts/leadership-effects.js'
import { LeaseLedger } from '../../src/hosts/lease-ledger.js'
import type { Downstream } from '../../src/hosts/relay-message.js'
import { hashOf } from '../support/secrets.js'
import { Log } from './support/log.js'

const at = (monotonicMs: number): Instant => ({ monotonicMs, wallMs: 50_000 + monotonicMs })
const route = { replica: 2, session: 's1' }

/** a and b are members; the leader was elected at 0. */
async function leading() {
  const log = await Log.begin()
  const a: Admission = { namespace: 'default', name: 'a:1', epoch: log.join('a:1') }
  const b: Admission = { namespace: 'default', name: 'b:1', epoch: log.join('b:1') }
  log.disseminate()
  const { hostTimeoutMs, fenceAfterMs, fenceMarginMs } = log.state.settings
  const settings = {
    fenceAfterMs,
    fenceMarginMs,
    hostTimeoutMs,
    hostTimeoutCeilingMs: hostTimeoutMs,
  }
  /** How often the times are asked for: once or twice for each lease that is looked at. */
  const times = { asked: 0 }
  const ledger = new LeaseLedger(() => {
    times.asked += 1
    return settings
  }, 0)
  const proposed: { readonly number: number; readonly command: Command }[] = []
  const told: (readonly [number, Downstream])[] = []
  const effects = new LeadershipEffects()
  const departures = new Departures(1, log.state, ledger, effects)
  /** What was to be done until now is known to the test. */
  const carryOut = () => {
    for (const effect of effects.take()) {
      if (effect.kind === 'propose') proposed.push(effect)
      else if (effect.kind === 'tell') told.push([effect.replica, effect.message])
    }
  }
  /** The outcome of a proposal is known. */
  const settle = (number: number) => {
    const purpose = effects.settle(number)?.purpose
    if (purpose?.kind === 'remove') departures.proposed(purpose.leases)
  }
  /** The newest proposal is committed and applied. */
  const commit = () => {
    carryOut()
    const { number, command } = proposed.at(-1)!
    log.commit(command)
    if (command.kind === 'remove') for (const host of command.hosts) departures.removed(host)
    settle(number)
    carryOut()
  }
  /** Time passes until this instant: whoever is past its fence then is known to be. */
  const fences = (monotonicMs: number) => {
    for (const lease of ledger.pastFence(monotonicMs)) departures.pastFence(lease)
  }
  const on = { log, a, b, ledger, departures, commit, settle, fences, times, hostTimeoutMs }
  const seen = {
    get proposed() {
      carryOut()
      return proposed
    },
    get told() {
      carryOut()
      return told
    },
  }
  const removed = () =>
    seen.proposed.map(({ command }) =>
      command.kind === 'remove' ? command.hosts.map(({ name, reason }) => `${name} ${reason}`) : [],
    )
  return { ...on, seen, removed }
}

test('a member that was silent for its time expires, not a moment sooner, all in one commit', async () => {
  const { a, ledger, departures, removed, hostTimeoutMs } = await leading()
  ledger.answered(ledger.of(a), 100)
  departures.expire(at(hostTimeoutMs - 1))
  expect(removed()).toEqual([])
  departures.expire(at(hostTimeoutMs + 100))
  // The one that was heard of last comes last.
  expect(removed()).toEqual([['b:1 expired', 'a:1 expired']])
})

test('a removal that is on its way is not asked for twice; one that failed is', async () => {
  const { departures, seen, hostTimeoutMs, settle } = await leading()
  departures.expire(at(hostTimeoutMs))
  departures.expire(at(hostTimeoutMs))
  expect(seen.proposed.length).toBe(1)
  settle(seen.proposed[0]!.number)
  departures.expire(at(hostTimeoutMs))
  expect(seen.proposed.length).toBe(2)
})

test('only the admission that is meant is removed', async () => {
  const { a, departures, seen } = await leading()
  departures.remove([{ ...a, epoch: a.epoch + 100 }], 'evicted', at(0))
  expect(seen.proposed).toEqual([])
})

test('whoever is removed against its will is told to stop', async () => {
  const { a, ledger, departures, seen, commit } = await leading()
  ledger.attach(ledger.of(a), route, 0)
  departures.remove([a], 'evicted', at(0), 60_000)
  expect(seen.told).toEqual([])
  commit()
  const fence = { kind: 'fence', session: 's1', epoch: a.epoch, code: 'evicted' }
  expect(seen.told).toEqual([[2, fence]])
})

test('an eviction says how long the name is refused', async () => {
  const { a, departures, seen } = await leading()
  departures.remove([a], 'evicted', at(0), 60_000)
  expect(seen.proposed[0]!.command).toMatchObject({
    hosts: [{ name: 'a:1', epoch: a.epoch, reason: 'evicted', refuseMs: 60_000 }],
  })
})

test('one that leaves is told only when the round without it is disseminated', async () => {
  const { log, a, departures, seen, commit, removed } = await leading()
  departures.leave(route, a, at(0))
  expect(removed()).toEqual([['a:1 left']])
  commit()
  departures.handedOver('default')
  expect(seen.told).toEqual([])
  log.disseminate()
  departures.handedOver('default')
  expect(seen.told).toEqual([[2, { kind: 'left', session: 's1', epoch: a.epoch }]])
  departures.handedOver('default')
  expect(seen.told.length).toBe(1)
})

test('a leave that is repeated, also at the next leader, is answered like the first', async () => {
  const { log, a, departures, commit, seen } = await leading()
  departures.leave(route, a, at(0))
  departures.leave({ replica: 3, session: 's2' }, a, at(0))
  expect(seen.proposed.length).toBe(1)
  commit()
  log.disseminate()
  departures.handedOver('default')
  expect(seen.told).toEqual([[3, { kind: 'left', session: 's2', epoch: a.epoch }]])
  departures.leave(route, a, at(0))
  expect(seen.told.at(-1)).toEqual([2, { kind: 'left', session: 's1', epoch: a.epoch }])
})

test('"fenced" removes the member at once; "bye" keeps its place until its lease is out', async () => {
  const { a, b, ledger, departures, removed, hostTimeoutMs } = await leading()
  departures.stopped(a, false, at(0))
  departures.stopped(b, true, at(0))
  expect(removed()).toEqual([['a:1 expired']])
  expect([ledger.isPastFence(ledger.of(a), 0), ledger.isPastFence(ledger.of(b), 0)]).toEqual([
    ...[true, true],
  ])
  departures.expire(at(hostTimeoutMs))
  expect(removed()[1]).toEqual(['b:1 expired'])
})

test('what is said of an admission that nobody knows leaves no account behind', async () => {
  const { a, ledger, departures } = await leading()
  const unknown = { ...a, epoch: a.epoch + 100 }
  departures.stopped(unknown, false, at(0))
  expect(ledger.get(unknown)).toBe(undefined)
})

test('stragglers go in one commit and are never answered again, also one that was leaving', async () => {
  const { a, b, ledger, departures, removed, commit } = await leading()
  departures.leave(route, a, at(0))
  commit()
  departures.straggled([ledger.of(a), ledger.of(b)], at(10_000))
  expect(removed()).toEqual([['a:1 left'], ['b:1 straggler']])
  expect([ledger.of(a).straggling, ledger.of(b).straggling]).toEqual([true, true])
})

test('an account is kept while its admission is known or may hold a lease, then forgotten', async () => {
  const { log, a, b, ledger, departures, commit, fences } = await leading()
  for (const each of [a, b]) ledger.answered(ledger.of(each), 1_000)
  departures.remove([a], 'evicted', at(2_000))
  commit()
  log.disseminate()
  departures.handedOver('default')
  fences(8_499)
  expect(ledger.get(a)).toBeDefined()
  fences(8_500)
  expect(ledger.get(a)).toBe(undefined)
  // And one that is past its fence before the last table without it is disseminated.
  departures.remove([b], 'evicted', at(9_000))
  commit()
  fences(60_000)
  expect(ledger.get(b)).toBeDefined()
  log.disseminate()
  departures.handedOver('default')
  expect(ledger.get(b)).toBe(undefined)
})

test('a new instance of a name tells the old one to stop', async () => {
  const { a, ledger, departures, seen } = await leading()
  ledger.attach(ledger.of(a), route, 0)
  departures.replaced(a)
  expect(seen.told).toEqual([
    [2, { kind: 'fence', session: 's1', epoch: a.epoch, code: 'replaced' }],
  ])
})

test('hosts that fall silent by the ten thousand go in commands that the log takes', async () => {
  const { log, departures, seen, hostTimeoutMs, settle } = await leading()
  const host = (i: number) => {
    const who = { namespace: 'default', name: `${`h${i}.`.padEnd(200, 'x')}:1` }
    return {
      ...who,
      instance: 'i',
      secretHash: hashOf('s'),
      appId: 'app',
      types: ['Order'],
      level: 1,
    }
  }
  for (let at = 0; at < 20_000; at += 2_000) {
    const hosts = Array.from({ length: 2_000 }, (_, i) => host(at + i))
    log.commit({ kind: 'upsert', atMs: 0, term: 1, hosts })
  }
  const looksMax = 20_002 / expiredAtOnceMax + 50
  let looks = 1
  for (; !departures.expire(at(hostTimeoutMs)); looks += 1) expect(looks).toBeLessThan(looksMax)
  const commands = seen.proposed.map(({ command }) => command)
  const removed = commands.flatMap((command) => (command.kind === 'remove' ? command.hosts : []))
  expect(new Set(removed.map(({ name }) => name)).size).toBe(20_002)
  for (const command of commands) {
    expect(encodeCommand({ command }, 1).length).toBeLessThan(commandBytesMax)
  }
  // One that is lost is found again; the others are on their way.
  settle(seen.proposed[0]!.number)
  const before = seen.proposed.length
  departures.expire(at(hostTimeoutMs))
  const [again] = seen.proposed.slice(before)
  expect(again?.command).toEqual({ ...seen.proposed[0]!.command, atMs: again?.command.atMs })
  expect(seen.proposed.length).toBe(before + 1)
})

/** How often the state is asked for a namespace, for all of them, and for the times of leases. */
function looksAt(state: PlacementState) {
  const looks = { namespace: 0, namespaces: 0, times: 0 }
  const { namespace, namespaces } = state
  state.namespace = (name) => {
    looks.namespace += 1
    return namespace.call(state, name)
  }
  state.namespaces = (after) => {
    looks.namespaces += 1
    return namespaces.call(state, after)
  }
  return looks
}

test('a sweep looks at the members that are due, and at no others', async () => {
  const { log, ledger, departures, removed, times, hostTimeoutMs, fences } = await leading()
  const hosts = Array.from({ length: 2_000 }, (_, i) => {
    const who = { namespace: 'default', name: `h${i}:1`, instance: 'i', secretHash: hashOf('s') }
    return { ...who, appId: 'app', types: ['Order'], level: 1 }
  })
  log.commit({ kind: 'upsert', atMs: 0, term: 1, hosts })
  departures.expire(at(0))
  const members = [...log.state.namespace('default')!.members()]
  const leases = members.map((member) => ledger.of({ namespace: 'default', ...member }))
  // All but three were answered, in any order.
  leases.slice(3).forEach((lease, i) => void ledger.answered(lease, 1_000 + i))
  const looks = looksAt(log.state)
  for (let ms = 250; ms < hostTimeoutMs; ms += 250) {
    times.asked = 0
    departures.expire(at(ms))
    fences(ms)
    // One of those that were answered, and one of the others: for their fences, and their times.
    expect(times.asked).toBeLessThanOrEqual(8)
  }
  expect([removed(), looks.namespace, looks.namespaces]).toEqual([[], 0, 0])
  departures.expire(at(hostTimeoutMs))
  expect(removed()[0]?.length).toBe(3)
  expect([looks.namespace, looks.namespaces]).toEqual([6, 0])
})

test('a stopped host whose removal the log did not take is removed by the next sweep', async () => {
  const { a, b, ledger, departures, seen, removed, settle } = await leading()
  departures.expire(at(0))
  ledger.answered(ledger.of(b), 100)
  departures.stopped(a, false, at(100))
  settle(seen.proposed[0]!.number)
  departures.expire(at(250))
  expect(removed()).toEqual([['a:1 expired'], ['a:1 expired']])
})

test('accounts of the removed are looked at when their namespace is disseminated, not before', async () => {
  const { log, a, ledger, departures, commit, times, fences } = await leading()
  departures.remove([a], 'evicted', at(2_000))
  commit()
  const looks = looksAt(log.state)
  times.asked = 0
  fences(60_000)
  for (let ms = 60_000; ms < 120_000; ms += 250) fences(ms)
  expect(looks.namespace).toBe(0)
  // Of two: each was given out once.
  expect(times.asked).toBeLessThanOrEqual(4)
  departures.handedOver('other')
  expect(looks.namespace).toBe(0)
  log.disseminate()
  departures.handedOver('default')
  expect(ledger.get(a)).toBe(undefined)
})

test('an admission that is asked about, but that nobody knows, is forgotten after the grace', async () => {
  const { a, ledger, departures, removed, hostTimeoutMs, fences } = await leading()
  const unknown = { ...a, epoch: a.epoch + 100 }
  ledger.of(unknown)
  departures.expire(at(hostTimeoutMs - 1))
  fences(hostTimeoutMs - 1)
  expect(ledger.get(unknown)).toBeDefined()
  departures.expire(at(hostTimeoutMs))
  fences(hostTimeoutMs)
  expect(ledger.get(unknown)).toBe(undefined)
  expect(removed().flat()).toEqual(['a:1 expired', 'b:1 expired'])
})
