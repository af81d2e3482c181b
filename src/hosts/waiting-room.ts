/**
 * Hellos that wait at the leader: for a name to become free, for the end of a refusal, for an entry
 * to be applied. A hello waits only as long as its session heartbeats.
 *
 * Invariants:
 * - First come, first served per name, and of a name one hello at a time is to be written.
 * - A hello is looked at when something may have changed for its name: a member, the word of its
 *   holder, a time. The others cost nothing, however many they are.
 * - What a hello takes is measured when it comes, once.
 */
import type { UpsertedHost } from '../fsm/command.js'
import { SaidTypes } from '../fsm/said-types.js'
import { joiningBytesMax } from './command-size.js'
import type { ProvenHello, Route } from './relay-message.js'

/** More hellos than this are refused as overloaded. */
export const waitingHellosMax = 20_000
/** And so are hellos that take more bytes together: as many as the cluster takes of types. */
export const waitingBytesMax = 64 * 1024 * 1024

/** One of the largest that there can be: 256 types of 16,384 bytes, and the rest of the hello. */
const helloBytesMax = 20 * 1024

export class WaitingRoom {
  /** By route, in order of arrival. */
  readonly #waiting = new Map<string, WaitingHello>()
  /** By namespace and name; those of names that somebody waits for. */
  readonly #lines = new Map<string, WaitingLine>()
  /** With hellos that are to be looked at. */
  readonly #due = new Set<WaitingLine>()
  /** That may be written and are not on their way, in the order in which that was found. */
  readonly #joining = new Set<WaitingHello>()
  #bytes = 0

  get size(): number {
    return this.#waiting.size
  }

