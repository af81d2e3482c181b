/**
 * What comes in over NATS, where anybody may have published it. Orders that are not signed by the
 * leader of the current term are ignored and counted, those of a term that the WebSocket has not
 * named yet are held, and updates in parts are put together; parts of two orders are never mixed.
 * Answers count when a replica of the registry has signed them.
 *
 * Invariant: no payload is read before its signature is verified.
 */
import { BerthError } from '../errors/berth-error.js'
import { PartCollector } from '../table/change-parts.js'
import type { Order, TableAnswer, Update } from '../wire/messages.js'
import type { Effects } from './effect.js'
import { HeldOrders } from './held-orders.js'
import type { MachineTools } from './options.js'
import type { SignedByLeader, SignedMessage } from './signed-messages.js'

/** What orders must name to be for this sidecar. */
export interface InboxIdentity {
  readonly namespace: string
  readonly lineage: string
  readonly term: number
  /** Ed25519 public key of the term's leader, base64url. */
  readonly key: string
}

export type Rejection =
  | 'foreign'
  | 'other_lineage'
  | 'old_term'
  /** What was signed names another term than its header. */
  | 'other_term'
  /** It is signed, and is no message of its kind. */
  | 'unreadable'
  | 'unknown_replica'
  | 'bad_signature'
  | 'held_too_many'
  | 'too_large'

/** Updates whose parts are being collected at once; the oldest is dropped. */
export const collectingMax = 4
/** Parts that are being collected, in bytes of their payloads: as much as a WebSocket takes. */
export const collectedBytesMax = 64 * 1024 * 1024

interface Collected {
  readonly collector: PartCollector
  bytes: number
}

export class OrderInbox {
  readonly #tools: Pick<MachineTools, 'verify' | 'read'>
  readonly #effects: Effects
  readonly #rejected = new Map<Rejection, number>()
  readonly #collecting = new Map<string, Collected>()
  readonly #held = new HeldOrders()
  #collectedBytes = 0
  #identity: InboxIdentity | null = null

  constructor(tools: Pick<MachineTools, 'verify' | 'read'>, effects: Effects) {
    this.#tools = tools
    this.#effects = effects
  }

  /** How many orders were ignored, by reason. */
  get rejected(): ReadonlyMap<Rejection, number> {
    return this.#rejected
  }

  /** Those of terms that are not known yet. */
  get held(): Pick<HeldOrders, 'count' | 'bytes'> {
    return this.#held
  }

  /** The WebSocket named a leader. @returns the held orders that are good now */
  identify(identity: InboxIdentity): Order[] {
    const before = this.#identity
    this.#identity = identity
    if (before?.term !== identity.term || before.lineage !== identity.lineage) {
      this.#collecting.clear()
      this.#collectedBytes = 0
    }
    const { orders, old } = this.#held.take(identity.term)
    for (let i = 0; i < old; i += 1) this.#reject('old_term')
    return orders.flatMap((held) => this.order(held))
  }

  /** @returns the order when it is good and whole: none or one */
  order(signed: SignedByLeader): Order[] {
    const { term } = signed
    const identity = this.#identity
    if (identity === null || term > identity.term) return this.#hold(signed)
    if (term < identity.term) return this.#reject('old_term')
    const order = this.#verified(identity.key, signed, this.#tools.read.order)
    if (order === null) return []
    if (order.namespace !== identity.namespace) return this.#reject('foreign')
    if (order.lineage !== identity.lineage) return this.#reject('other_lineage')
    // A replica that leads again signs with the same key: its former orders fit it too.
    if (order.term !== term) return this.#reject('other_term')
    if (order.kind !== 'update' || order.parts === 1) return [order]
    return this.#collect(order, signed.payload.length)
  }

  /**
   * @returns `leader` for a pulse of the leader that the WebSocket named; `later` for one of a term
   *   that is not known yet, which nobody can check; null when it is ignored
   */
  pulse(signed: SignedByLeader): 'leader' | 'later' | null {
    const identity = this.#identity
    if (identity === null || signed.term < identity.term) return null
    if (signed.term > identity.term) return 'later'
    const pulse = this.#verified(identity.key, signed, this.#tools.read.pulse)
    if (pulse === null || pulse.lineage !== identity.lineage) return null
    return pulse.term === signed.term ? 'leader' : this.#ignore('other_term')
  }

  /**
   * @param key of the replica that signed it; undefined for one that is not known
   * @returns the part of an answer when it is good; null when it is ignored
   */
  answer(signed: SignedMessage, key: string | undefined): TableAnswer | null {
    const identity = this.#identity
    if (key === undefined) return this.#ignore('unknown_replica')
    const answer = this.#verified(key, signed, this.#tools.read.answer)
    if (answer === null) return null
    if (identity === null || answer.namespace !== identity.namespace) return this.#ignore('foreign')
    return answer.lineage === identity.lineage ? answer : this.#ignore('other_lineage')
  }

  /** The one place where anything that came over NATS is read. */
  #verified<T>(
    key: string,
    { payload, signature }: SignedMessage,
    read: (payload: Uint8Array) => T,
  ): T | null {
    if (!this.#tools.verify(key, payload, signature)) return this.#ignore('bad_signature')
    try {
      return read(payload)
    } catch (error) {
      if (!(error instanceof BerthError)) throw error
      return this.#unreadable(error.message)
    }
  }

  #unreadable(detail: string): null {
    if (!this.#rejected.has('unreadable')) {
      const message = 'what a replica has signed could not be read; further ones are counted'
      this.#effects.push({ kind: 'log', message, detail })
    }
    return this.#ignore('unreadable')
  }

  #collect(update: Update, bytes: number): Order[] {
    const { change, part, parts } = update
    const key = `${change.from}-${change.to}-${change.digest}-${parts}`
    let collected = this.#collecting.get(key)
    if (collected === undefined) {
      collected = { collector: new PartCollector(change, parts), bytes: 0 }
      this.#collecting.set(key, collected)
    }
    const outcome = collected.collector.add(part, parts, change)
    switch (outcome.kind) {
      case 'complete':
        this.#drop(key)
        return [{ ...update, part: 1, parts: 1, change: outcome.change }]
      case 'foreign':
        return this.#reject('foreign')
      case 'missing':
        collected.bytes += bytes
        this.#collectedBytes += bytes
        return this.#bound()
      case 'duplicate':
        return []
      default:
        return outcome satisfies never
    }
  }

  /** Drops the oldest of what is being collected while it is too much. */
  #bound(): Order[] {
    for (const [oldest] of this.#collecting) {
      const isTooLarge = this.#collectedBytes > collectedBytesMax
      if (!isTooLarge && this.#collecting.size <= collectingMax) break
      this.#drop(oldest)
      if (isTooLarge) this.#reject('too_large')
    }
    return []
  }

  #drop(key: string): void {
    this.#collectedBytes -= this.#collecting.get(key)?.bytes ?? 0
    this.#collecting.delete(key)
  }

  #hold(signed: SignedByLeader): Order[] {
    const dropped = this.#held.add(signed)
    for (let i = 0; i < dropped; i += 1) this.#reject('held_too_many')
    return []
  }

  #reject(why: Rejection): Order[] {
    this.#ignore(why)
    return []
  }

  #ignore(why: Rejection): null {
    this.#rejected.set(why, (this.#rejected.get(why) ?? 0) + 1)
    return null
  }
}
