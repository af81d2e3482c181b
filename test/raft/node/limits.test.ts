/**
 * Whatever a node may send under its settings, every other node takes: random settings are refused,
 * or the largest frames that they allow come through the codec as they were and are no longer than
 * a frame may be.
 */
import { expect, test } from 'vitest'
import { BerthError } from '../../../src/errors/berth-error.js'
import { membersMax } from '../../../src/raft/core/limits.js'
import type { Message } from '../../../src/raft/core/message.js'
import { type Frame, parseFrame } from '../../../src/raft/node/frame.js'
import {
  addressUnitsMax,
  contextBytesMax,
  digestPointsMax,
  digestUnitsMax,
  entryDataBytesMax,
  frameBytesMax,
  handshakeBytesMax,
  handshakeTextUnitsMax,
  payloadBytesMax,
  reasonUnitsMax,
  removedMax,
} from '../../../src/raft/node/frame-limits.js'
import { parseHandshake } from '../../../src/raft/node/identity/handshake.js'
import { encodeMembers, Roster } from '../../../src/raft/node/identity/roster.js'
import {
  completeNodeSettings,
  type NodeOptions,
  type NodeSettings,
} from '../../../src/raft/node/node-options.js'
import { frameHeadBytes } from '../../../src/raft/peers/peer-socket.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { bench } from '../support/bench.js'
import { handshakeOf } from './support/handshakes.js'
import { Random } from './support/random.js'

const given = { id: 1, clusterName: 'test', initialVoters: [1, 2, 3] }
const ids = Array.from({ length: membersMax }, (_, at) => Number.MAX_SAFE_INTEGER - 100 + at)
/** As long as a character can be in UTF-8, for each of its units. */
const wide = (units: number) => '\u20ac'.repeat(units)

function settingsOrCode(options: Partial<NodeOptions>): NodeSettings | string {
  try {
    return completeNodeSettings({ ...given, ...options })
  } catch (error) {
    if (error instanceof BerthError) return error.code
    throw error
  }
}

function expectTaken(frame: Frame): void {
  const bytes = encode(frame)
  expect(bytes.length + frameHeadBytes, frame.kind).toBeLessThanOrEqual(frameBytesMax)
  expect(Buffer.compare(encode(parseFrame(decode(bytes))), bytes), frame.kind).toBe(0)
}

/** What a leader with these settings puts into its first append to a peer that has nothing. */
function largestAppend({ raft, proposalBytesMax }: NodeSettings, random: Random): Message {
  const count = random.between(1, 4)
  const sizes = Array.from({ length: count }, () => {
    return random.chance(0.5) ? proposalBytesMax : random.between(0, Math.min(proposalBytesMax, 99))
  })
  const { raft: leader, run } = leading(raft)
  for (const size of sizes) leader.propose(new Uint8Array(size))
  const appends = run().filter(({ kind }) => kind === 'append')
  return appends.reduce((one, other) => (encode(one).length < encode(other).length ? other : one))
}

function leading(raft: NodeSettings['raft']) {
  const { id: _, ...limits } = raft
  const one = bench({ ...limits, uncommittedBytesMax: Number.MAX_SAFE_INTEGER })
  one.leadLevel()
  return { raft: one.raft, run: () => one.run() }
}

test('random settings are refused, or every append under them is one that is taken', () => {
  const random = new Random(3)
  const sizes = [1, 100, 70_000, 1 << 20, entryDataBytesMax, payloadBytesMax, frameBytesMax]
  let taken = 0
  for (let run = 0; run < 24; run += 1) {
    const settings = settingsOrCode({
      proposalBytesMax: random.pick(sizes) + random.between(-1, 1),
      raft: {
        messageBytesMax: random.pick(sizes) + random.between(-1, 1),
        entriesPerMessageMax: random.pick([1, 4096, 65_536, 65_537]),
      },
    })
    if (typeof settings === 'string') {
      expect(settings).toBe('invalid_config')
      continue
    }
    taken += 1
    const message = largestAppend(settings, random)
    if (message.kind !== 'snapshot') expectTaken({ kind: 'raft', message })
  }
  expect(taken).toBeGreaterThan(5)
})

test('an append of the smallest entries counts no less than it takes', () => {
  const { raft, run } = leading({ messageBytesMax: 70_000, entriesPerMessageMax: 65_536 })
  for (let count = 0; count < 5_000; count += 1) raft.propose(Uint8Array.of(1))
  const appends = run().filter((message) => message.kind === 'append')
  expect(appends.length).toBeGreaterThan(2)
  for (const message of appends) {
    expect(encode(message.entries).length).toBeLessThanOrEqual(70_000)
  }
})

