/**
 * What a host knows of the placement, as a sidecar would: which table is unlocked, which one comes,
 * whether the lease holds. Says what is to be let go of and stopped.
 */
import type {
  ActorKey,
  Location,
  MovingKeys,
  Ownership,
} from '../../../src/calls/machine/ownership.js'
import { isSame, keyName, leaseMs, type News, type Owner, type SimTable } from './placement.js'

export interface SidecarOrders {
  letGo(release: number, keys: MovingKeys, deadlineMs: number): void
  /** @param isLate whether another host may have had the keys already: only the token protects */
  fenced(fence: number, keys: MovingKeys, isFinal: boolean, isLate: boolean): void
  changed(): void
}

const releaseDeadlineMs = 1_000

export class SimSidecar implements Ownership {
  readonly #name: string
  readonly #orders: SidecarOrders
  readonly #nowMs: () => number
  readonly #all: readonly ActorKey[]
  #epoch = 0
  #leaseUntilMs = Number.NEGATIVE_INFINITY
  #table: SimTable | null = null
  #next: SimTable | null = null
  #acknowledged = 0
  #fences = 0
  /** Keys that are being stopped, by fence; those of final ones are all. */
  readonly #stops = new Map<number, { readonly keys: MovingKeys; readonly isFinal: boolean }>()

  constructor(name: string, all: readonly ActorKey[], nowMs: () => number, orders: SidecarOrders) {
    this.#name = name
    this.#all = all
    this.#nowMs = nowMs
    this.#orders = orders
  }

  /** All keys of the cluster. */
  get keys(): readonly ActorKey[] {
    return this.#all
  }

  get epoch(): number {
    return this.#epoch
  }

  get acknowledged(): number {
    return this.#acknowledged
  }

  get generation(): number | null {
    return this.#table?.generation ?? null
  }

  /** Whether it was fenced for good and stops what it had. */
  get isFencing(): boolean {
    return [...this.#stops.values()].some(({ isFinal }) => isFinal)
  }

  get hasLease(): boolean {
    return this.#epoch > 0 && this.#nowMs() < this.#leaseUntilMs && !this.isFencing
  }

  locate(type: string, id: string): Location {
    const table = this.#table
    if (table === null) return { kind: 'unknown' }
    const key = keyName({ type, id })
    const owner = table.owners.get(key)
    if (owner === undefined) return { kind: 'no_owner' }
    const next = this.#next?.owners.get(key) ?? owner
    const isMoving = !isSame(owner, next)
    if (!isSame(owner, this.#self)) {
      if (isMoving) return { kind: 'moving', held: null, holder: owner.host }
      if (owner.host === this.#name) return { kind: 'moving', held: null, holder: null }
      return { kind: 'there', host: owner.host, generation: table.generation }
    }
    const isStopping = [...this.#stops.values()].some(({ keys }) => keys.has(type, id))
    if (!this.hasLease || isStopping) return { kind: 'moving', held: null, holder: null }
    const held = { token: table.generation, generation: table.generation }
    if (!isMoving) return { kind: 'here', held, leaseLeftMs: this.#leaseUntilMs - this.#nowMs() }
    const isGivenUp = this.#acknowledged >= (this.#next?.generation ?? 0)
    return { kind: 'moving', held: isGivenUp ? null : held, holder: null }
  }

  get #self(): Owner {
    return { host: this.#name, epoch: this.#epoch }
  }

  /** It was let in, and runs nothing. */
  admitted(epoch: number, sentMs: number): void {
    this.#epoch = epoch
    this.#leaseUntilMs = sentMs + leaseMs
    this.#acknowledged = 0
    this.#next = null
    this.#orders.changed()
  }

  /** A heartbeat was answered. @param news null when it is no member any more */
  answered(epoch: number, sentMs: number, news: News | null): void {
    if (epoch !== this.#epoch || this.isFencing) return
    if (news === null) this.#fenceAll()
    else {
      // A lease that has run out is not renewed.
      if (this.hasLease) this.#leaseUntilMs = Math.max(this.#leaseUntilMs, sentMs + leaseMs)
      this.heard(news)
    }
  }

  heard({ table, next }: News): void {
    const known = this.#table?.generation ?? -1
    if (table.generation > known) this.#unlock(table)
    if (next !== null && next.generation > (this.#table?.generation ?? -1)) this.#goTo(next)
    else if (table.generation > known) this.#orders.changed()
  }

  tick(): void {
    if (this.#epoch > 0 && !this.isFencing && this.#nowMs() >= this.#leaseUntilMs) this.#fenceAll()
  }

  /** Some keys have to stop, and come back when they have. */
  stop(keys: MovingKeys): void {
    this.#fence(keys, false, false)
  }

  released(generation: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, generation)
  }

  /** @returns whether it has to be let in anew */
  stopped(fence: number): boolean {
    const stop = this.#stops.get(fence)
    this.#stops.delete(fence)
    this.#orders.changed()
    if (stop?.isFinal !== true) return false
    this.#epoch = 0
    return true
  }

  #unlock(table: SimTable): void {
    const before = this.#table
    this.#table = table
    if (this.#next !== null && this.#next.generation <= table.generation) this.#next = null
    if (this.#acknowledged >= table.generation || before === null) return
    // It went on without this host: what is gone has to stop.
    const gone = this.#lost(before, table)
    if (gone.length > 0 && this.#epoch > 0 && !this.isFencing)
      this.#fence(keysOf(gone), false, true)
  }

  #goTo(next: SimTable): void {
    if (this.#next?.generation === next.generation) return
    this.#next = next
    const gone = this.#table === null ? [] : this.#lost(this.#table, next)
    if (gone.length === 0) this.#acknowledged = next.generation
    else if (!this.isFencing) {
      this.#orders.letGo(next.generation, keysOf(gone), releaseDeadlineMs)
    }
    this.#orders.changed()
  }

  #lost(from: SimTable, to: SimTable): ActorKey[] {
    return this.#all.filter((key) => {
      const name = keyName(key)
      return isSame(from.owners.get(name), this.#self) && !isSame(to.owners.get(name), this.#self)
    })
  }

  #fenceAll(): void {
    this.#fence(keysOf(this.#all), true, true)
  }

  #fence(keys: MovingKeys, isFinal: boolean, isLate: boolean): void {
    this.#fences += 1
    this.#stops.set(this.#fences, { keys, isFinal })
    this.#orders.fenced(this.#fences, keys, isFinal, isLate)
    this.#orders.changed()
  }
}

export function keysOf(keys: readonly ActorKey[]): MovingKeys {
  const names = new Set(keys.map(keyName))
  const types = [...new Set(keys.map(({ type }) => type))]
  return { types, has: (type, id) => names.has(keyName({ type, id })) }
}
