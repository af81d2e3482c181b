/**
 * A hand-over that a caller waits for: done when another replica is known to lead, failed when this
 * one keeps the lead or time runs out (bugs L13, L17).
 */
import { BerthError } from '../../../errors/berth-error.js'
import type { ReplicaId } from '../../core/entry.js'
import type { Standing } from '../../core/output.js'

/** Called once with the replica that leads now. */
export type TransferDone = (outcome: ReplicaId | BerthError) => void

export class LeadershipTransfer {
  readonly #self: ReplicaId
  readonly #term: number
  readonly #deadlineTick: number
  readonly #done: TransferDone

  constructor(self: ReplicaId, term: number, deadlineTick: number, done: TransferDone) {
    this.#self = self
    this.#term = term
    this.#deadlineTick = deadlineTick
    this.#done = done
  }

  /** @returns whether it is over, and the caller has been told */
  standingChanged({ role, term, leader, transferee }: Standing): boolean {
    if (leader !== 0 && leader !== this.#self) {
      this.#done(leader)
      return true
    }
    const keepsLeading = role === 'leader' && (transferee === 0 || term !== this.#term)
    if (!keepsLeading) return false
    this.#done(new BerthError('conflict', 'The other replica did not take over in time.'))
    return true
  }

  /** @returns whether it is over, and the caller has been told */
  expire(tick: number): boolean {
    if (tick < this.#deadlineTick) return false
    this.#done(new BerthError('timeout', 'Nobody is known to lead after the hand-over.'))
    return true
  }

  fail(error: BerthError): void {
    this.#done(error)
  }
}
