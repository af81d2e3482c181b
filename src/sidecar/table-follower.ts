/**
 * Follows the rounds of a namespace: takes orders, facts and tables in, says when the host has to
 * let go, when that may be acknowledged, and which table has to be fetched.
 *
 * Invariants (design §6):
 * - An acknowledgement is due only after the host has let go of what moves away; releases run one
 *   after the other.
 * - A host that learns of a disseminated table which it had not acknowledged stops what differs at
 *   once; while that table is missing, everything.
 */
import type { Table } from '../table/table.js'
import type { TableContext } from '../table/table-context.js'
import type { Get, Held, Order, RunningRound, TableAnswer, TableChange } from '../wire/messages.js'
import { AnswerParts } from './answer-parts.js'
import { type MovedKeys, movedKeys } from './moved-keys.js'
import { type Learned, type PendingTable, type Self, TableKeeper } from './table-keeper.js'

export interface FollowerPorts {
  /** The admission that this host has now; null for observers and before the welcome. */
  self(): Self | null
  /** The term that the WebSocket named last. */
  term(): number
  /** Let go of these keys, then call `released`. */
  release(keys: MovedKeys, token: PendingTable): void
  /** Stop these keys (null for all) at once: they are another's already. */
  stop(reason: 'behind' | 'overtaken', keys: MovedKeys | null): void
  /** What is held contradicts what was committed. */
  contradicted(): void
  /** Somebody waits for an acknowledgement that was given before. */
  acknowledgeAgain(): void
  changed(): void
  ask(get: Get): void
  /** In [0, 1). */
  random(): number
}

/**
 * A table that was asked for and did not come is asked for again after this, or up to twice as
 * long, in ms: not by all at once who missed the same one.
 */
export const askAgainMs = 1_000

export class TableFollower {
  readonly keeper: TableKeeper
  readonly #ports: FollowerPorts
  /** The newest order whose base is not here yet. */
  #postponed: RunningRound | null = null
  readonly #answerParts = new AnswerParts()
  #askAgainAtMs = Number.NEGATIVE_INFINITY
  #unlockedAtMs: number | null = null
  #pendingSinceMs: number | null = null

  constructor(context: TableContext, ports: FollowerPorts) {
    this.keeper = new TableKeeper(context)
    this.#ports = ports
  }

  get table(): Table | null {
    return this.keeper.unlocked
  }

  /** When the table that answers was taken over; null before the first. */
  get unlockedAtMs(): number | null {
    return this.#unlockedAtMs
  }

  /** Since when an order waits to be disseminated; null when none does. */
  get pendingSinceMs(): number | null {
    return this.#pendingSinceMs
  }

  forget(): void {
    this.keeper.forget()
    this.#postponed = null
    this.#unlockedAtMs = null
    this.#pendingSinceMs = null
  }

  /** @param isDirect it came over the WebSocket: the leader has not heard of this host */
  order(order: Order, isDirect: boolean, nowMs: number): void {
    switch (order.kind) {
      case 'lock':
        this.learn({ generation: order.from, digest: order.digest }, nowMs)
        return
      case 'unlock':
      case 'beacon':
        this.learn({ generation: order.generation, digest: order.digest }, nowMs)
        return
      case 'update':
        this.goTo(order, nowMs, isDirect)
        return
      default:
        order satisfies never
    }
  }

