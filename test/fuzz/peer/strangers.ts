/**
 * Whoever knocks at the peer port and is none of the cluster: what he says, and what he may hear.
 * He is never let in, hears nothing but a refusal, a ping, or where HTTP is spoken, and is shown
 * the door in time.
 */

import {
  decodeRefusal,
  encodeHello,
  type PeerHello,
} from '../../../src/raft/node/identity/handshake.js'
import { refusalCodes } from '../../../src/raft/node/identity/peer-judgement.js'
import {
  encodeFrameHead,
  encodePreamble,
  type WireFrame,
} from '../../../src/raft/peers/peer-socket.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { handshakeOf } from '../../raft/node/support/handshakes.js'
import type { Random } from '../../simulation/kernel/random.js'
import type { FuzzCase } from '../door.js'
import { randomBytes, withByteFaults } from '../generator/byte-faults.js'
import { hostileMsgpack } from '../generator/msgpack-bytes.js'
import { text, wholeNumber } from '../generator/words.js'
import { PeerConnection } from './peer-connection.js'
import { nodeFrame, type PeerFacts, raftMessage } from './raft-words.js'
import { spoiled } from './spoiled.js'

/** What he may know, or guess. */
export interface Target {
  readonly port: number
  readonly id: number
  readonly cluster: string
}

/** What a replica may say to him: without TLS nobody has a certificate. */
const refusals: ReadonlySet<string> = new Set(
  refusalCodes.filter((code) => code !== 'wrong_certificate'),
)
const foreign: readonly Buffer[] = [
  ...[
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    'HEAD /v1/cluster HTTP/1.1\r\n\r\n',
    'PRI * HTTP/2.0\r\n',
  ],
  ...['POST', 'SSH-2.0-x\r\n', 'CONNECT {}\r\nPING\r\n', '\r\n\r\n', 'INFO {}\r\n'],
].map((words) => Buffer.from(words))
const tlsHello = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03])
const shownMax = 120

interface Knock {
  readonly pieces: readonly Buffer[]
  /** How he goes: he waits, says that he is done, or is gone. */
  readonly goes: 'waits' | 'ends' | 'vanishes'
}

export async function knock(fuzzCase: FuzzCase, target: Target): Promise<void> {
  const { random } = fuzzCase
  const { pieces, goes } = knockOf(random, target)
  const shown = Buffer.concat(pieces).subarray(0, shownMax).toString('hex')
  const frames: WireFrame[] = []
  const connection = PeerConnection.to(target.port, (frame) => void frames.push(frame))
  for (const piece of pieces) {
    connection.write(piece)
    if (pieces.length < 10) await new Promise((resolve) => setImmediate(resolve))
  }
  if (goes === 'vanishes') {
    await connection.until(() => !connection.socket.connecting, 1_000)
    connection.socket.resetAndDestroy()
    fuzzCase.answer('vanished')
    return
  }
  if (goes === 'ends') connection.socket.end()
  if (!(await connection.end())) fuzzCase.suspicion(`a stranger is not shown the door: ${shown}`)
  const heard = heardOf(connection, frames)
  fuzzCase.answer(heard.kind)
  if (heard.wrong) fuzzCase.finding(`a stranger hears ${heard.kind}, for ${shown}`)
}

function heardOf(connection: PeerConnection, frames: readonly WireFrame[]) {
  const { raw, strange } = connection
  if (raw.length === 0) return { kind: 'nothing', wrong: false }
  if (strange !== null) {
    const isHttp = /^HTTP\/1\.1 400 Bad Request\r\n/.test(raw.toString('latin1'))
    return {
      kind: isHttp ? 'HTTP 400' : `bytes ${raw.subarray(0, 60).toString('hex')}`,
      wrong: !isHttp,
    }
  }
  const kinds = new Set<string>()
  let wrong = false
  for (const { type, body } of frames) {
    if (type === 'refuse') {
      const code = codeOf(body)
      kinds.add(`refuse ${code}`)
      wrong ||= !refusals.has(code)
    } else {
      kinds.add(type)
      wrong ||= type !== 'ping' && type !== 'pong'
    }
  }
  return { kind: kinds.size === 0 ? 'preamble' : [...kinds].sort().join(', '), wrong }
}

