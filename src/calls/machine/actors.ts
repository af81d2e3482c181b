/**
 * The actors that were called here and have not left: the application may hold something of them,
 * so it is told when they leave. Which calls of them run, and which have been without one for how
 * long.
 */
import { type Linked, LinkedQueue } from '../../jobs/linked-queue.js'
import type { Call } from './call.js'
import { KeyMap } from './key-map.js'

export class Actor implements Linked<Actor> {
  readonly type: string
  readonly id: string
  /** By the names of the runs. */
  readonly running = new Map<string, Call>()
  /** `leaving`: no call is let in but parts of those that run. `telling`: the application hears. */
  phase: 'open' | 'leaving' | 'telling' = 'open'
  /** Whether the application may have heard of it. */
  wasReached = false
  idleSinceMs = 0
  isLinked = false
  before: Actor | null = null
  after: Actor | null = null

  constructor(type: string, id: string) {
    this.type = type
    this.id = id
  }

  /** Whether a call is part of one that runs here. One that was cut is none any more. */
  runs(chain: readonly string[]): boolean {
    if (this.running.size === 0) return false
    return chain.some((name) => this.running.get(name)?.cut === null)
  }
}

/** From this share of the bound on, or one below it, an idle actor leaves for each new one. */
const crowdedShare = 0.9

export class Actors {
  readonly #max: number
  readonly #actors = new KeyMap<Actor>()
  readonly #busy = new Set<Actor>()
  /** Those that are open and without a call, the longest first. */
  readonly #idle = new LinkedQueue<Actor>()

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#actors.size
  }

  get isFull(): boolean {
    return this.#actors.size >= this.#max
  }

  get isCrowded(): boolean {
    return this.#actors.size >= Math.min(this.#max * crowdedShare, this.#max - 1)
  }

  /** Those with calls that run. */
  get busy(): Iterable<Actor> {
    return this.#busy
  }

  /** Without a call for the longest time; undefined when there is none. */
  get idlest(): Actor | undefined {
    return this.#idle.first
  }

  get(type: string, id: string): Actor | undefined {
    return this.#actors.get(type, id)
  }

  ofType(type: string): Iterable<Actor> {
    return this.#actors.ofType(type)
  }

  add(type: string, id: string): Actor {
    const actor = new Actor(type, id)
    this.#actors.add(actor)
    return actor
  }

  begin(actor: Actor, run: string, call: Call): void {
    actor.running.set(run, call)
    this.#busy.add(actor)
    this.#idle.remove(actor)
  }

  end(actor: Actor, run: string, now: number): void {
    actor.running.delete(run)
    if (actor.running.size > 0) return
    this.#busy.delete(actor)
    if (actor.phase !== 'open') return
    actor.idleSinceMs = now
    this.#idle.push(actor)
  }

  /** It is not open any more. */
  close(actor: Actor, phase: 'leaving' | 'telling'): void {
    actor.phase = phase
    this.#idle.remove(actor)
  }

  delete(actor: Actor): void {
    this.#actors.delete(actor)
    this.#idle.remove(actor)
  }
}
