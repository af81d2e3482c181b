/** This host in its cluster, as the edge of calls needs it: a sidecar is bound to it. */
import type { MovingKeys } from '../machine/ownership.js'

export interface CallHostEvents {
  /** Answers of the ownership may have changed. */
  changed(): void
  /**
   * The host has to let go of keys. Resolves when it has; nothing is acknowledged before.
   * @param deadlineMs until whoever has not let go is removed, in ms
   */
  release(keys: MovingKeys, deadlineMs: number): Promise<void>
  /** The host has to stop keys at once. Resolves when it has. */
  fence(keys: MovingKeys, isFinal: boolean): Promise<void>
}

export interface CallHost {
  /** Called once, before any call. @returns undo */
  listen(events: CallHostEvents): () => void
  /** Another sidecar has a table of this generation: catch up. */
  refresh(generation: number): void
}
