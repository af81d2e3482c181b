/** How much of the log stays behind a snapshot, and what gives way when that is too much. */

import { expect, test } from 'vitest'
import type { BerthError } from '../../../src/errors/berth-error.js'
import { Budget } from '../../../src/jobs/job.js'
import { plainConfiguration } from '../../../src/raft/core/configuration.js'
import type { Entry } from '../../../src/raft/core/entry.js'
import type { Message } from '../../../src/raft/core/message.js'
import { Raft } from '../../../src/raft/core/raft.js'
import { Applier } from '../../../src/raft/node/applier.js'
import type { UpkeepOperation } from '../../../src/raft/node/disk/write-queue.js'
import type { Frame } from '../../../src/raft/node/frame.js'
import { Roster } from '../../../src/raft/node/identity/roster.js'
import { completeNodeSettings, type NodeOptions } from '../../../src/raft/node/node-options.js'
import { Snapshots, type SnapshotTaken } from '../../../src/raft/node/snapshots/snapshots.js'
import { encodeWrite, RegisterMachine } from '../../simulation/raft/register-machine.js'
import { accepted, alive, granted } from '../support/bench.js'

/** What an entry of a command counts for here. */
const entryBytes = 1000
const fillingBytes = entryBytes - 64 - 8

/** A leader of three whose disk and state machine run at once; replica 3 is silent. */
class Leader {
  readonly machine = new RegisterMachine()
  readonly core: Raft
  readonly snapshots: Snapshots<number>
  readonly sent: { readonly to: number; readonly frame: Frame }[] = []
  readonly written: UpkeepOperation[] = []
  readonly #applier: Applier<number>
  tick = 0

  /** @param stored entries that it begins with, all of them in its snapshot */
  constructor(options: Partial<NodeOptions>, stored = 0) {
    const given = { id: 1, clusterName: 'test', initialVoters: [1, 2, 3], ...options }
    const settings = completeNodeSettings(given)
    const configuration = plainConfiguration([1, 2, 3])
    const entries = Array.from({ length: stored }, (_, at): Entry => {
      return { index: at + 1, term: 0, kind: 'command', data: encodeWrite(1, 1, fillingBytes) }
    })
    const newest = stored === 0 ? null : { index: stored, term: 0, configuration }
    const core = new Raft(
      { ...settings.raft, id: 1, session: 1, random: () => 0, preVote: false, checkQuorum: false },
      {
        hardState: { term: 0, vote: 0, commit: stored },
        ...{ entries, compacted: { index: 0, term: 0 }, snapshot: newest },
        ...{ applied: stored, configuration },
      },
    )
    this.core = core
    const { machine } = this
    const applier = new Applier<number>(machine, {
      applied: ({ data }) => this.snapshots.applied(data.length),
      membersChanged: () => {},
    })
    this.#applier = applier
    const parts = { machine, applier, core: () => core }
    const send = (to: number, frame: Frame) => void this.sent.push({ to, frame })
    const write = (operation: UpkeepOperation, done: () => void) => {
      this.written.push(operation)
      done()
    }
    const ports = { send, write, readChunk: () => {}, crc32c: () => 0, random: () => 7 }
    applier.restored(stored, new Roster())
    const snapshot = newest === null ? null : { meta: newest, chunks: 1, bytes: 1 }
    const begun = { snapshot, compactedIndex: 0 }
    this.snapshots = new Snapshots(settings, begun, parts, { ...ports, warn: () => {} }, 0)
    core.campaign()
    this.settle()
    this.step(granted(2, 1))
    this.level()
  }

  step(message: Message): void {
    this.core.step(message)
    this.settle()
  }

