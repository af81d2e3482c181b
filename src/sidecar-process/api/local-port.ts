/** What the local API asks of the process: where actors are, how this host does, and its end. */
import type { Grant } from '../../calls/machine/ownership.js'
import type { Placement } from '../../sidecar/sidecar.js'
import type { LocalEvent, LocalState } from './local-state.js'

export interface WhereOptions {
  /** How long to wait at most, in ms: 0 to 86,400,000. */
  readonly timeoutMs: number
  /** Aborted when whoever asked went away, or the API ends. */
  readonly signal: AbortSignal
}

export interface LocalPort {
  /**
   * Which host runs the actor; waits while it moves.
   * @throws BerthError `no_owner`, `timeout`, `overloaded`, `unavailable`; the signal's reason
   */
  where(type: string, id: string, options: WhereOptions): Promise<Placement>
  /** What this host owns the actor under, and may believe for a moment; null when it does not. */
  grant(type: string, id: string): Grant | null
  state(): LocalState
  /**
   * Hands everything over, then the process ends, also where that fails. Asked once. Resolves when
   * all is handed over.
   * @throws BerthError `not_handed_over`, `unavailable`
   */
  leave(): Promise<void>
  /** @returns undo */
  listen(handler: (event: LocalEvent) => void): () => void
}