test('the largest of all other frames are taken', () => {
  const big = Number.MAX_SAFE_INTEGER
  const bytes = new Uint8Array(payloadBytesMax)
  const half = ids.slice(0, 32)
  const configuration = {
    ...{ voters: half, votersOutgoing: ids.slice(32), learners: [], learnersNext: [] },
    autoLeave: true,
  }
  const envelope = { from: ids[0]!, to: ids[1]!, term: big }
  const snapshot = { index: big, term: big, configuration }
  const message = { kind: 'snapshot', ...envelope, snapshot } as const
  const points = Array.from({ length: digestPointsMax }, (_, at) => {
    return { index: big - at, digest: wide(digestUnitsMax) }
  })
  const counts = { transfer: big, stored: big, missingFrom: big }
  const progress = { kind: 'snapshot-progress', ...counts } as const
  expectTaken({
    kind: 'snapshot-offer',
    transfer: big,
    message,
    chunks: big,
    bytes: big,
    sent: big,
  })
  expectTaken({ kind: 'snapshot-chunk', transfer: big, chunk: big, crc32c: 2 ** 32 - 1, bytes })
  expectTaken({ ...progress, state: 'refused', reason: wide(reasonUnitsMax) })
  expectTaken({ kind: 'digests', points })
})

test('the largest handshake is taken by somebody who knows nobody yet', () => {
  const text = wide(handshakeTextUnitsMax)
  const hello = handshakeOf({
    ...{ clusterName: text, clusterId: text, uuid: text, initialVoters: ids },
    knownPeers: ids.map((id) => ({ id, uuid: text })),
  })
  const bytes = encode(hello)
  // What the transport adds: the name of the cluster, an address, two ids.
  expect(bytes.length + 2 * 3 * 1024 + 100).toBeLessThan(handshakeBytesMax)
  expect(parseHandshake(decode(bytes))).toEqual(hello)
})

test('the largest context of a membership change, and the largest roster, are read back', () => {
  const members = ids.map((id) => ({ id, address: wide(addressUnitsMax), promote: false }))
  const context = encodeMembers(members)
  expect(context.length).toBeLessThanOrEqual(contextBytesMax)
  const removed = Array.from({ length: removedMax - 1 }, (_, at) => ids[0]! - 1 - at)
  const roster = new Roster().alone(1, removed, Number.MAX_SAFE_INTEGER)
  const bytes = roster.encode()
  expect(bytes.length).toBeLessThan(completeNodeSettings(given).snapshotChunkBytesMax)
  expect(Roster.decode(bytes).removedCount).toBe(removed.length)
})

test('settings of a node that nobody could run, or that peers would refuse, are refused', () => {
  const strange = [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, '5' as never, null as never]
  const whole = [
    ...['id', 'electionTicks', 'heartbeatTicks', 'proposalTimeoutTicks', 'readTimeoutTicks'],
    ...['confirmationTimeoutTicks', 'snapshotBytesMax', 'snapshotChunkBytesMax'],
    ...['proposalBytesMax', 'proposalsMax', 'readsMax', 'sliceUnits'],
    'trailingEntries',
  ]
  for (const name of whole) {
    for (const value of strange) {
      expect(settingsOrCode({ [name]: value }), `${name}: ${value}`).toBe('invalid_config')
    }
  }
  const snapshot = { entries: 10, intervalMs: 1000, bytes: 1000 }
  for (const value of [...strange.filter((one) => one !== 0.5), 0]) {
    for (const name of ['entries', 'intervalMs', 'bytes']) {
      const wrong = { snapshot: { ...snapshot, [name]: value } }
      expect(settingsOrCode(wrong), `${name}: ${value}`).toBe('invalid_config')
    }
    expect(settingsOrCode({ tickMs: value }), `tickMs: ${value}`).toBe('invalid_config')
  }
  const wrong: Partial<NodeOptions>[] = [
    { driftPpm: Number.NaN },
    { driftPpm: 100_000 },
    { electionTicks: 5, heartbeatTicks: 2 },
    { clusterName: '' },
    { clusterName: 'x'.repeat(handshakeTextUnitsMax + 1) },
    { initialVoters: [1, 1] },
    { initialVoters: [0, 1] },
    { initialVoters: Array.from({ length: membersMax + 1 }, (_, at) => at + 1) },
    { proposalBytesMax: entryDataBytesMax + 1 },
    { snapshotChunkBytesMax: payloadBytesMax + 1 },
    { snapshotBytesMax: 1000, snapshotChunkBytesMax: 1001 },
    { raft: { entriesPerMessageMax: 65_537 } },
    { raft: { messageBytesMax: payloadBytesMax + 1 } },
    { raft: { readsMax: Number.NaN } },
  ]
  for (const one of wrong) expect(settingsOrCode(one), JSON.stringify(one)).toBe('invalid_config')
  expect(settingsOrCode({ proposalBytesMax: entryDataBytesMax })).toMatchObject(given)
})
