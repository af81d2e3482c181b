/** MessagePack, and the messages of asyncapi.yaml in it and in JSON. */
import { decodeFrame, encodeFrame, subprotocols } from '../../../src/api/door/subprotocol.js'
import { TableFrames } from '../../../src/api/door/table-frames.js'
import { encodeAnswer, encodeOrder } from '../../../src/broadcast/order-codec.js'
import { PartCollector } from '../../../src/table/change-parts.js'
import type { Order, TableAnswer, TableChange, Welcome } from '../../../src/wire/messages.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { type Check, createChecks } from '../../../src/wire/validate.js'
import type { Random } from '../../simulation/kernel/random.js'
import { asyncapi } from '../generator/documents.js'
import { withFault } from '../generator/faults.js'
import { hostileMsgpack } from '../generator/msgpack-bytes.js'
import { Values } from '../generator/values.js'
import { text } from '../generator/words.js'
import { type Judge, refused, type Trial } from './trial.js'

const inputsPerCase = 20
const changeBytesMax = 64 * 1024

/** Which check takes which components. */
const components: Readonly<Record<string, readonly string[]>> = {
  hostMessage: ['Hello', 'Heartbeat', 'Leave', 'Bye', 'Fenced', 'Get'],
  replicaMessage: [
    ...['Welcome', 'Waiting', 'Answer', 'Refused', 'Fence', 'Left', 'Leader', 'RegistryChanged'],
    ...['TableAnswer', 'GoElsewhere', 'Failure', 'Lock', 'Update', 'Unlock', 'Beacon'],
  ],
  order: ['Lock', 'Update', 'Unlock', 'Beacon'],
  pulse: ['Pulse'],
  get: ['Get'],
  tableAnswer: ['TableAnswer'],
}

export function wireTrials(): Trial[] {
  const values = new Values(asyncapi())
  const checks = createChecks() as unknown as Readonly<Record<string, Check<unknown>>>
  const messages = Object.entries(components).map(([name, kinds]): Trial => {
    const check = checks[name]!
    return { name, run: (random, judge) => tryMessages(values, check, kinds, random, judge) }
  })
  return [
    { name: 'MessagePack', run: tryMsgpack },
    ...messages,
    { name: 'orders in parts', run: (random, judge) => tryParts(values, random, judge) },
    { name: 'tables in pieces', run: (random, judge) => tryPieces(values, random, judge) },
  ]
}

/** Any plain value. */
export function plainValue(random: Random, depth = 0): unknown {
  const kind = random.below(depth > 5 ? 7 : 9)
  switch (kind) {
    case 0:
      return random.pick([null, true, false])
    case 1:
      return random.pick([
        0,
        1,
        -1,
        31,
        -33,
        127,
        128,
        255,
        256,
        65_535,
        65_536,
        2 ** 31,
        -(2 ** 31),
      ])
    case 2:
      return random.pick([
        2 ** 32 - 1,
        2 ** 32,
        2 ** 53 - 1,
        -(2 ** 53) + 1,
        2 ** 60,
        1e300,
        -1e-300,
      ])
    case 3:
      return (random.next() - 0.5) * 2 ** random.between(-60, 60)
    case 4:
      return random.pick([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5])
    case 5:
      return text(random, 0, random.pick([5, 40, 300]), 2_000)
    case 6:
      return Uint8Array.from({ length: random.pick([0, 1, 31, 256, 3_000]) }, () =>
        random.below(256),
      )
    case 7:
      return Array.from({ length: random.below(depth > 2 ? 4 : 20) }, () =>
        plainValue(random, depth + 1),
      )
    default: {
      const entries = Array.from({ length: random.below(6) }, () => {
        return [`k${text(random, 0, 12, 30)}`, plainValue(random, depth + 1)]
      })
      return Object.fromEntries(entries)
    }
  }
}

function tryMsgpack(random: Random, judge: Judge): number {
  const value = plainValue(random)
  const bytes = encode(value)
  const read = judge.attempt('a plain value', bytes, [], () => decode(bytes))
  if (read !== refused) judge.same('a plain value', bytes, toPlain(value), toPlain(read))
  for (let i = 1; i < inputsPerCase; i += 1) {
    const hostile = hostileMsgpack(value, random, [encode(plainValue(random, 4))])
    const valuesMax = random.pick([1, 20, 1_024, undefined])
    tryBytes(hostile, judge, (input) => decode(input, valuesMax))
  }
  return inputsPerCase
}

