import { expect, test } from 'vitest'
import { NamespaceState, type Standing } from '../../src/fsm/namespace-state.js'
import {
  type ArrivedHeartbeat,
  HeartbeatDesk,
  type HeartbeatView,
  heldHeartbeatsMax,
  judgeHeartbeat,
} from '../../src/hosts/heartbeat-desk.js'
import { LeaseLedger } from '../../src/hosts/lease-ledger.js'
import type { SessionHeartbeat } from '../../src/hosts/relay-message.js'
import { Table } from '../../src/table/table.js'
import { hashOf } from '../support/secrets.js'
import { makeContext } from '../table/tables.js'

const lineage = '00000000-0000-4000-8000-00000000000a'
const digestAt = (generation: number) => String(generation).padStart(43, '0')

const secretHashes = new Map([
  ['a:1 5', hashOf('a5')],
  ['a:1 4', hashOf('a4')],
  ['b:1 6', hashOf('b6')],
  ['c:1 7', hashOf('c7')],
])

/** Disseminated 10, newest 12; a is a member; b left, c was evicted, both in the tables still. */
const view: HeartbeatView = {
  newest: 12,
  disseminated: 10,
  digestAt: (generation) =>
    generation >= 10 && generation <= 12 ? digestAt(generation) : undefined,
}

function standingOf(name: string, epoch: number): Standing {
  const secretHash = secretHashes.get(`${name} ${epoch}`)
  const isMember = name === 'a:1' && epoch === 5
  const whys = { 'b:1 6': 'left', 'c:1 7': 'evicted', 'a:1 4': 'replaced' } as const
  return { isMember, removedWhy: whys[`${name} ${epoch}` as keyof typeof whys], secretHash }
}

function heartbeat(generation = 10, more: Partial<SessionHeartbeat> = {}): SessionHeartbeat {
  const acknowledged = { term: 1, generation, digest: digestAt(generation) }
  const session = { session: 's', namespace: 'default', name: 'a:1', lineage, epoch: 5, number: 1 }
  const said = { ...session, acknowledged, listening: true, ...more }
  const secretHash = secretHashes.get(`${said.name} ${said.epoch}`) ?? hashOf('other')
  return { ...said, secretHash, ...more }
}

function judge(said: SessionHeartbeat, change: (ledger: LeaseLedger) => void = () => undefined) {
  const times = { fenceAfterMs: 1, fenceMarginMs: 1, hostTimeoutMs: 1, hostTimeoutCeilingMs: 1 }
  const ledger = new LeaseLedger(() => times, 0)
  change(ledger)
  const { namespace, name, epoch } = said
  const lease = name === null ? undefined : ledger.get({ namespace, name, epoch })
  return judgeHeartbeat(said, lineage, view, standingOf(name ?? '', epoch), lease)
}

const admission = { namespace: 'default', name: 'a:1', epoch: 5 }
const told = { disseminated: 10, digest: digestAt(10) }

test('a member at the disseminated generation is answered, without a digest that it knows', () => {
  expect(judge(heartbeat(10))).toEqual({ kind: 'answer', disseminated: 10 })
})

test('a member that is ahead of it, up to the newest, is answered with what is disseminated', () => {
  expect(judge(heartbeat(11))).toEqual({ kind: 'answer', ...told })
  expect(judge(heartbeat(12))).toEqual({ kind: 'answer', ...told })
})

test('a member above the newest generation is fenced', () => {
  expect(judge(heartbeat(13))).toEqual({ kind: 'fence', code: 'ahead' })
})

test('a member below the disseminated generation is refused, and told which it misses', () => {
  expect(judge(heartbeat(9))).toEqual({ kind: 'refused', code: 'behind', ...told })
})

test('a member with another digest is fenced', () => {
  const acknowledged = { term: 1, generation: 11, digest: digestAt(10) }
  expect(judge(heartbeat(11, { acknowledged }))).toEqual({ kind: 'fence', code: 'digest_mismatch' })
})

test('a member below its floor is refused, and answered from its floor on', () => {
  const raise = (ledger: LeaseLedger) => void ledger.admitted(admission, 12, 0)
  expect(judge(heartbeat(11), raise)).toEqual({ kind: 'refused', code: 'below_floor', ...told })
  expect(judge(heartbeat(12), raise)).toEqual({ kind: 'answer', ...told })
})

test('the floor of another epoch is nothing to it', () => {
  const raise = (ledger: LeaseLedger) => void ledger.admitted({ ...admission, epoch: 6 }, 12, 0)
  expect(judge(heartbeat(11), raise).kind).toBe('answer')
})

test('one that said that it stopped is never answered again', () => {
  const stop = (ledger: LeaseLedger) => {
    ledger.stopped(ledger.of(admission), false)
  }
  expect(judge(heartbeat(), stop)).toEqual({ kind: 'fence', code: 'expired' })
})

test('a straggler is never answered again, also one that was leaving', () => {
  const b = heartbeat(10, { name: 'b:1', epoch: 6 })
  for (const said of [heartbeat(), b]) {
    const { name, epoch } = said
    const straggle = (ledger: LeaseLedger) => {
      ledger.straggled(ledger.of({ namespace: 'default', name: name!, epoch }))
    }
    expect(judge(said, straggle)).toEqual({ kind: 'fence', code: 'straggler' })
  }
})

