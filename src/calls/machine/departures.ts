/**
 * How actors leave: because their keys move away, because a fence took them, or because nobody has
 * called them for a while. Their calls drain or are cut, then the application is told of each.
 *
 * Invariants:
 * - The application is told of an actor only when no call of it runs, and none is let in before it
 *   has answered.
 * - A release or a fence is over only when every actor of it has left and nobody may believe any
 *   more that this host owns one of its keys.
 * - Actors that it does not name never notice.
 */
import type { Budget } from '../../jobs/job.js'
import { SlicedJob, type Slices } from '../../jobs/sliced-job.js'
import type { Actor, Actors } from './actors.js'
import type { LeaveReason } from './effect.js'
import type { EffectList } from './effect-list.js'
import type { Grants } from './grants.js'
import type { MovingKeys } from './ownership.js'

interface Departure {
  readonly kind: 'release' | 'fence'
  /** Names it to the sidecar. */
  readonly number: number
  readonly keys: MovingKeys
  readonly isFinal: boolean
  /** When calls that still run are cut. */
  readonly cutAtMs: number
  hasCut: boolean
  /** Actors that have not left. */
  readonly actors: Set<Actor>
  /** Whether all actors of it have been found. */
  isFound: boolean
  /** Until when somebody may believe that this host owns one of its keys. */
  believedUntilMs: number
  /** Whether the application has heard of the fence. */
  isHeard: boolean
}

/** To look whether an actor is among moving keys: a hash and two rings. */
const actorUnits = 2

export class Departures {
  readonly #actors: Actors
  readonly #grants: Grants
  readonly #effects: EffectList
  readonly #all = new Set<Departure>()
  readonly #of = new Map<Actor, Set<Departure>>()
  /** Searches for actors, the oldest first. */
  readonly #searches = new Set<SlicedJob<void>>()

  constructor(actors: Actors, grants: Grants, effects: EffectList) {
    this.#actors = actors
    this.#grants = grants
    this.#effects = effects
  }

  get hasWork(): boolean {
    return this.#searches.size > 0
  }

  /** When `tick` has something to do; infinite for never. */
  get nextDueMs(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { hasCut, cutAtMs, isFound, actors, isHeard, believedUntilMs } of this.#all) {
      if (!hasCut && actors.size > 0) next = Math.min(next, cutAtMs)
      else if (isFound && isHeard && actors.size === 0) next = Math.min(next, believedUntilMs)
    }
    return next
  }

  /** Whether a final fence took the actor and is not over. */
  isFenced(type: string, id: string): boolean {
    for (const { isFinal, keys } of this.#all) if (isFinal && keys.has(type, id)) return true
    return false
  }

  letGo(number: number, keys: MovingKeys, cutAtMs: number, now: number): void {
    this.#begin({ kind: 'release', number, keys, isFinal: false, cutAtMs, isHeard: true }, now)
  }

  fenced(number: number, keys: MovingKeys, isFinal: boolean, now: number): void {
    const fence = { kind: 'fence', number, keys, isFinal, cutAtMs: now, isHeard: false } as const
    const departure = this.#begin(fence, now)
    // What runs is cut in this very turn, however many actors there are.
    departure.hasCut = true
    for (const actor of this.#actors.busy) {
      if (keys.has(actor.type, actor.id)) this.#join(actor, departure)
    }
    this.#effects.push({ kind: 'tell-fenced', fence: number, isFinal })
  }

  toldFenced(number: number, now: number): void {
    for (const departure of this.#all) {
      if (departure.kind !== 'fence' || departure.number !== number) continue
      departure.isHeard = true
      this.#settle(departure, now)
    }
  }

  /** An actor has been idle for so long, or others need the room. */
  leaveIdle(actor: Actor): void {
    this.#tell(actor, 'idle')
  }

  /** No call of the actor runs any more. */
  drained(actor: Actor, now: number): void {
    if (actor.phase === 'leaving') {
      if (actor.wasReached) this.#tell(actor, this.#reasonOf(actor))
      else this.#left(actor, now)
    } else if (!actor.wasReached) this.#left(actor, now)
  }

  /** The application has let go of the actor. @returns whether it was asked to */
  told(type: string, id: string, now: number): boolean {
    const actor = this.#actors.get(type, id)
    if (actor?.phase !== 'telling') return false
    this.#left(actor, now)
    return true
  }

  tick(now: number): void {
    for (const departure of this.#all) {
      if (!departure.hasCut && now >= departure.cutAtMs) {
        departure.hasCut = true
        for (const actor of departure.actors) this.#cut(actor, departure)
      }
      this.#settle(departure, now)
    }
  }

  /** Looks for actors that leave. */
  step(budget: Budget): void {
    for (const search of this.#searches) {
      if (search.step(budget)) this.#searches.delete(search)
      if (budget.isSpent) return
    }
  }

  #begin(
    what: Pick<Departure, 'kind' | 'number' | 'keys' | 'isFinal' | 'cutAtMs' | 'isHeard'>,
    now: number,
  ): Departure {
    const departure: Departure = {
      ...what,
      hasCut: false,
      actors: new Set(),
      isFound: false,
      believedUntilMs: this.#grants.otherUntilMs,
    }
    this.#all.add(departure)
    this.#searches.add(new SlicedJob(this.#search(departure, now)))
    return departure
  }

  *#search(departure: Departure, now: number): Slices<void> {
    const { keys } = departure
    for (const type of keys.types) {
      for (const actor of this.#actors.ofType(type)) {
        if (keys.has(type, actor.id)) this.#join(actor, departure)
        yield actorUnits
      }
    }
    for (const { type, id, untilMs } of this.#grants.live(now)) {
      if (untilMs > departure.believedUntilMs && keys.has(type, id)) {
        departure.believedUntilMs = untilMs
      }
      yield actorUnits
    }
    departure.isFound = true
    this.#settle(departure, now)
  }

  #join(actor: Actor, departure: Departure): void {
    if (departure.actors.has(actor)) return
    departure.actors.add(actor)
    const known = this.#of.get(actor)
    if (known === undefined) this.#of.set(actor, new Set([departure]))
    else known.add(departure)
    if (actor.phase === 'telling') return
    if (actor.running.size === 0) {
      this.#tell(actor, this.#reasonOf(actor))
      return
    }
    this.#actors.close(actor, 'leaving')
    if (departure.hasCut) this.#cut(actor, departure)
  }

  #cut(actor: Actor, { kind }: Departure): void {
    const reason = kind === 'fence' ? 'fenced' : 'drained'
    for (const call of actor.running.values()) this.#effects.cut(call, reason)
  }

  #tell(actor: Actor, why: LeaveReason): void {
    this.#actors.close(actor, 'telling')
    this.#effects.tell(why, actor)
  }

  #reasonOf(actor: Actor): LeaveReason {
    for (const { kind } of this.#of.get(actor) ?? []) if (kind === 'fence') return 'fenced'
    return 'moved'
  }

  #left(actor: Actor, now: number): void {
    this.#actors.delete(actor)
    const departures = this.#of.get(actor)
    if (departures === undefined) return
    this.#of.delete(actor)
    for (const departure of departures) {
      departure.actors.delete(actor)
      this.#settle(departure, now)
    }
  }

  #settle(departure: Departure, now: number): void {
    const { isFound, actors, believedUntilMs, isHeard, kind, number } = departure
    if (!isFound || !isHeard || actors.size > 0 || now < believedUntilMs) return
    this.#all.delete(departure)
    if (kind === 'release') this.#effects.push({ kind: 'released', release: number })
    else this.#effects.push({ kind: 'stopped', fence: number })
  }
}
