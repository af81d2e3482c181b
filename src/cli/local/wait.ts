/** Waiting for something that can only be asked about, with a deadline. */
import { setTimeout as delay } from 'node:timers/promises'

const defaultIntervalMs = 20
const quietMs = 1_000

export interface Wait<T> {
  /** What is waited for, to follow "waiting for". */
  readonly what: string
  readonly deadlineMs: number
  /** Time between two questions, 20 by default. */
  readonly intervalMs?: number
  /**
   * Asked again and again: a value when it is there, null to go on. A throw ends the wait at once.
   */
  poll(): Promise<T | null> | T | null
  /** Ends the wait by a throw of its reason. */
  readonly signal?: AbortSignal | undefined
  /** Why it is not there yet, as far as known; asked when there is something to say. */
  why?(): string
  /** Told once a wait lasts over a second, and every five seconds after that. */
  readonly onSlow?: ((what: string, waitedMs: number) => void) | undefined
}

/** The deadline went by. */
export class WaitExpired extends Error {
  override readonly name = 'WaitExpired'
}

/** @throws WaitExpired that names what was waited for */
export async function waitFor<T>(wait: Wait<T>): Promise<T> {
  const startMs = performance.now()
  let sayAtMs = quietMs
  for (;;) {
    wait.signal?.throwIfAborted()
    const value = await wait.poll()
    if (value !== null) return value
    const waitedMs = performance.now() - startMs
    const reason = () => (wait.why === undefined ? '' : ` (${wait.why()})`)
    if (waitedMs >= wait.deadlineMs) {
      const seconds = Math.round(wait.deadlineMs / 100) / 10
      throw new WaitExpired(`${wait.what} did not come within ${seconds} s${reason()}`)
    }
    if (waitedMs >= sayAtMs) {
      wait.onSlow?.(`${wait.what}${reason()}`, waitedMs)
      sayAtMs += 5 * quietMs
    }
    await delay(wait.intervalMs ?? defaultIntervalMs)
  }
}
