/** What comes by the peer port: frames, handshakes, what nodes say, and what replicas say. */

import { parseFrame } from '../../../src/raft/node/frame.js'
import { frameBytesMax } from '../../../src/raft/node/frame-limits.js'
import {
  decodeHello,
  decodeRefusal,
  encodeHello,
  encodeRefusal,
  glimpseOf,
  type Handshake,
  parseHandshake,
} from '../../../src/raft/node/identity/handshake.js'
import {
  encodeFrameHead,
  encodePreamble,
  FrameError,
  FrameReader,
  type WireFrame,
} from '../../../src/raft/peers/peer-socket.js'
import { createFrameCheck } from '../../../src/replica/machine/frames.js'
import type { VersionRange } from '../../../src/versions/versions.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { handshakeOf } from '../../raft/node/support/handshakes.js'
import type { Random } from '../../simulation/kernel/random.js'
import { randomBytes, withByteFaults } from '../generator/byte-faults.js'
import { asyncapi } from '../generator/documents.js'
import { hostileMsgpack } from '../generator/msgpack-bytes.js'
import { text, wholeNumber } from '../generator/words.js'
import { nodeFrame, type PeerFacts, raftMessage } from '../peer/raft-words.js'
import { ReplicaWords } from '../peer/replica-words.js'
import { spoiled } from '../peer/spoiled.js'
import { type Judge, refused, type Trial } from './trial.js'

const inputsPerCase = 20
const refusal = ['invalid_message'] as const
const members = [1, 2, 3]

export function peerTrials(): Trial[] {
  const check = createFrameCheck()
  const names = { namespaces: ['default'], hosts: ['a:1', 'b:1'], sessions: ['1-1', '2-1'] }
  const words = new ReplicaWords(asyncapi(), names)
  return [
    { name: 'frames', run: tryFrames },
    { name: 'handshakes', run: tryHandshakes },
    { name: 'node frames', run: tryNodeFrames },
    {
      name: 'replica frames',
      run: (random, judge) => tryReplicaFrames(words, check, random, judge),
    },
  ]
}

function someFacts(random: Random): PeerFacts {
  const [term, index, run] = [random.between(1, 9), random.between(0, 99), random.below(2 ** 40)]
  return { from: 3, to: 1, members, term, index, run, digest: 'D'.repeat(43) }
}

/** All frames in these pieces; null where they are none. */
function read(pieces: readonly Buffer[], bytesMax: number): readonly WireFrame[] | null {
  const reader = new FrameReader()
  const frames: WireFrame[] = []
  let versions: VersionRange | null = null
  try {
    for (const piece of pieces) {
      reader.push(piece)
      versions ??= reader.readPreamble()
      for (let frame = next(); frame !== null; frame = next()) frames.push(frame)
    }
    return frames
  } catch (error) {
    if (error instanceof FrameError) return null
    throw error
  }
  function next(): WireFrame | null {
    return versions === null ? null : reader.readFrame(bytesMax)
  }
}

function tryFrames(random: Random, judge: Judge): number {
  const types = ['hello', 'accept', 'refuse', 'ping', 'pong', 'message'] as const
  for (let i = 0; i < inputsPerCase; i += 1) {
    const frames = Array.from({ length: random.below(5) }, () => {
      const body = randomBytes(random, random.pick([0, 5, 400, 9_000]))
      return { type: random.pick(types), body: new Uint8Array(body) }
    })
    const written = Buffer.concat([
      encodePreamble(),
      ...frames.flatMap(({ type, body }) => [encodeFrameHead(type, body.length), body]),
    ])
    const isRight = random.chance(0.3)
    const bytes = isRight ? written : withByteFaults(written, random)
    const bytesMax = isRight ? frameBytesMax : random.pick([64, 4_096, frameBytesMax])
    const whole = judge.attempt('frames', bytes, [], () => read([bytes], bytesMax))
    if (isRight) judge.same('frames', bytes, frames, whole)
    const pieces = judge.attempt('frames in pieces', bytes, [], () => {
      return read(inPieces(bytes, random), bytesMax)
    })
    judge.same('frames in pieces', bytes, whole, pieces)
  }
  return inputsPerCase
}

