/** Lines of the protocol of NATS servers: right ones, and such as no server says. */
import type { Random } from '../../simulation/kernel/random.js'
import { infoLine } from '../../support/hostile-nats.js'
import { randomBytes } from '../generator/byte-faults.js'
import { text, wholeNumber } from '../generator/words.js'
import { spoiled } from '../peer/spoiled.js'

/** Where a message goes: the subject, and the number of the subscription to it. */
export interface Subscribed {
  readonly subject: string
  readonly sid: string
}

const nowhere: Subscribed = { subject: 'berth.test.default.table', sid: '1' }
const signature = 'A'.repeat(86)

/** Headers as a client of NATS writes them, or nearly. */
function headers(random: Random): Buffer {
  const value = () => random.pick([signature, 'update', '1', text(random, 0, 30, 90)])
  const names = ['Signature', 'Operation', 'Term', 'Replica', 'Generation']
  const fields = Array.from({ length: random.below(6) }, () => `${random.pick(names)}: ${value()}`)
  const first = random.pick(['NATS/1.0', 'NATS/1.0', 'NATS/1.0 503', 'NATS/1.0 100 Idle', 'NATS/9'])
  const whole = Buffer.from(`${[first, ...fields].join('\r\n')}\r\n\r\n`)
  return random.chance(0.2) ? whole.subarray(0, random.below(whole.length)) : whole
}

/** A number that may be another than it should. */
function claimed(random: Random, right: number): string {
  if (random.chance(0.85)) return String(right)
  const wrong = [right + 1, right - 1, 0, 67_108_865, 8_388_609, 2 ** 31, 10 ** 9]
  if (random.chance(0.3)) return text(random, 0, 12, 30)
  return String(random.pick([...wrong, wholeNumber(random, 0, Number.MAX_SAFE_INTEGER)]))
}

function message(random: Random, to: Subscribed, payload: Uint8Array): Buffer {
  const subject = random.chance(0.95) ? to.subject : text(random, 0, 30, 90)
  const sid = random.chance(0.95) ? to.sid : claimed(random, Number(to.sid))
  const reply = random.chance(0.2) ? ` ${text(random, 1, 12, 30)}` : ''
  const end = random.pick(['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', ''])
  if (random.chance(0.4)) {
    const head = Buffer.from(`MSG ${subject} ${sid}${reply} ${claimed(random, payload.length)}\r\n`)
    return Buffer.concat([head, payload, Buffer.from(end)])
  }
  const block = headers(random)
  const sizes = `${claimed(random, block.length)} ${claimed(random, block.length + payload.length)}`
  const head = Buffer.from(`HMSG ${subject} ${sid}${reply} ${sizes}\r\n`)
  return Buffer.concat([head, block, payload, Buffer.from(end)])
}

function line(random: Random): Buffer {
  const known = ['PING', 'PONG', '+OK', "-ERR 'Stale Connection'", "-ERR 'Slow Consumer'", 'PING x']
  const strange = [
    'MSG',
    'HMSG a 1',
    'SUB a 1',
    'ping',
    'INFO',
    '',
    ' ',
    'MSG a 1 -1',
    'MSG a b c d e',
  ]
  const word = random.pick([...known, ...known, ...strange, text(random, 0, 40, 120)])
  return Buffer.from(`${word}${random.pick(['\r\n', '\r\n', '\r\n', '\n', ''])}`)
}

/** What the server says of itself, as its first line or later. */
function info(random: Random, more: object = {}): Buffer {
  if (random.chance(0.5)) return Buffer.from(infoLine(more))
  const facts = {
    ...{ server_id: 'S', version: '2.10.0', proto: 1, host: '127.0.0.1', port: 4222, go: 'go1' },
    ...{ headers: true, max_payload: 1_048_576, client_id: 1, ldm: false, tls_required: false },
    ...{ auth_required: false, jetstream: true, nonce: 'x', ...more },
  }
  const said = spoiled(facts, random)
  const isMap = typeof said === 'object' && said !== null && !Array.isArray(said)
  const whole = isMap ? { ...said, connect_urls: told(random) } : said
  return Buffer.from(`INFO ${JSON.stringify(whole)}\r\n`)
}

/** Other servers: none of these names has to be looked up, which nothing can be held to a time. */
function told(random: Random): unknown {
  const odd = [
    '127.0.0.1:4',
    '127.0.0.1:99999',
    '[::1]:3',
    'nats://u:p@127.0.0.1:5',
    '',
    ' ',
    7,
    null,
  ]
  const list = Array.from({ length: random.pick([0, 1, 4, 900]) }, () => random.pick(odd))
  return random.chance(0.9) ? list : random.pick([null, 'x', 1, {}, [[]], { length: 9 }])
}

/** A few words in a row. */
function some(
  random: Random,
  to: readonly Subscribed[] = [nowhere],
  payloads: readonly Uint8Array[] = [],
): Buffer[] {
  return Array.from({ length: random.between(1, 8) }, () => {
    const draw = random.next()
    if (draw < 0.6) {
      const any = randomBytes(random, random.pick([0, 30, 2_000]))
      const payload = payloads.length > 0 && random.chance(0.6) ? random.pick(payloads) : any
      return message(random, to.length > 0 ? random.pick(to) : nowhere, payload)
    }
    return draw < 0.7 ? info(random) : line(random)
  })
}

/** What a server may well say, if not what is in it. */
function right(random: Random, to: readonly Subscribed[], payloads: readonly Uint8Array[]): Buffer {
  if (random.chance(0.1)) return Buffer.from('PING\r\n')
  const { subject, sid } = to.length > 0 ? random.pick(to) : nowhere
  const payload = payloads.length > 0 ? random.pick(payloads) : randomBytes(random, 60)
  const end = Buffer.from('\r\n')
  if (random.chance(0.5)) {
    const head = Buffer.from(`MSG ${subject} ${sid} ${payload.length}\r\n`)
    return Buffer.concat([head, payload, end])
  }
  const block = Buffer.from(`NATS/1.0\r\nSignature: ${signature}\r\nReplica: 1\r\n\r\n`)
  const bytes = block.length + payload.length
  const head = Buffer.from(`HMSG ${subject} ${sid} ${block.length} ${bytes}\r\n`)
  return Buffer.concat([head, block, payload, end])
}

/** It goes on and on. */
function endless(random: Random, bytes: number): Buffer {
  const begin = random.pick([
    'MSG ',
    'INFO {"version":"',
    "-ERR '",
    'PING ',
    'MSG t 1 999999999\r\n',
    '',
  ])
  const filler = random.pick(['x', 'PING\r\n', '\r\n', ' ', '\u0000'])
  return Buffer.concat([Buffer.from(begin), Buffer.alloc(bytes, filler)])
}

export const serverWords = { info, line, message, some, right, endless }
