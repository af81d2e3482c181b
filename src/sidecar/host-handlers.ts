/**
 * What the host has given to be called: `onRelease` and `onFenced`. Called by the driver behind
 * inputs, never in them; what a handler throws is logged and never lost.
 */
import type { FenceReason } from './effect.js'
import { hasKey, type KeySet } from './key-set.js'
import type { SidecarLog } from './log.js'

/** Keys of this host. */
export interface MovedKeys {
  /** Actor types of which keys may be among them, in code point order. */
  readonly types: readonly string[]
  /** Whether this key, held until now, moves away. */
  has(type: string, id: string): boolean
}

/** What moves away, and how long letting go of it may take. */
export interface Release extends MovedKeys {
  /**
   * From the leader's first order of the round, in ms. A host that takes longer is removed with all
   * that it has.
   */
  readonly deadlineMs: number
}

/** What the host has to stop at once. */
export interface FenceOrder {
  readonly reason: FenceReason
  readonly keys: MovedKeys
  /** Whether the admission is over: then all is to be stopped. */
  readonly isFinal: boolean
}

/** Lets go of keys. Until its promise settles nothing is acknowledged; a rejection never is. */
export type ReleaseHandler = (moved: Release) => void | Promise<void>

/**
 * Stops keys at once. Until its promise settles they are not this host's again, and after a final
 * fence the host is not admitted. When it rejects nobody knows what still runs: this sidecar then
 * owns nothing ever again, says nothing more to the cluster, and its process is to be ended.
 */
export type FencedHandler = (fenced: FenceOrder) => void | Promise<void>

export class HostHandlers {
  readonly onRelease = new Set<ReleaseHandler>()
  readonly onFenced = new Set<FencedHandler>()
  readonly #log: SidecarLog

  constructor(log: SidecarLog) {
    this.#log = log
  }

  /** @returns whether all was let go of */
  async release(keys: KeySet, deadlineMs: number): Promise<boolean> {
    const moved: Release = { ...asMovedKeys(keys), deadlineMs }
    try {
      await Promise.all([...this.onRelease].map(async (handler) => handler(moved)))
      return true
    } catch (error) {
      // What was not let go must not be acknowledged: the deadline and the fence take it.
      const detail = 'onRelease failed; this host will be removed at the deadline of the round'
      this.#log.error({ err: error }, detail)
      return false
    }
  }

  /** @throws what a handler has thrown: nobody knows what still runs */
  async fence(reason: FenceReason, keys: KeySet, isFinal: boolean): Promise<void> {
    const order: FenceOrder = { reason, keys: asMovedKeys(keys), isFinal }
    await Promise.all([...this.onFenced].map(async (handler) => handler(order)))
  }
}

function asMovedKeys(keys: KeySet): MovedKeys {
  return { types: [...keys.types], has: (type, id) => hasKey(keys, type, id) }
}