function inPieces(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = []
  const most = random.pick([1, 3, 900, 5_000])
  for (let at = 0; at < bytes.length; ) {
    const end = at + random.between(1, most)
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}

export function someHandshake(random: Random): Handshake {
  const count = () => wholeNumber(random, 0, random.chance(0.7) ? 9 : Number.MAX_SAFE_INTEGER)
  const position = () => ({ term: count(), lastIndex: count() })
  return handshakeOf({
    ...{ replicaId: Math.max(1, count()), run: count(), incarnation: count() },
    ...{ started: position(), durable: position(), isEmpty: random.chance(0.3) },
    uuid: text(random, 1, 60, 128),
    clusterId: random.chance(0.3) ? null : random.pick(['cluster-a', text(random, 1, 60, 128)]),
    initialVoters: random.chance(0.3) ? null : members,
    knownPeers: members.map((id) => ({ id, uuid: `uuid-${id}` })),
  })
}

function tryHandshakes(random: Random, judge: Judge): number {
  const shown = someHandshake(random)
  const hello = { to: 1, advertised: text(random, 0, 40, 120), shown }
  const bytes = encodeHello(hello)
  judge.same(
    'a hello',
    hello,
    hello,
    judge.attempt('a hello', hello, [], () => decodeHello(bytes)),
  )
  const no = { code: 'removed', detail: text(random, 0, 60, 180) }
  const by = random.chance(0.5) ? hello : { ...hello, shown: glimpseOf(shown) }
  const refusalBytes = encodeRefusal(no, random.chance(0.7) ? by : null)
  judge.attempt('a refusal', no, [], () => decodeRefusal(refusalBytes))
  const said = decode(bytes) as object
  for (let i = 1; i < inputsPerCase; i += 1) {
    const more = [refusalBytes, bytes]
    const faulty = { ...said, identity: spoiled(shown, random) }
    const hostile = random.chance(0.5)
      ? encode(random.chance(0.5) ? faulty : spoiled({ ...no, by: said }, random))
      : hostileMsgpack(random.chance(0.5) ? said : { ...no, by: said }, random, more)
    judge.attempt('decodeRefusal', hostile, refusal, () => decodeRefusal(hostile))
    judge.attempt('decodeHello', hostile, refusal, () => {
      const { shown: theirs } = decodeHello(hostile)
      judge.same('a handshake', hostile, theirs, parseHandshake(theirs))
    })
  }
  return inputsPerCase
}

function tryNodeFrames(random: Random, judge: Judge): number {
  for (let i = 0; i < inputsPerCase; i += 1) {
    const facts = someFacts(random)
    const frame = random.chance(0.6)
      ? { kind: 'raft', message: raftMessage(random, facts) }
      : nodeFrame(random, facts)
    const hostile = hostileBytes(frame, random)
    const parsed = judge.attempt('parseFrame', hostile, refusal, () => parseFrame(decode(hostile)))
    if (parsed === refused) continue
    const again = judge.attempt('a frame that was read', hostile, [], () => {
      return parseFrame(decode(encode(parsed)))
    })
    judge.same('a frame that was read', hostile, parsed, again)
  }
  return inputsPerCase
}

function hostileBytes(frame: object, random: Random): Uint8Array {
  const draw = random.next()
  if (draw < 0.3) return encode(frame)
  return draw < 0.7 ? encode(spoiled(frame, random)) : hostileMsgpack(frame, random)
}

function tryReplicaFrames(
  words: ReplicaWords,
  check: ReturnType<typeof createFrameCheck>,
  random: Random,
  judge: Judge,
): number {
  for (let i = 0; i < inputsPerCase; i += 1) {
    const right = words.frame(random, someFacts(random))
    const isRight = random.chance(0.3)
    const hostile = isRight ? encode(right) : hostileBytes(right, random)
    const codes = isRight ? [] : refusal
    judge.attempt('a replica frame', hostile, codes, () => {
      const message = decode(hostile)
      // As the link to the peers tells them apart.
      const { kind } = (message ?? {}) as { readonly kind?: unknown }
      const checked = check({ ...(message as object), kind })
      const isUnreadable = checked.kind === 'request' && checked.request.kind === 'unreadable'
      if (isRight && isUnreadable) judge.finding(`it cannot be read: ${JSON.stringify(checked)}`)
    })
  }
  return inputsPerCase
}
