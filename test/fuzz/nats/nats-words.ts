/** What somebody publishes on the subjects of a cluster: near the truth, copied, or nonsense. */
import { headers, type MsgHdrs } from 'nats'
import { decode, encode } from '../../../src/wire/msgpack.js'
import type { Random } from '../../simulation/kernel/random.js'
import { randomBytes, withByteFaults } from '../generator/byte-faults.js'
import { asyncapi } from '../generator/documents.js'
import { withFault } from '../generator/faults.js'
import { hostileMsgpack } from '../generator/msgpack-bytes.js'
import { Values } from '../generator/values.js'
import { text, wholeNumber } from '../generator/words.js'
import { spoiled } from '../peer/spoiled.js'

/** What is known of the cluster. */
export interface NatsFacts {
  readonly cluster: string
  readonly namespace: string
  readonly lineage: string
  readonly term: number
}

/** What the cluster itself said. */
export interface Captured {
  readonly subject: string
  readonly payload: Uint8Array
  readonly head: MsgHdrs
  /** Where it asked for an answer. */
  readonly reply: string | undefined
}

export interface Publication {
  readonly kind: string
  readonly subject: string
  readonly payload: Uint8Array
  readonly reply?: string
  /** As bytes: as no client would write them. */
  readonly head: MsgHdrs | Buffer
}

const orderKinds = ['Lock', 'Update', 'Update', 'Unlock', 'Beacon'] as const
const payloadBytesMax = 1_000_000
const names = ['Operation', 'Generation', 'Term', 'Signature', 'Replica'] as const

export class NatsWords {
  /** A request that is right. */
  static readonly get = encode({ kind: 'get', generation: 0 })
  readonly #facts: NatsFacts
  readonly #values: Values

  constructor(facts: NatsFacts) {
    this.#facts = facts
    this.#values = new Values(asyncapi(), (name, random) => this.#known(name, random))
  }

  any(random: Random, captured: readonly Captured[], inbox: string): Publication {
    const draw = random.next()
    if (draw < 0.25) return this.#order(random)
    if (draw < 0.35) return this.#pulse(random)
    if (draw < 0.5) return this.#request(random, inbox)
    const inboxes = captured.flatMap(({ reply = '' }) => (reply === '' ? [] : [reply]))
    if (draw < 0.6 && inboxes.length > 0) return this.#answer(random, random.pick(inboxes))
    if (draw < 0.9 && captured.length > 0) return this.#replay(random, captured)
    return this.#nonsense(random, inboxes)
  }

  #subject(random: Random, end: 'table' | 'get'): string {
    const { cluster, namespace } = this.#facts
    const strange = [text(random, 1, 20, 60).replace(/[^\w-]/g, '') || 'x', 'fuzzed', 'default']
    const named = random.chance(0.85) ? namespace : random.pick(strange)
    return `berth.${cluster}.${named}.${end}`
  }

  #of(component: string, random: Random): Uint8Array {
    const schema = { $ref: `#/components/schemas/${component}` }
    const right = this.#values.valid(schema, random)
    const draw = random.next()
    if (draw < 0.6) return encode(right).subarray(0, payloadBytesMax)
    const faulty = withFault(right, schema, this.#values.schemas, random)
    const bytes = draw < 0.8 ? encode(faulty) : hostileMsgpack(right, random)
    return bytes.subarray(0, payloadBytesMax)
  }

  #order(random: Random): Publication {
    const payload = this.#of(random.pick(orderKinds), random)
    return { kind: 'order', subject: this.#subject(random, 'table'), payload, head: head(random) }
  }

  #pulse(random: Random): Publication {
    const subject = `berth.${this.#facts.cluster}.pulse`
    return { kind: 'pulse', subject, payload: this.#of('Pulse', random), head: head(random) }
  }

  #request(random: Random, inbox: string): Publication {
    const payload = this.#of('Get', random)
    const reply = random.chance(0.9) ? inbox : `berth.${this.#facts.cluster}.pulse`
    return {
      kind: 'request',
      subject: this.#subject(random, 'get'),
      payload,
      reply,
      head: headers(),
    }
  }

  #answer(random: Random, subject: string): Publication {
    return { kind: 'answer', subject, payload: this.#of('TableAnswer', random), head: head(random) }
  }

  /** What was said once, again, elsewhere, or with something else in it. */
  #replay(random: Random, captured: readonly Captured[]): Publication {
    const one = random.pick(captured)
    const { subject, payload } = random.chance(0.8) ? one : random.pick(captured)
    const other = random.pick(captured)
    switch (random.below(4)) {
      case 0:
        return { kind: 'replay', subject, payload, head: one.head }
      case 1:
        return { kind: 'replay', subject, payload, head: other.head }
      case 2:
        return { kind: 'replay', subject, payload: altered(one.payload, random), head: one.head }
      default: {
        const changed = headers()
        for (const name of one.head.keys()) changed.set(name, one.head.get(name))
        changed.set(random.pick(names), headerText(random))
        return { kind: 'replay', subject: one.subject, payload: one.payload, head: changed }
      }
    }
  }

  #nonsense(random: Random, inboxes: readonly string[]): Publication {
    const { cluster } = this.#facts
    const subjects = [this.#subject(random, 'table'), this.#subject(random, 'get'), ...inboxes]
    const subject = random.pick([...subjects, `berth.${cluster}.pulse`])
    const payload = randomBytes(random, random.pick([0, 30, 3_000, 60_000]))
    const lines = ['NATS/1.0', 'NATS/1.0 503', 'NATS/1.0\r\nA', 'NATS/1.0\r\nSignature: x\r\ny: z']
    const block = random.chance(0.3)
      ? `NATS/1.0\r\n${'a: b\r\n'.repeat(random.between(1, 300))}\r\n`
      : `${random.pick(lines)}\r\n\r\n`
    const raw = Buffer.from(block, 'latin1')
    return { kind: 'nonsense', subject, payload, head: raw }
  }

  #known(name: string, random: Random): unknown {
    const { namespace, lineage, term } = this.#facts
    switch (name) {
      case 'Namespace':
        return namespace
      case 'Lineage':
        return lineage
      case 'Term':
        return Math.max(0, term + random.between(-1, 3))
      case 'Generation':
        return wholeNumber(random, 0, 60)
      default:
        return undefined
    }
  }
}

function altered(payload: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.5)) return withByteFaults(payload, random).subarray(0, payloadBytesMax)
  try {
    return encode(spoiled(decode(payload), random))
  } catch {
    return payload.subarray(1)
  }
}

function headerText(random: Random): string {
  const made = random.pick(['', 'A'.repeat(86), '1', '-1', 'NaN', '9'.repeat(400), 'update'])
  // A line end would be the next header: the client refuses it.
  return random.chance(0.5) ? made : text(random, 0, 60, 180).replace(/[\r\n]/g, ' ')
}

function head(random: Random): MsgHdrs {
  const made = headers()
  for (const name of names) if (random.chance(0.7)) made.set(name, headerText(random))
  return made
}
