/** What replicas tell one another about hosts and requests of operators. */

import type { Random } from '../../simulation/kernel/random.js'
import { hashOf } from '../../support/secrets.js'
import type { Tree } from '../generator/schema.js'
import { Values } from '../generator/values.js'
import { text, wholeNumber } from '../generator/words.js'
import type { PeerFacts } from './raft-words.js'

/** Names that mean something in the cluster. */
export interface KnownNames {
  readonly namespaces: readonly string[]
  readonly hosts: readonly string[]
  readonly sessions: readonly string[]
}

export const replicaKinds = ['relay-up', 'relay-down', 'request', 'response', 'status'] as const
const most = Number.MAX_SAFE_INTEGER

export class ReplicaWords {
  readonly #values: Values
  readonly #names: KnownNames

  constructor(asyncapi: Tree, names: KnownNames) {
    this.#names = names
    this.#values = new Values(asyncapi, (name, random) => this.#known(name, random))
  }

  frame(random: Random, facts: PeerFacts, kind: string = random.pick(replicaKinds)): object {
    const term = random.chance(0.8) ? facts.term : wholeNumber(random, 0, most)
    const number = wholeNumber(random, 0, random.chance(0.7) ? 20 : most)
    const run = random.chance(0.7) ? facts.run : wholeNumber(random, 0, most)
    const messages = (make: () => object) => {
      return { kind, term, messages: Array.from({ length: random.below(5) }, make) }
    }
    switch (kind) {
      case 'relay-up':
        return messages(() => this.#upstream(random))
      case 'relay-down':
        return messages(() => this.#downstream(random))
      case 'request': {
        const key = random.chance(0.7) ? '' : text(random, 1, 40, 120)
        return { kind, number, run, request: this.#request(random, facts), key }
      }
      case 'response': {
        const failure = { code: random.pick(['timeout', 'toString', 'internal', 'x']), detail: 'd' }
        return { kind, number, run, error: random.chance(0.5) ? null : failure, result: { a: 1 } }
      }
      default:
        return { kind, status: this.#status(random, facts) }
    }
  }

  #known(name: string, random: Random): unknown {
    if (name === 'Namespace') return random.pick(this.#names.namespaces)
    if (/^Host(Name|Address)$/.test(name)) return random.pick(this.#names.hosts)
    return undefined
  }

  #of(component: string, random: Random): unknown {
    return this.#values.valid({ $ref: `#/components/schemas/${component}` }, random)
  }

  #who(random: Random) {
    return {
      namespace: random.pick(this.#names.namespaces),
      name: random.pick(this.#names.hosts),
      epoch: wholeNumber(random, 0, random.chance(0.6) ? 60 : most),
    }
  }

  #session(random: Random): string {
    return random.chance(0.6) ? random.pick(this.#names.sessions) : text(random, 1, 64, 180)
  }

  #upstream(random: Random): object {
    const session = this.#session(random)
    const secretHash = hashOf(random.pick(['a', 'b']))
    const lineage = this.#of('Lineage', random)
    switch (random.below(5)) {
      case 0: {
        const { secret: _, ...said } = this.#of('Hello', random) as { secret?: string }
        const { namespace, name } = this.#who(random)
        const hello = 'name' in said ? { ...said, namespace, name } : { ...said, namespace }
        return { kind: 'hello', session, hello, secretHash }
      }
      case 1: {
        const heartbeat = this.#of('Heartbeat', random) as object
        const { namespace, name } = this.#who(random)
        return {
          ...heartbeat,
          session,
          namespace,
          name: random.chance(0.2) ? null : name,
          secretHash,
          hellos: wholeNumber(random, 0, random.chance(0.8) ? 3 : most),
        }
      }
      case 2: {
        const kind = random.pick(['leave', 'bye', 'fenced'])
        return { kind, session, lineage, secretHash, ...this.#who(random) }
      }
      case 3: {
        const { types, number } = this.#of('Types', random) as { types: object; number: number }
        return { kind: 'types', session, lineage, secretHash, ...this.#who(random), types, number }
      }
      default:
        return { kind: 'closed', session }
    }
  }

  #downstream(random: Random): object {
    const session = this.#session(random)
    const count = () => wholeNumber(random, 0, random.chance(0.6) ? 60 : most)
    const to = random.chance(0.3) ? null : count()
    const digest = this.#of('Digest', random)
    const code = text(random, 0, 20, 60)
    switch (random.below(12)) {
      case 10: {
        const [epoch, number] = [count(), count()]
        return { kind: 'types_taken', session, epoch, number, generation: count() }
      }
      case 11: {
        const said = { kind: 'types_waiting', session, epoch: count(), number: count() }
        return { ...said, code, detail: 'd', retryAfterMs: count() }
      }
      case 9:
        return { kind: 'say_hello', session, hellos: count() }
      case 0:
        return { kind: 'admitted', session, epoch: count(), index: count(), roundTo: to }
      case 1:
        return { kind: 'waiting', session, code, detail: 'd', retryAfterMs: count() }
      case 2:
        return { kind: 'answer', session, number: count(), disseminated: count(), digest }
      case 3: {
        const disseminated = count()
        return { kind: 'refused', session, number: count(), code, disseminated, digest }
      }
      case 4:
        return { kind: 'fence', session, epoch: count(), code }
      case 5:
        return { kind: 'left', session, epoch: count() }
      case 6:
        return { kind: 'superseded', session }
      case 7: {
        const order = this.#of(random.pick(['Lock', 'Update', 'Unlock', 'Beacon']), random)
        return { kind: 'orders', sessions: [session], order }
      }
      default:
        return { kind: 'round', namespace: this.#of('Namespace', random), to }
    }
  }

  /** Nothing that a good cluster would not survive: who may ask may also break it. */
  #request(random: Random, { from }: PeerFacts): object {
    const { namespace, name } = this.#who(random)
    switch (random.below(8)) {
      case 0:
        return { kind: 'rounds', namespace }
      case 7:
        return { kind: 'lift', namespace: random.pick([namespace, 'nowhere']), name }
      case 1:
        return { kind: 'cordon', namespace: 'nowhere', name, cordoned: random.chance(0.5) }
      case 2:
        return { kind: 'drop', namespace: 'nowhere' }
      case 3:
        return { kind: 'evict', namespace: 'nowhere', name, refuseMs: wholeNumber(random, 0, most) }
      case 4:
        return { kind: 'settings', settings: { factor: random.pick([-1, 0, 1e9, 0.5, 'x']) } }
      case 5:
        return { kind: 'register', replica: from, peer: 'nowhere:1', api: '', key: '' }
      default:
        return { kind: 'promote-replica', id: wholeNumber(random, 40, most) }
    }
  }

  #status(random: Random, { term, index, digest }: PeerFacts): object {
    return {
      role: random.pick(['follower', 'leader', 'x']),
      ...{ term, commit: index, applied: random.chance(0.5) ? index : 0, digest },
      stopped: random.chance(0.9) ? null : text(random, 0, 20, 60),
      version: '0.1.0',
      levels: { oldest: 1, newest: 1 + random.below(3) },
      postgres: { writable: true, version: random.chance(0.5) ? null : '17', commitMs: null },
    }
  }
}