/** What is taken is written and read again as the same. */
function tryBytes(hostile: Uint8Array, judge: Judge, read: (bytes: Uint8Array) => unknown): void {
  const before = Uint8Array.from(hostile)
  const value = judge.attempt('decode', hostile, ['invalid_message'], () => read(hostile))
  if (!Buffer.from(before).equals(hostile)) judge.finding('decode changes what it reads')
  if (value === refused) return
  const again = judge.attempt('what was decoded', hostile, [], () => decode(encode(value)))
  judge.same('what was decoded', hostile, value, again)
}

/** Bytes as a Buffer, whatever kind of view they were. */
function toPlain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Buffer.from(value as Uint8Array).toString('hex')
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toPlain(item)]))
}

function tryMessages(
  values: Values,
  check: Check<unknown>,
  kinds: readonly string[],
  random: Random,
  judge: Judge,
): number {
  const schema = { $ref: `#/components/schemas/${random.pick(kinds)}` }
  const subprotocol = random.pick(subprotocols)
  const value = values.valid(schema, random)
  const frame = encodeFrame(subprotocol, value)
  const taken = judge.attempt('a message', value, [], () => check(decodeFrame(subprotocol, frame)))
  if (taken !== refused) judge.same('a message', value, value, taken)
  for (let i = 1; i < inputsPerCase; i += 1) {
    const faulty = random.chance(0.7) ? withFault(value, schema, values.schemas, random) : value
    const codes = ['invalid_message'] as const
    if (random.chance(0.5)) {
      const data = Buffer.from(hostileMsgpack(faulty, random))
      const binary = random.chance(0.95)
      judge.attempt('a frame', data, codes, () => {
        check(decodeFrame('berth.v1+msgpack', { data, binary }))
      })
    } else {
      judge.attempt('a value', faulty, codes, () => check(faulty))
    }
  }
  return inputsPerCase
}

function tryParts(values: Values, random: Random, judge: Judge): number {
  const kind = random.pick(['Update', 'TableAnswer'])
  const message = values.valid({ $ref: `#/components/schemas/${kind}` }, random) as {
    readonly change: TableChange
  }
  const bytesMax = random.pick([1_024, 4_096, changeBytesMax, 1_048_576]) + 1_024
  const parts = judge.attempt('parts', message, ['too_large'], () => {
    return kind === 'Update'
      ? encodeOrder(message as Order, bytesMax)
      : encodeAnswer(message as TableAnswer, bytesMax)
  })
  if (parts === refused) return 1
  const collector = new PartCollector(message.change, parts.length)
  let whole: TableChange | null = null
  for (const bytes of random.shuffled(parts)) {
    if (bytes.length > bytesMax) judge.finding(`a part of ${bytes.length} bytes for ${bytesMax}`)
    const { part, parts: of, change } = decode(bytes) as TableAnswer
    const outcome = collector.add(part, of, change)
    if (outcome.kind === 'complete') whole = outcome.change
    const again = collector.add(part, of, change)
    if (again.kind !== 'duplicate') judge.finding(`a part that comes again is ${again.kind}`)
  }
  const { typeSets = [], removes = [], ...rest } = message.change
  judge.same(
    'the parts',
    message,
    { ...rest, typeSets, removes },
    {
      ...whole,
      ...{ typeSets: whole?.typeSets ?? [], removes: whole?.removes ?? [] },
    },
  )
  return parts.length
}

function tryPieces(values: Values, random: Random, judge: Judge): number {
  const kind = random.pick(['Welcome', 'TableAnswer'])
  const message = values.valid({ $ref: `#/components/schemas/${kind}` }, random) as Welcome
  const subprotocol = random.pick(subprotocols)
  const pieces = new TableFrames().pieces(subprotocol, message)
  const frame = { data: Buffer.concat(pieces), binary: subprotocol === 'berth.v1+msgpack' }
  const read = judge.attempt('pieces', message, [], () => decodeFrame(subprotocol, frame))
  judge.same('pieces', message, message, read)
  return 1
}
