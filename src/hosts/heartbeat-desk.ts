/**
 * Heartbeats at the leader: each is answered only after a quorum has answered a Raft heartbeat that
 * was sent after it came in, so no replica's clock is trusted and a deposed leader answers nobody.
 * What counts is decided at the moment of the answer, not of the arrival.
 */
import type { RemovalReason } from '../fsm/command.js'
import type { Standing } from '../fsm/namespace-state.js'
import { Queue } from '../jobs/queue.js'
import type { Fence, Refused } from '../wire/messages.js'
import type { Lease } from './lease-ledger.js'
import type { Route, SessionHeartbeat } from './relay-message.js'

/** What is read of the replicated state of one namespace. */
export interface HeartbeatView {
  readonly newest: number
  readonly disseminated: number
  digestAt(generation: number): string | undefined
}

export interface ArrivedHeartbeat {
  readonly route: Route
  readonly heartbeat: SessionHeartbeat
}

export type Judgement =
  | { readonly kind: 'answer'; readonly disseminated: number; readonly digest?: string }
  | {
      readonly kind: 'refused'
      readonly code: Refused['code']
      readonly disseminated: number
      readonly digest: string
    }
  | { readonly kind: 'fence'; readonly code: Fence['code'] }

/**
 * Whether a heartbeat counts (design §5 "Heartbeat"). It does only from a present member, or an
 * admission removed as `left` until that round is disseminated; only at a generation not below the
 * disseminated one and not below its floor; never above the newest or with another digest; and
 * never again from a straggler, also when it is one that was leaving; and from no session that did
 * not prove to be of the instance that was admitted.
 *
 * @param standing of its admission
 * @param lease of its admission, if the leader has one
 */
export function judgeHeartbeat(
  heartbeat: SessionHeartbeat,
  lineage: string,
  view: HeartbeatView,
  standing: Standing,
  lease: Lease | undefined,
): Judgement {
  const isObserver = heartbeat.name === null
  // A waiting hello and an observer hold nothing: the answer names the lineage.
  if (!isObserver && heartbeat.lineage !== lineage) {
    return { kind: 'fence', code: 'other_lineage' }
  }
  const { disseminated } = view
  const digest = digestOf(view, disseminated)
  const { generation, digest: held } = heartbeat.acknowledged
  const told = generation === disseminated && held === digest ? {} : { digest }
  if (heartbeat.name === null) return { kind: 'answer', disseminated, ...told }

  const { isMember, removedWhy: why, secretHash } = standing
  if (secretHash !== undefined && secretHash !== heartbeat.secretHash) {
    return { kind: 'fence', code: 'unknown_epoch' }
  }
  if (!isMember && why !== 'left') return { kind: 'fence', code: fenceCode(why) }
  if (lease?.stopped) return { kind: 'fence', code: 'expired' }
  if (lease?.straggling) return { kind: 'fence', code: 'straggler' }
  if (generation > view.newest) return { kind: 'fence', code: 'ahead' }
  if (generation < disseminated) return { kind: 'refused', code: 'behind', disseminated, digest }
  if (digestOf(view, generation) !== held) return { kind: 'fence', code: 'digest_mismatch' }
  if (lease !== undefined && generation < lease.floor) {
    return { kind: 'refused', code: 'below_floor', disseminated, digest }
  }
  return { kind: 'answer', disseminated, ...told }
}

function digestOf(view: HeartbeatView, generation: number): string {
  const digest = view.digestAt(generation)
  if (digest === undefined) throw new Error(`no digest of generation ${generation}`)
  return digest
}

function fenceCode(why: Exclude<RemovalReason, 'left'> | undefined): Fence['code'] {
  return why ?? 'unknown_epoch'
}

/** Heartbeats held at once; what exceeds it is dropped, the host's next one comes in a second. */
export const heldHeartbeatsMax = 100_000

export class HeartbeatDesk {
  /** Since the last proof was asked for. */
  #arrived: ArrivedHeartbeat[] = []
  /** Whom the proof under way is for. */
  #proving: readonly ArrivedHeartbeat[] | null = null
  /** To be answered. */
  readonly #proven = new Queue<ArrivedHeartbeat>()

  add(arrived: ArrivedHeartbeat): void {
    if (this.#arrived.length + this.#proven.size < heldHeartbeatsMax) this.#arrived.push(arrived)
  }

  /** @returns whether a proof is to be asked for now, for all that are held; one at a time */
  prove(): boolean {
    if (this.#proving !== null || this.#arrived.length === 0) return false
    this.#proving = this.#arrived
    this.#arrived = []
    return true
  }

  /** An unconfirmed batch stays with the relays: they hand it to the next leader. */
  proved(isConfirmed: boolean): void {
    if (isConfirmed) for (const arrived of this.#proving ?? []) this.#proven.push(arrived)
    this.#proving = null
  }

  /** Whether some are to be answered. */
  get hasProven(): boolean {
    return this.#proven.size > 0
  }

  /** The next one that is to be answered; null for none. */
  nextProven(): ArrivedHeartbeat | null {
    return this.#proven.shift() ?? null
  }
}