  /** The order to go to a later table. */
  goTo(round: RunningRound, nowMs: number, isDirect = false): void {
    const outcome = this.keeper.order(round)
    const { to } = round.change
    if (outcome !== 'base' && (this.#postponed?.change.to ?? 0) <= to) this.#postponed = null
    switch (outcome) {
      case 'taken':
        this.#pendingSinceMs ??= nowMs
        this.#ports.changed()
        this.#advance()
        return
      case 'repeated':
        // Over NATS anybody can repeat an order as often as he likes.
        if (isDirect) this.#ports.acknowledgeAgain()
        return
      case 'base':
        this.#postponed = round
        this.#ask(nowMs)
        return
      case 'stale':
        return
      default:
        outcome satisfies never
    }
  }

  /** "Disseminated >= generation", from whatever source that can be trusted. */
  learn(fact: Held, nowMs: number): void {
    const wasMissing = this.keeper.missing !== null
    const learned = this.keeper.learn(fact, this.#ports.term())
    this.#learned(learned, wasMissing, nowMs)
    if (learned.kind === 'missing') this.#ask(nowMs)
  }

  /** The same fact without the digest, of a table that is here if it is news. */
  learnGeneration(generation: number, nowMs: number): void {
    const digest = this.keeper.digestOf(generation)
    if (digest !== undefined) this.learn({ generation, digest }, nowMs)
  }

  /** A table that is known to be disseminated. */
  take(change: TableChange, nowMs: number): void {
    const wasMissing = this.keeper.missing !== null
    const learned = this.keeper.take(change, this.#ports.term())
    if (learned === null) return
    this.#learned(learned, wasMissing, nowMs)
    const postponed = this.#postponed
    this.#postponed = null
    if (postponed !== null) this.goTo(postponed, nowMs)
  }

  /** A part of an answer of a replica, over NATS: what it is of is disseminated. */
  offered(answer: TableAnswer, nowMs: number): void {
    const { change } = answer
    const { unlocked } = this.keeper
    const known = this.keeper.missing?.generation ?? unlocked?.generation
    if (known !== undefined && change.to > known) {
      this.learn({ generation: change.to, digest: change.digest }, nowMs)
    }
    const { missing } = this.keeper
    if (missing === null) return
    if (change.to !== missing.generation || change.digest !== missing.digest) return
    const whole = this.#answerParts.add(answer)
    if (whole !== null) this.take(whole, nowMs)
  }

  /** An answer from a replica, over the WebSocket. */
  answered({ change, round }: TableAnswer, nowMs: number): void {
    this.take(change, nowMs)
    if (round !== undefined) this.goTo(round, nowMs)
  }

  /** The host has let go of what `release` named. */
  released(token: PendingTable): void {
    this.keeper.released(token)
    this.#ports.changed()
    this.#advance()
  }

  /** Another admission of this host: nothing that runs belongs to the former one. */
  readmitted(): void {
    this.keeper.readmitted(this.#ports.term())
    this.#advance()
  }

  /** Asks for what may have been missed. */
  refresh(nowMs: number): void {
    if (this.keeper.unlocked !== null) this.#ask(nowMs)
  }

  tick(nowMs: number): void {
    if (this.keeper.missing !== null || this.#postponed !== null) this.#ask(nowMs)
  }

  #learned(learned: Learned, wasMissing: boolean, nowMs: number): void {
    const self = this.#ports.self()
    switch (learned.kind) {
      case 'nothing':
        return
      case 'unlocked': {
        const { overtaken } = learned
        this.#answerParts.forget()
        this.#unlockedAtMs = nowMs
        this.#pendingSinceMs = this.keeper.pending.length === 0 ? null : nowMs
        if (overtaken !== null) {
          const keys = self === null ? null : movedKeys(self, overtaken.from, overtaken.to)
          if (keys !== null) this.#ports.stop('overtaken', keys)
        }
        this.#ports.changed()
        this.#advance()
        return
      }
      case 'missing':
        // Which keys are gone is not known until the table is here: all of them stop.
        if (self !== null && !wasMissing) this.#ports.stop('behind', null)
        return
      case 'contradiction':
        this.#ports.contradicted()
        return
      default:
        learned satisfies never
    }
  }

  #advance(): void {
    const self = this.#ports.self()
    const unlocked = this.keeper.unlocked
    if (self === null || unlocked === null) return
    for (;;) {
      const next = this.keeper.nextRelease()
      if (next === null) return
      const keys = movedKeys(self, unlocked, next.table)
      if (keys !== null) {
        next.phase = 'releasing'
        this.#ports.release(keys, next)
        return
      }
      this.keeper.released(next)
    }
  }

  #ask(nowMs: number): void {
    if (nowMs < this.#askAgainAtMs) return
    this.#askAgainAtMs = nowMs + askAgainMs * (1 + this.#ports.random())
    const { unlocked, missing } = this.keeper
    const held = unlocked?.generation ?? 0
    const generation = missing?.generation ?? this.#postponed?.change.from ?? held
    const get: Get = { kind: 'get', generation }
    if (unlocked === null) this.#ports.ask(get)
    else
      this.#ports.ask({
        ...get,
        held: { generation: unlocked.generation, digest: unlocked.digest },
      })
  }
}
