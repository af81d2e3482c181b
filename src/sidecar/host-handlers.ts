/**
 * What the host has given to be called: `onRelease` and `onFenced`. Each call tells the machine
 * what came of it; what a handler throws is logged and never lost. Called behind inputs, never in
 * them.
 */
import type { SidecarLog } from './log.js'
import type { SidecarMachine } from './machine.js'
import type { MovedKeys } from './moved-keys.js'
import type { FenceOrder } from './ports.js'
import { systemNow } from './system-clock.js'
import type { PendingTable } from './table-keeper.js'

/** Lets go of keys. Until its promise settles nothing is acknowledged; a rejection never is. */
export type ReleaseHandler = (moved: Release) => void | Promise<void>

/** What moves away, and how long letting go of it may take. */
export interface Release extends MovedKeys {
  /**
   * From the leader's first order of the round, in ms. A host that takes longer is removed with all
   * that it has.
   */
  readonly deadlineMs: number
}
/**
 * Stops keys at once. Until its promise settles they are not this host's again, and after a final
 * fence the host is not admitted. When it rejects nobody knows what still runs: this sidecar then
 * owns nothing ever again, says nothing more to the cluster, and its process is to be ended.
 */
export type FencedHandler = (fenced: FenceOrder) => void | Promise<void>

type Outcomes = Pick<SidecarMachine, 'released' | 'stopped' | 'failedToStop'>

export class HostHandlers {
  readonly released = new Set<ReleaseHandler>()
  readonly fenced = new Set<FencedHandler>()
  readonly #log: SidecarLog

  constructor(log: SidecarLog) {
    this.#log = log
  }

  async release(keys: MovedKeys, token: PendingTable, machine: Outcomes): Promise<void> {
    const { deadlineMs } = token
    const moved: Release = { ...keys, deadlineMs }
    try {
      await Promise.all([...this.released].map(async (handler) => handler(moved)))
    } catch (error) {
      // What was not let go must not be acknowledged: the deadline and the fence take it.
      const detail = 'onRelease failed; this host will be removed at the deadline of the round'
      this.#log.error({ err: error }, detail)
      return
    }
    machine.released(token, systemNow())
  }

  async fence(order: FenceOrder, machine: Outcomes): Promise<void> {
    try {
      await Promise.all([...this.fenced].map(async (handler) => handler(order)))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      const why = `onFenced failed (${reason}): nobody knows what still runs; end this process`
      machine.failedToStop(order, why, systemNow())
      this.#log.error({ err: error }, 'onFenced failed; end this process')
      return
    }
    machine.stopped(order, systemNow())
  }
}
