/**
 * Hellos that wait at the leader: for a name to become free, for the end of a refusal, for an entry
 * to be applied. First come, first served per name. A hello waits only as long as its session
 * heartbeats.
 */
import type { Route } from './relay-message.js'
import type { ProvenHello } from './secret.js'

export interface WaitingHello {
  readonly route: Route
  readonly hello: ProvenHello
  heardAtMs: number
  /** What the host was told last, so that it is told only what is new. */
  toldCode: string | null
  /** An entry that decides about it is in the log, not applied yet. */
  deciding: boolean
}

/** More hellos than this are refused as overloaded. */
export const waitingHellosMax = 20_000

export class WaitingRoom {
  /** In order of arrival. */
  readonly #waiting = new Map<string, WaitingHello>()

  get size(): number {
    return this.#waiting.size
  }

  /**
   * A hello that is said again keeps its place; relays say it with every heartbeat of its session.
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
    const waiting: WaitingHello = {
      route,
      hello,
      heardAtMs: nowMs,
      toldCode: null,
      deciding: false,
    }
    this.#waiting.set(key, waiting)
    return waiting
  }

  remove(route: Route): void {
    this.#waiting.delete(keyOf(route))
  }

  /** Drops those whose session was silent for `silentMs`. */
  dropSilent(nowMs: number, silentMs: number): void {
    for (const [key, waiting] of this.#waiting) {
      if (nowMs - waiting.heardAtMs > silentMs) this.#waiting.delete(key)
    }
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
}

function keyOf({ replica, session }: Route): string {
  return `${replica}/${session}`
}