function codeOf(body: Uint8Array): string {
  try {
    return decodeRefusal(body).code
  } catch (error) {
    return `that cannot be read: ${String(error)}`
  }
}

function knockOf(random: Random, target: Target): Knock {
  const draw = random.next()
  const goes = draw < 0.9 ? 'ends' : draw < 0.97 ? 'vanishes' : 'waits'
  const said = wordsOf(random, target)
  const pieces = random.chance(0.7) ? [said] : inPieces(said, random)
  return { pieces, goes }
}

function inPieces(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = []
  const most = bytes.length < 200 ? random.pick([1, 7]) : Math.ceil(bytes.length / 9)
  for (let at = 0; at < bytes.length; ) {
    const end = at + random.between(1, most)
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}

function wordsOf(random: Random, target: Target): Buffer {
  const draw = random.next()
  if (draw < 0.06) return random.pick([...foreign, tlsHello, randomBytes(random, 400)])
  if (draw < 0.12) {
    const version = () => wholeNumber(random, 0, 255)
    const versions = { oldest: version(), newest: version() }
    return Buffer.concat([encodePreamble(versions), random.pick(foreign)])
  }
  if (draw < 0.2) return withByteFaults(hello(random, target), random)
  if (draw < 0.3) return Buffer.concat([encodePreamble(), anyFrame(random, target)])
  // What comes behind a hello that is refused is not looked at.
  if (draw < 0.4) return Buffer.concat([hello(random, target), anyFrame(random, target)])
  return hello(random, target)
}

function framed(type: WireFrame['type'], body: Uint8Array): Buffer {
  return Buffer.concat([encodeFrameHead(type, body.length), body])
}

function anyFrame(random: Random, { id }: Target): Buffer {
  const type = random.pick(['hello', 'accept', 'refuse', 'ping', 'pong', 'message'] as const)
  const facts: PeerFacts = {
    ...{ from: 3, to: id, members: [1, 2, 3], term: 1, index: 9, run: 1, digest: 'D'.repeat(43) },
  }
  const said = random.chance(0.5)
    ? { kind: 'raft', message: raftMessage(random, facts) }
    : nodeFrame(random, facts)
  const body = random.chance(0.6) ? encode(said) : hostileMsgpack(said, random)
  const whole = framed(type, body)
  if (random.chance(0.2)) {
    // Claims more than there is, or far too much.
    whole.writeUInt32BE(random.pick([0, 1, 65_536, 65_537, 1 << 24, 2 ** 32 - 1]), 0)
  }
  return random.chance(0.1) ? whole.subarray(0, random.below(whole.length)) : whole
}

function hello(random: Random, target: Target): Buffer {
  const right = encodeHello(helloOf(random, target))
  const draw = random.next()
  const fields = decode(right) as object
  const body =
    draw < 0.5
      ? right
      : draw < 0.8
        ? encode(spoiled(fields, random))
        : hostileMsgpack(fields, random)
  return Buffer.concat([encodePreamble(), framed('hello', body)])
}

/** All that he cannot know is made up: the id of the cluster, and the databases of its members. */
function helloOf(random: Random, { id: to, cluster: name }: Target): PeerHello {
  const cluster = random.chance(0.85) ? name : text(random, 0, 30, 90)
  const replicaId = random.pick([1, 2, 3, 9, wholeNumber(random, 1, Number.MAX_SAFE_INTEGER)])
  const count = () => wholeNumber(random, 0, random.chance(0.6) ? 9 : Number.MAX_SAFE_INTEGER)
  const clusterId = random.chance(0.5) ? null : text(random, 1, 60, 128)
  const shown = handshakeOf({
    ...{
      clusterName: cluster,
      replicaId,
    },
    ...{ clusterId, uuid: text(random, 1, 60, 128), run: count(), incarnation: count() },
    started: { term: count(), lastIndex: count() },
    durable: { term: count(), lastIndex: count() },
    isEmpty: random.chance(0.5),
    initialVoters: random.pick([null, [1, 2, 3], [9]]),
  })
  const advertised = random.pick(['127.0.0.1:1', '', 'x:99999', text(random, 0, 60, 180)])
  const meant = random.chance(0.9) ? to : count()
  return { to: meant, advertised, shown }
}