test('one that left is answered until the round without it is disseminated', () => {
  const said = heartbeat(11, { name: 'b:1', epoch: 6 })
  expect(judge(said)).toEqual({ kind: 'answer', ...told })
})

test('one that was removed is told why; one that nobody knows is told that', () => {
  const codes = [
    heartbeat(10, { name: 'c:1', epoch: 7 }),
    heartbeat(10, { epoch: 4 }),
    heartbeat(10, { epoch: 3 }),
    heartbeat(10, { name: 'x:1' }),
  ].map((said) => judge(said))
  expect(codes).toEqual([
    { kind: 'fence', code: 'evicted' },
    { kind: 'fence', code: 'replaced' },
    { kind: 'fence', code: 'unknown_epoch' },
    { kind: 'fence', code: 'unknown_epoch' },
  ])
})

test('a host of another lineage is fenced, whatever it holds', () => {
  const said = heartbeat(10, { lineage: '00000000-0000-4000-8000-00000000000b' })
  expect(judge(said)).toEqual({ kind: 'fence', code: 'other_lineage' })
})

test('observers and waiting hellos are answered with what is disseminated', () => {
  const observer = { name: null, epoch: 0 }
  expect(judge(heartbeat(10, observer))).toEqual({ kind: 'answer', disseminated: 10 })
  expect(judge(heartbeat(3, observer))).toEqual({ kind: 'answer', ...told })
  const nothing = { term: 0, generation: 0, digest: '0'.repeat(43) }
  const waiting = { ...observer, lineage: '', acknowledged: nothing }
  expect(judge(heartbeat(0, waiting))).toEqual({ kind: 'answer', ...told })
})

test('an observer whose table is another one of that generation is told the digest', () => {
  const acknowledged = { term: 1, generation: 10, digest: 'f'.repeat(43) }
  const said = heartbeat(10, { name: null, epoch: 0, acknowledged })
  expect(judge(said)).toEqual({ kind: 'answer', ...told })
})

test('in a namespace without members nobody holds anything', async () => {
  const empty = NamespaceState.empty(
    'other',
    Table.empty(await makeContext(), { factor: 8, level: 1 }, 40),
  )
  const observer = heartbeat(0, { name: null, epoch: 0 })
  expect(judgeHeartbeat(observer, lineage, empty, empty.standingOf('', 0), undefined)).toEqual({
    ...{ kind: 'answer', disseminated: 40, digest: empty.table.digest },
  })
  expect(
    judgeHeartbeat(heartbeat(), lineage, empty, empty.standingOf('a:1', 5), undefined),
  ).toEqual({
    kind: 'fence',
    code: 'unknown_epoch',
  })
})

// ---- the desk ----------------------------------------------------------------------------------

function deskWithHeartbeats() {
  const desk = new HeartbeatDesk()
  const add = (number: number) => {
    const arrived: ArrivedHeartbeat = {
      route: { replica: 1, session: 's' },
      heartbeat: heartbeat(10, { number }),
    }
    desk.add(arrived)
  }
  /** Numbers of the heartbeats that may be answered. */
  const answered = () => {
    const numbers: number[] = []
    for (let next = desk.nextProven(); next !== null; next = desk.nextProven()) {
      numbers.push(next.heartbeat.number)
    }
    return numbers
  }
  return { desk, add, answered }
}

test('a heartbeat is answered only by a proof of leadership that began after it came in', () => {
  const { desk, add, answered } = deskWithHeartbeats()
  add(1)
  expect(desk.prove()).toBe(true)
  add(2)
  expect(desk.prove()).toBe(false)
  expect(answered()).toEqual([])
  desk.proved(true)
  expect(answered()).toEqual([1])
  expect(desk.prove()).toBe(true)
  desk.proved(true)
  expect(answered()).toEqual([2])
})

test('without a proof nobody is answered', () => {
  const { desk, add, answered } = deskWithHeartbeats()
  add(1)
  desk.prove()
  desk.proved(false)
  expect(answered()).toEqual([])
  add(2)
  desk.prove()
  desk.proved(true)
  expect(answered()).toEqual([2])
})

test('who is proven waits for its turn while others come in', () => {
  const { desk, add, answered } = deskWithHeartbeats()
  for (const number of [1, 2]) add(number)
  desk.prove()
  desk.proved(true)
  expect(desk.nextProven()?.heartbeat.number).toBe(1)
  add(3)
  desk.prove()
  desk.proved(true)
  expect(desk.hasProven).toBe(true)
  expect(answered()).toEqual([2, 3])
  expect(desk.hasProven).toBe(false)
})

test('no proof is asked for when nobody waits', () => {
  expect(deskWithHeartbeats().desk.prove()).toBe(false)
})

test('no more heartbeats are held than a named limit; the next ones come again in a second', () => {
  const { desk, answered } = deskWithHeartbeats()
  const arrived = { route: { replica: 1, session: 's' }, heartbeat: heartbeat() }
  for (let i = 0; i < heldHeartbeatsMax; i += 1) desk.add(arrived)
  desk.prove()
  desk.proved(true)
  // Those that wait for their answer count as well.
  for (let i = 0; i < 2; i += 1) desk.add(arrived)
  expect(desk.prove()).toBe(false)
  expect(answered().length).toBe(heldHeartbeatsMax)
})
