/**
 * Who owns which actor, in short: tables, rounds and leases as the cluster has them, by one leader
 * that never fails. The calls are what is tried out here; the cluster itself is in `../cluster`.
 *
 * - A table is followed by the next when all who lose keys have acknowledged it, or their leases
 *   are surely over.
 * - A host has a lease from each answered heartbeat on, counted from when it was sent.
 */
import type { ActorKey } from '../../../src/calls/machine/ownership.js'
import type { Random } from '../kernel/random.js'
import type { Schedule } from '../kernel/schedule.js'
import { callKind } from './event-kinds.js'

/** An owner: host and admission. */
export interface Owner {
  readonly host: string
  readonly epoch: number
}

export interface SimTable {
  readonly generation: number
  /** By `type/id`. */
  readonly owners: ReadonlyMap<string, Owner>
}

/** What the leader says. */
export interface News {
  readonly table: SimTable
  /** Where the round goes that runs; null for none. */
  readonly next: SimTable | null
}

export interface Heartbeat extends Owner {
  /** Newest table that was let go for. */
  readonly acknowledged: number
}

export const leaseMs = 600
/** How much later than its lease a host is surely stopped: it looks every 50 ms. */
const marginMs = 200
const roundDeadlineMs = 1_500
const turnMs = 25

interface Member {
  readonly epoch: number
  acknowledged: number
  leaseEndsMs: number
  /** Taken out of the next table, and answered no more. */
  isOut: boolean
}

export const keyName = ({ type, id }: ActorKey): string => `${type}/${id}`

export class Placement {
  readonly keys: readonly ActorKey[]
  readonly #schedule: Schedule
  readonly #random: Random
  readonly #members = new Map<string, Member>()
  /** Told of what changes: the news go out. */
  readonly #publish: (news: News) => void
  #epochs = 0
  #table: SimTable = { generation: 0, owners: new Map() }
  #next: SimTable | null = null
  #roundSinceMs = 0
  /** Keys that are to have another owner. */
  readonly #restless = new Set<string>()

  constructor(
    keys: readonly ActorKey[],
    schedule: Schedule,
    random: Random,
    publish: (news: News) => void,
  ) {
    this.keys = keys
    this.#schedule = schedule
    this.#random = random
    this.#publish = publish
  }

  get news(): News {
    return { table: this.#table, next: this.#next }
  }

  get isAtRest(): boolean {
    return this.#next === null && this.#restless.size === 0
  }

  start(): void {
    const turn = () => {
      this.#look()
      this.#schedule.after(turnMs * 1_000, callKind.placement, 0, turn)
    }
    turn()
  }

  /** A host that runs nothing asks to be let in. @returns its epoch */
  admit(host: string): number {
    this.#epochs += 1
    const acknowledged = this.#next?.generation ?? this.#table.generation
    const leaseEndsMs = this.#nowMs + leaseMs + marginMs
    this.#members.set(host, { epoch: this.#epochs, acknowledged, leaseEndsMs, isOut: false })
    // It is to have its share.
    for (const key of this.keys) if (this.#random.chance(0.3)) this.#restless.add(keyName(key))
    return this.#epochs
  }

  /** @returns the news, or null for one that is no member any more */
  heartbeat({ host, epoch, acknowledged }: Heartbeat): News | null {
    const member = this.#members.get(host)
    if (member === undefined || member.epoch !== epoch || member.isOut) return null
    member.acknowledged = Math.max(member.acknowledged, acknowledged)
    member.leaseEndsMs = this.#nowMs + leaseMs + marginMs
    this.#look()
    return this.news
  }

  move(count: number): void {
    for (let i = 0; i < count; i += 1) this.#restless.add(keyName(this.#random.pick(this.keys)))
  }

  get #nowMs(): number {
    return this.#schedule.nowUs / 1_000
  }

  #look(): void {
    for (const member of this.#members.values()) {
      if (this.#nowMs >= member.leaseEndsMs) member.isOut = true
    }
    if (this.#next !== null) this.#goOn(this.#next)
    else this.#begin()
  }

  #goOn(next: SimTable): void {
    const waitsFor = this.#losers(next).filter((owner) => this.#holdsUp(owner, next))
    if (waitsFor.length === 0) {
      this.#table = next
      this.#next = null
      this.#publish(this.news)
    } else if (this.#nowMs >= this.#roundSinceMs + roundDeadlineMs) {
      for (const { host } of waitsFor) this.#members.get(host)!.isOut = true
    }
  }

  #losers(next: SimTable): Owner[] {
    const losers: Owner[] = []
    for (const [key, owner] of this.#table.owners) {
      if (!isSame(owner, next.owners.get(key))) losers.push(owner)
    }
    return losers
  }

  #holdsUp({ host, epoch }: Owner, next: SimTable): boolean {
    const member = this.#members.get(host)
    // A later admission: what ran under this one was stopped before it.
    if (member === undefined || member.epoch !== epoch) return false
    return member.acknowledged < next.generation && this.#nowMs < member.leaseEndsMs
  }

  #begin(): void {
    const hosts = [...this.#members].filter(([, { isOut }]) => !isOut)
    const homes = hosts.map(([host, { epoch }]) => ({ host, epoch }))
    if (homes.length === 0) return
    const owners = new Map<string, Owner>()
    let hasChanged = false
    for (const key of this.keys.map(keyName)) {
      const owner = this.#table.owners.get(key)
      const isThere = owner !== undefined && homes.some((home) => isSame(home, owner))
      const stays = isThere && !this.#restless.has(key)
      owners.set(key, stays ? owner : this.#random.pick(homes))
      hasChanged ||= !isSame(owners.get(key), owner)
    }
    this.#restless.clear()
    if (!hasChanged) return
    this.#next = { generation: this.#table.generation + 1, owners }
    this.#roundSinceMs = this.#nowMs
    this.#publish(this.news)
  }
}

export function isSame(a: Owner | undefined, b: Owner | undefined): boolean {
  return a?.host === b?.host && a?.epoch === b?.epoch
}
