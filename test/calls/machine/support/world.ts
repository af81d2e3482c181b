/** One machine of calls, an ownership that a test sets, and a clock that a test moves. */
import type { CallArrival } from '../../../../src/calls/machine/arrival.js'
import type { CallEffect } from '../../../../src/calls/machine/effect.js'
import { CallMachine } from '../../../../src/calls/machine/machine.js'
import type { CallOutcome } from '../../../../src/calls/machine/outcome.js'
import type { Location, MovingKeys, Ownership } from '../../../../src/calls/machine/ownership.js'
import { type CallSettings, defaultCallSettings } from '../../../../src/calls/machine/settings.js'
import { Budget } from '../../../../src/jobs/job.js'

type OfKind<K extends CallEffect['kind']> = Extract<CallEffect, { kind: K }>

export const answered: CallOutcome = { kind: 'answered' }
export const refused: CallOutcome = {
  ...{ kind: 'refused', canSendAgain: true, reason: 'connection refused' },
}
export const lost: CallOutcome = {
  ...{ kind: 'lost', answerBegan: false, canSendAgain: true, reason: 'connection reset' },
}

export function declined(generation: number | null): CallOutcome {
  return { kind: 'declined', generation, canSendAgain: true }
}

export function here(token = 1, generation = token): Location {
  return { kind: 'here', held: { token, generation }, leaseLeftMs: 10_000 }
}

export function there(host: string, generation = 1): Location {
  return { kind: 'there', host, generation }
}

/** @param token under which what runs may finish here; null for nothing */
export function moving(token: number | null = null, holder: string | null = null): Location {
  return { kind: 'moving', held: token === null ? null : { token, generation: token }, holder }
}

export class World implements Ownership {
  readonly machine: CallMachine
  now = 1_000
  generation: number | null = 1
  /** Of actors of the type Cart, by id; `elsewhere` for all others. */
  readonly places = new Map<string, Location>()
  elsewhere: Location = there('b:1')
  /** How often it was asked. */
  asked = 0
  /** Effects that were looked at by no test yet. */
  #seen: CallEffect[] = []
  #calls = 0

  constructor(settings: Partial<CallSettings> = {}) {
    const all = { ...defaultCallSettings, runPrefix: 'run.', ...settings }
    this.machine = new CallMachine(all, this, { random: () => 0.5 })
  }

  locate(_type: string, id: string): Location {
    this.asked += 1
    return this.places.get(id) ?? this.elsewhere
  }

  /** A call of the own application. @returns its number */
  call(id: string, more: Partial<CallArrival> = {}): number {
    this.#calls += 1
    this.machine.arrived(this.#calls, { ...plainArrival, id, ...more }, this.now)
    return this.#calls
  }

  /** A call that another sidecar sent. */
  guest(id: string, generation: number | null = 1, more: Partial<CallArrival> = {}): number {
    return this.call(id, { origin: 'sidecar', generation, ...more })
  }

  end(call: number, outcome: CallOutcome = answered): void {
    this.machine.ended(call, outcome, this.now)
  }

  /** The place of an actor changes, and the machine hears of it. */
  move(id: string, location: Location, generation = this.generation): void {
    this.places.set(id, location)
    this.generation = generation
    this.machine.ownershipChanged(this.now)
    this.work()
  }

  letGo(release: number, ...ids: string[]): void {
    this.machine.letGo(release, keysOf(ids), 10_000, this.now)
    this.work()
  }

  fence(fence: number, isFinal: boolean, ...ids: string[]): void {
    this.machine.fenced(fence, keysOf(ids), isFinal, this.now)
  }

  work(): void {
    while (this.machine.hasWork) this.machine.work(new Budget(1_000), this.now)
  }

  /** Lets time pass, tick by tick as they are due. */
  pass(ms: number): void {
    const untilMs = this.now + ms
    for (;;) {
      this.work()
      const dueMs = Math.max(this.now, this.machine.nextDueMs)
      if (dueMs > untilMs) break
      this.now = dueMs
      this.machine.tick(this.now)
    }
    this.now = untilMs
  }

  /** What the machine wanted done since it was asked last. */
  effects(): readonly CallEffect[] {
    this.#take()
    const seen = this.#seen
    this.#seen = []
    return seen
  }

  /** Of one kind, of what was not looked at; those of other kinds stay. */
  take<K extends CallEffect['kind']>(kind: K): readonly OfKind<K>[] {
    this.#take()
    const isOfKind = (effect: CallEffect): effect is OfKind<K> => effect.kind === kind
    const found = this.#seen.filter(isOfKind)
    this.#seen = this.#seen.filter((effect) => !isOfKind(effect))
    return found
  }

  /** Calls that were given to the application, in order. */
  delivered(): readonly number[] {
    return this.take('deliver').map(({ call }) => call)
  }

  /** Calls that were sent on, as `call>host`, in order. */
  forwarded(): readonly string[] {
    return this.take('forward').map(({ call, host }) => `${call}>${host}`)
  }

  /** Calls that got a problem, as `call:code`, in order. */
  problems(): readonly string[] {
    return this.take('answer').map(({ call, problem }) => `${call}:${problem.code}`)
  }

  /** Actors of which the application is told, as `id:why`, in order. */
  told(): readonly string[] {
    return this.take('tell-application').flatMap(({ why, actors }) =>
      actors.map(({ id }) => `${id}:${why}`),
    )
  }

  #take(): void {
    for (;;) {
      const effects = this.machine.takeEffects()
      if (effects.length === 0) return
      this.#seen.push(...effects)
    }
  }
}

/** A call of the own application that may reach it once. */
export const plainArrival: Omit<CallArrival, 'id'> = {
  type: 'Cart',
  origin: 'application',
  timeoutMs: 30_000,
  generation: null,
  chain: [],
  isRepeatable: false,
  isExplained: false,
}

export function keysOf(ids: readonly string[]): MovingKeys {
  return { types: ['Cart'], has: (type, id) => type === 'Cart' && ids.includes(id) }
}