  /** What all of them take, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * A hello that is said again keeps its place.
   * @returns null when there is no room for another one
   */
  add(route: Route, hello: ProvenHello, nowMs: number): WaitingHello | null {
    const key = keyOf(route)
    const before = this.#waiting.get(key)
    if (before !== undefined) {
      before.heardAtMs = nowMs
      return before
    }
    if (this.size >= waitingHellosMax) return null
    const types = new SaidTypes(hello.types ?? [])
    const bytes = joiningBytesMax(upsertedHost(hello), types)
    if (this.#bytes + bytes > waitingBytesMax) return null
    const line = this.#lineOf(hello)
    const said = { route, hello, types, bytes, line }
    const waiting: WaitingHello = { ...said, heardAtMs: nowMs, toldCode: null, deciding: false }
    this.#waiting.set(key, waiting)
    line.hellos.add(waiting)
    this.#bytes += bytes
    return waiting
  }

  /** Its session said something. @returns whether it waits here */
  heard(route: Route, nowMs: number): boolean {
    const waiting = this.#waiting.get(keyOf(route))
    if (waiting === undefined) return false
    waiting.heardAtMs = nowMs
    return true
  }

  /** How many more there is room for, whatever they take. */
  get left(): number {
    const byBytes = Math.floor((waitingBytesMax - this.#bytes) / helloBytesMax)
    return Math.min(waitingHellosMax - this.size, byBytes)
  }

  remove(route: Route): void {
    const waiting = this.#waiting.get(keyOf(route))
    if (waiting !== undefined) this.#remove(waiting)
  }

  /** Drops those whose session was silent for `silentMs`. */
  dropSilent(nowMs: number, silentMs: number): void {
    for (const waiting of this.#waiting.values()) {
      if (nowMs - waiting.heardAtMs > silentMs) this.#remove(waiting)
    }
  }

  // ---- who is looked at ----------------------------------------------------------------------

  /** Something that decides about a name changed: who waits for it is due, from the first on. */
  touch(namespace: string, name: string): void {
    const line = this.#lines.get(lineKey(namespace, name))
    if (line !== undefined) this.#touch(line)
  }

  touchAll(): void {
    for (const line of this.#lines.values()) this.#touch(line)
  }

  /** Lines whose time has come are due. */
  wake(nowMs: number): void {
    for (const line of this.#lines.values()) if (line.lookAtMs <= nowMs) this.#touch(line)
  }

  /** Takes the next hello that is to be looked at; null for none. */
  nextDue(): WaitingHello | null {
    for (const line of this.#due) {
      const waiting = line.next()
      if (waiting !== null) return waiting
      this.#due.delete(line)
    }
    return null
  }

  // ---- who is written ------------------------------------------------------------------------

  /** It may be written, once its turn comes; nothing when another one of its name may. */
  join(waiting: WaitingHello): void {
    if (waiting.line.joining !== null) return
    waiting.line.joining = waiting
    this.#joining.add(waiting)
  }

  /** It was written, or may not be any more: who waits for the same name is due. */
  unjoin(waiting: WaitingHello): void {
    if (waiting.line.joining !== waiting) return
    waiting.line.joining = null
    this.#joining.delete(waiting)
    this.#touch(waiting.line)
  }

  /** Those that may be written and are not on their way, in order. */
  joining(): Iterable<WaitingHello> {
    return this.#joining
  }

  get joiningCount(): number {
    return this.#joining.size
  }

  /** It is on its way into the log: until that is known nobody of its name is written. */
  decide(waiting: WaitingHello): void {
    waiting.deciding = true
    this.#joining.delete(waiting)
  }

  /** It is known what became of it; what the log did not take may be written again. */
  decided(waiting: WaitingHello, isApplied: boolean): void {
    waiting.deciding = false
    // It may have gone meanwhile.
    if (waiting.line.joining !== waiting) return
    if (isApplied) this.unjoin(waiting)
    else this.#joining.add(waiting)
  }

  /** How many wait, by why, as they were told last; an entry decides about the others. */
  countByCode(): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { toldCode } of this.#waiting.values()) {
      if (toldCode !== null) counts.set(toldCode, (counts.get(toldCode) ?? 0) + 1)
    }
    return counts
  }

  /** In order of arrival. */
  all(): WaitingHello[] {
    return [...this.#waiting.values()]
  }

  #remove(waiting: WaitingHello): void {
    const { route, line, bytes } = waiting
    this.#waiting.delete(keyOf(route))
    this.#bytes -= bytes
    line.hellos.delete(waiting)
    this.unjoin(waiting)
    if (line.hellos.size > 0) return
    this.#lines.delete(line.key)
    this.#due.delete(line)
  }

  #touch(line: WaitingLine): void {
    line.restart()
    this.#due.add(line)
  }

  #lineOf({ namespace, name = '' }: ProvenHello): WaitingLine {
    const key = lineKey(namespace, name)
    const line = this.#lines.get(key) ?? new WaitingLine(key)
    this.#lines.set(key, line)
    return line
  }
}

/** What is written of a host that joins. */
export function upsertedHost(hello: ProvenHello): UpsertedHost {
  const { namespace, name = '', instance, secretHash, appId = '', types = [] } = hello
  const { newest: level } = hello.levels
  return { namespace, name, instance, secretHash, appId, types, level }
}

function keyOf({ replica, session }: Route): string {
  return `${replica}/${session}`
}

function lineKey(namespace: string, name: string): string {
  return `${namespace}/${name}`
}

export interface WaitingHello {
  readonly route: Route
  readonly hello: ProvenHello
  readonly types: SaidTypes
  /** What it takes in a command at most, and here about, in bytes. */
  readonly bytes: number
  readonly line: WaitingLine
  heardAtMs: number
  /** What the host was told last, so that it is told only what is new. */
  toldCode: string | null
  /** An entry that decides about it is in the log, not applied yet. */
  deciding: boolean
}

export class WaitingLine {
  readonly key: string
  /** In order of arrival. */
  readonly hellos = new Set<WaitingHello>()
  /** The one that may be written, or is on its way into the log. */
  joining: WaitingHello | null = null
  /** When time alone may change a decision, in monotonic ms; Infinity for never. */
  lookAtMs = Number.POSITIVE_INFINITY
  #rest: Iterator<WaitingHello> = this.hellos.values()

  constructor(key: string) {
    this.key = key
  }

  /** All are to be looked at, from the first on; each then says anew when to look again. */
  restart(): void {
    this.#rest = this.hellos.values()
    this.lookAtMs = Number.POSITIVE_INFINITY
  }

  /** The next one in this look; null after the last. */
  next(): WaitingHello | null {
    const { done, value } = this.#rest.next()
    return done ? null : value
  }

  lookAgain(atMs: number): void {
    this.lookAtMs = Math.min(this.lookAtMs, atMs)
  }
}
