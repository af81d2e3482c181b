/** A node whose state machine takes a snapshot over: everything that may come in meanwhile. */
import { describe, expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import { only } from '../support/bench.js'
import { storedState } from './support/handshakes.js'
import { LoneNode, snapshotAt } from './support/lone-node.js'

const member = { initialVoters: [1, 2, 3], replicaId: 2 }
/** One step of the state machine in each slice. */
const slowly = { sliceUnits: 1 }

/** Replica 2, which has taken in a snapshot of leader 1 of term 1, and has yet to take it over. */
function installed(index = 40) {
  const one = new LoneNode(slowly, storedState(2, member))
  one.node.start(0)
  one.tick(25)
  one.meet(1)
  one.meet(3)
  one.install(1, 1, index)
  return one
}

const heartbeat = { kind: 'heartbeat', from: 1, to: 2, term: 1, commit: 0, round: 1 } as const

function voteRequest(term: number, lastIndex: number) {
  const fact = { commit: 0, commitTerm: 0, transfer: false, pre: false }
  return { kind: 'vote-request', from: 3, to: 2, term, lastIndex, lastTerm: 1, ...fact } as const
}

function append(index: number) {
  const entry = { index, term: 1, kind: 'command', data: new Uint8Array(8) } as const
  const before = { prevIndex: index - 1, prevTerm: 1 }
  const body = { ...before, entries: [entry], commit: index }
  return { kind: 'append', from: 1, to: 2, term: 1, ...body } as const
}

describe("a leader's snapshot", () => {
  test('is acknowledged once it is durable, and taken over in slices (L16)', () => {
    const one = installed()
    expect(only(one.said(), 'append-accepted')).toMatchObject([{ to: 1, index: 40 }])
    expect(one.status.restore).toEqual({ index: 40, readChunks: 0, chunks: 5 })
    expect([one.status.log.appliedIndex, one.machine.index]).toEqual([0, 0])
    expect(one.finish()).toBeGreaterThanOrEqual(5)
    expect([one.status.log.appliedIndex, one.restored]).toEqual([40, [40]])
    expect([one.machine.digest, one.status.restore]).toEqual([snapshotAt(40).digest, null])
  })

  test('heartbeats are answered and entries acknowledged meanwhile, but none is applied', () => {
    const one = installed()
    one.read()
    one.read()
    one.said()
    one.say(heartbeat)
    one.say(append(41))
    const said = one.said()
    expect(only(said, 'heartbeat-response')).toMatchObject([{ round: 1 }])
    expect(only(said, 'append-accepted')).toMatchObject([{ index: 41 }])
    expect([one.machine.index, one.status.log.committedIndex]).toEqual([0, 41])
    one.finish()
    expect([one.machine.index, one.status.log.appliedIndex]).toEqual([41, 41])
  })

  test('this replica votes meanwhile, and does not campaign before it is done', () => {
    const one = installed()
    one.said()
    one.tick(200)
    expect(only(one.said(), 'vote-request')).toEqual([])
    one.say(voteRequest(2, 40))
    expect(only(one.said(), 'vote-response')).toMatchObject([{ term: 2, granted: true }])
    one.finish()
    one.tick(100)
    expect(only(one.said(), 'vote-request').length).toBeGreaterThan(0)
  })

  test('a newer one takes its place, and what is read of the older one counts for nothing', () => {
    const one = installed()
    one.read()
    one.read()
    one.work()
    const late = [...one.reads]
    one.install(1, 1, 80)
    expect(one.status.restore).toMatchObject({ index: 80, readChunks: 0 })
    expect(late.map(({ snapshot }) => snapshot.meta.index)).toEqual([40])
    one.finish()
    expect([one.restored, one.machine.index]).toEqual([[80], 80])
    expect(one.machine.digest).toBe(snapshotAt(80).digest)
  })

  test('a new leader goes on with it, and no own snapshot is made of what is not there', () => {
    const one = installed()
    const outcomes: unknown[] = []
    one.say({ ...heartbeat, from: 3, term: 2 })
    one.node.snapshotNow(one.nowMs, (outcome) => outcomes.push(outcome))
    one.work()
    expect(outcomes).toMatchObject([{ code: 'conflict' }])
    one.say({ ...append(41), from: 3, term: 2 })
    one.finish()
    expect([one.machine.index, one.status.leader]).toEqual([41, 3])
  })

  test('a read waits until it is done', () => {
    const one = installed()
    one.say(heartbeat)
    const outcomes: unknown[] = []
    one.node.read('default', one.nowMs, (outcome) => outcomes.push(outcome))
    const run = one.sent.flatMap(({ frame }) => (frame.kind === 'read-question' ? frame : []))[0]!
    one.hear(1, { kind: 'read-answer', number: run.number, run: run.run, index: 40 })
    expect(outcomes).toEqual([])
    one.finish()
    expect(outcomes).toEqual([40])
  })
})

describe('the own snapshot at a start', () => {
  function starting() {
    const { snapshot, chunks } = snapshotAt(40)
    const compacted = { index: 40, term: 1 }
    const hardState = { term: 1, vote: 0, commit: 40 }
    const stored = storedState(2, member, { snapshot, compacted, hardState })
    const one = new LoneNode(slowly, stored)
    one.disk.set(40, [...chunks])
    one.node.start(0)
    return one
  }

  test('is taken over in slices, and then this replica takes part', () => {
    const one = starting()
    expect(one.status).toMatchObject({ stage: 'restoring', restore: { index: 40, chunks: 5 } })
    expect(one.finish()).toBeGreaterThanOrEqual(5)
    expect(one.status).toMatchObject({ stage: 'member', log: { appliedIndex: 40 } })
    expect([one.restored, one.machine.digest]).toEqual([[40], snapshotAt(40).digest])
  })

  test('a chunk that cannot be read now is asked for again, one that is damaged ends it', () => {
    const one = starting()
    one.read()
    one.read(new BerthError('unavailable', 'the server is away'))
    expect([one.reads, one.stopped]).toEqual([[], null])
    one.tick(25)
    expect(one.reads).toMatchObject([{ chunk: 1 }])
    one.read(new BerthError('snapshot_damaged'))
    expect(one.stopped).toMatchObject({ code: 'snapshot_damaged' })
  })

  test('it ends in the midst of it when it is told to, or loses its database', () => {
    for (const end of [
      (one: LoneNode) => one.node.close(),
      (one: LoneNode) => one.node.storageLost(new BerthError('database_taken_over'), one.nowMs),
    ]) {
      const one = starting()
      one.read()
      one.read()
      one.work()
      end(one)
      expect(one.status.stage).toBe('stopped')
      one.isAwake = true
      one.finish()
      expect([one.machine.index, one.restored]).toEqual([0, []])
    }
  })

  test('a snapshot that is not whole ends it, and the state stays as it was', () => {
    const one = starting()
    one.disk.get(40)![4] = one.disk.get(40)![3]!.slice(0, 1)
    one.finish()
    expect(one.stopped).toMatchObject({ code: 'internal' })
    expect(one.machine.index).toBe(0)
  })
})

test('what a run of a peer told of its state ends with that run', () => {
  const one = new LoneNode({}, storedState(2, member))
  one.node.start(0)
  one.tick(25)
  one.meet(1)
  one.meet(3)
  const all = Array.from({ length: 64 }, (_, at) => append(at + 1).entries[0]!)
  const digests = { kind: 'digests', points: [{ index: 64, digest: 'damaged' }] } as const
  one.hear(1, digests)
  one.meet(1, 900, 2)
  const message = { ...append(1), entries: all, prevTerm: 0, commit: 64 }
  one.hear(1, { kind: 'raft', message }, 900)
  one.finish()
  expect(one.status.log.appliedIndex).toBe(64)
  expect(one.status.differing.size).toBe(0)
})