  /** Lets disk and state machine run; snapshots for peers go to the sender. */
  settle(): void {
    while (this.core.hasOutput) {
      const { append, committed, messages } = this.core.takeOutput()
      for (const message of messages) {
        if (message.kind === 'snapshot') this.snapshots.send(message, this.tick)
      }
      if (append !== null) this.core.appended(append.token)
      this.#applier.add(committed)
      while (this.#applier.waiting > 0) this.#applier.slice(this.core, new Budget(1_000))
    }
  }

  /** Replica 2 has everything. */
  level(): void {
    this.step(accepted(2, 1, this.core.status().lastIndex))
  }

  /** Writes so many entries, each committed and applied. Returns how many were refused. */
  write(count: number): number {
    let refused = 0
    for (let left = count; left > 0; left -= 1) {
      if (this.core.propose(encodeWrite(1, left, fillingBytes)).kind === 'refused') refused += 1
      this.settle()
      this.level()
    }
    return refused
  }

  /** Time goes on by a tick, and what is being made is finished. */
  turn(): void {
    this.tick += 1
    this.snapshots.tick(this.tick, this.tick * 50)
    while (this.snapshots.hasWork) this.snapshots.work(this.tick * 50)
    this.settle()
  }

  get entriesKept(): number {
    const { lastIndex, compactedIndex } = this.core.status()
    return lastIndex - compactedIndex
  }
}

const never = { entries: 1_000_000, intervalMs: 1e9, bytes: 1e9 }

test('behind a snapshot so many entries are kept as were asked for, if they are small', () => {
  const snapshot = { ...never, entries: 10 }
  const leader = new Leader({ snapshot, trailingEntries: 5, trailingBytes: 1 << 20 })
  for (let round = 0; round < 5; round += 1) {
    leader.write(10)
    leader.turn()
  }
  // And what came since the older of two snapshots.
  expect(leader.entriesKept).toBe(10)
})

test('of large entries fewer are kept behind a snapshot: by their bytes', () => {
  const snapshot = { ...never, entries: 10 }
  const kept = (trailingBytes: number) => {
    const leader = new Leader({ snapshot, trailingEntries: 1_000, trailingBytes })
    for (let round = 0; round < 8; round += 1) {
      leader.write(10)
      leader.turn()
    }
    return leader.entriesKept
  }
  expect(kept(1 << 20)).toBe(81)
  expect(kept(25 * entryBytes)).toBe(25)
})

const tight = { snapshot: never, trailingEntries: 1_000, trailingBytes: 10 * entryBytes }
const logLimit = { proposalBytesMax: entryBytes, raft: { logBytesMax: 40 * entryBytes } }

test('a log that fills up makes a snapshot due, and no more is refused than until then', () => {
  const leader = new Leader({ ...tight, ...logLimit })
  let refused = 0
  let most = 0
  for (let round = 0; round < 50; round += 1) {
    refused += leader.write(9)
    most = Math.max(most, leader.core.logBytes)
    leader.turn()
  }
  expect(refused).toBe(0)
  expect(most).toBeLessThanOrEqual(40 * entryBytes)
  expect(leader.core.appliedIndex).toBe(451)
})

test('a log that is too large from the start is cut at its snapshot, whatever is kept elsewhere', () => {
  const leader = new Leader({ ...tight, ...logLimit }, 60)
  expect(leader.write(1)).toBe(1)
  leader.turn()
  expect(leader.core.logBytes).toBeLessThan(5 * entryBytes)
  expect(leader.write(1)).toBe(0)
})

test('a slow transfer of an old snapshot ends rather than that the log grows for it', () => {
  const leader = new Leader({ ...tight, ...logLimit, snapshot: { ...never, entries: 5 } })
  leader.write(30)
  leader.turn()
  leader.write(5)
  leader.turn()
  const hearFrom3 = () => {
    const round = leader.core.heartbeat()
    leader.settle()
    leader.step(alive(3, 1, round))
  }
  // Replica 3 is back, needs what is gone, and takes the snapshot very slowly.
  hearFrom3()
  const offered = () => leader.sent.filter(({ frame }) => frame.kind === 'snapshot-offer').length
  expect(offered()).toBe(1)
  const sent = leader.snapshots.status.sending[0]!.snapshotIndex
  let refused = 0
  for (let round = 0; round < 20; round += 1) {
    refused += leader.write(5)
    leader.turn()
    hearFrom3()
  }
  expect(refused).toBe(0)
  expect(leader.core.logBytes).toBeLessThanOrEqual(20 * entryBytes)
  expect(leader.snapshots.status.sending[0]!.snapshotIndex, 'it gets a newer one').toBeGreaterThan(
    sent,
  )
})

test('of more callers than may wait for a snapshot the next is told that it is too many', () => {
  const leader = new Leader({ snapshot: never })
  const told: (SnapshotTaken | BerthError)[] = []
  for (let caller = 0; caller < 65; caller += 1) leader.snapshots.takeNow((one) => told.push(one))
  expect(told).toMatchObject([{ code: 'overloaded' }])
  leader.turn()
  expect(told).toHaveLength(65)
})
