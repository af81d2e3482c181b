/** What a NATS server says, as it is looked over before the client of the package sees it. */
import { parseServer, toldServers } from '../../../src/nats/server-address.js'
import { ServerStream } from '../../../src/nats/server-stream.js'
import type { Random } from '../../simulation/kernel/random.js'
import { withByteFaults } from '../generator/byte-faults.js'
import { serverWords } from '../nats-server/server-words.js'
import { spoiled } from '../peer/spoiled.js'
import { type Judge, refused, type Trial } from './trial.js'

const inputsPerCase = 12

export function natsTrials(): Trial[] {
  return [
    { name: 'a NATS server', run: tryStream },
    { name: 'servers of a cluster', run: tryAddresses },
  ]
}

function tryStream(random: Random, judge: Judge): number {
  for (let i = 0; i < inputsPerCase; i += 1) {
    const said = Buffer.concat([serverWords.info(random), ...serverWords.some(random)])
    const bytes = random.chance(0.5) ? said : withByteFaults(said, random)
    const once = read(judge, bytes, [bytes])
    const pieces = read(judge, bytes, inPieces(bytes, random))
    judge.same('it in pieces', bytes, once, pieces)
    if (once.passed.length > bytes.length * 2)
      judge.finding(`it gets longer: ${bytes.length} bytes`)
  }
  return inputsPerCase
}

function read(judge: Judge, input: Buffer, pieces: readonly Uint8Array[]) {
  const stream = new ServerStream()
  const passed: Uint8Array[] = []
  let isRefused = false
  for (const piece of pieces) {
    // It keeps nothing of what it was given but copies.
    const own = Uint8Array.from(piece)
    const out = judge.attempt('take', input, ['invalid_message'], () => stream.take(own))
    if (out === refused) {
      isRefused = true
      break
    }
    passed.push(...out.map((bytes) => bytes.slice()))
  }
  const text = isRefused ? '' : Buffer.concat(passed).toString('latin1')
  return { isRefused, passed: text, leftOut: isRefused ? 0 : stream.leftOut }
}

function inPieces(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = []
  const most = random.pick([1, 3, 40, 5_000])
  for (let at = 0; at < bytes.length; ) {
    const end = at + random.between(1, bytes.length > 20_000 ? 20_000 : most)
    pieces.push(bytes.subarray(at, end))
    at = end
  }
  return pieces
}

function tryAddresses(random: Random, judge: Judge): number {
  const by = parseServer('nats://me:secret@127.0.0.1:4222')
  const told = ['a:1', 'b:2', '[::1]:4222', 'nats://u:p@c:3', 'tls://d', '']
  for (let i = 0; i < inputsPerCase; i += 1) {
    const hostile = spoiled({ told }, random) as { told?: unknown }
    const servers = judge.attempt('toldServers', hostile, [], () => toldServers(hostile.told, by))
    if (servers === refused) continue
    for (const { url, login } of servers) {
      judge.same('the login', hostile, by.login, login)
      judge.same('a login in its URL', hostile, '', new URL(url).username)
    }
  }
  return inputsPerCase
}
