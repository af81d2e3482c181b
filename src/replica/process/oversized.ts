/**
 * Counts what was meant for other replicas and is longer than they take, and tells the log of it,
 * but not each time. Nothing that this version says should be: somebody has to know when it is.
 */
import type { Log } from '../../log/log.js'
import type { ReplicaId } from '../../raft/core/entry.js'

/** Between two lines, in ms. */
export const quietMs = 10_000

export class Oversized {
  readonly #log: Log
  #count = 0
  #toldAtMs = Number.NEGATIVE_INFINITY
  #toldCount = 0

  constructor(log: Log) {
    this.#log = log
  }

  /** Since the start. */
  get count(): number {
    return this.#count
  }

  lost(to: ReplicaId, kind: string, bytes: number, nowMs: number): void {
    this.#count += 1
    if (nowMs - this.#toldAtMs < quietMs) return
    const before = this.#count - 1 - this.#toldCount
    const fields = { peer: to, kind, bytes, ...(before > 0 && { before }) }
    this.#log.error(fields, 'A message to another replica is longer than it takes, and was lost.')
    this.#toldAtMs = nowMs
    this.#toldCount = this.#count
  }
}
