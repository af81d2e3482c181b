/** Why the core does not do what its host asked for. Nothing has happened then. */

export type Refusal =
  /** Ask the leader; `status().leader` names it. */
  | 'not_leader'
  /** No leader is known now. */
  | 'no_leader'
  /** Too much is not committed, or in the log, or too many reads wait: ask again later. */
  | 'overloaded'
  /** The command is larger than the log may be. */
  | 'too_large'
  /** Leadership is being handed over: ask the next leader. */
  | 'transferring'
  /** An earlier membership change, or the start of this leader's term, is not applied yet. */
  | 'change_pending'
  /** The change does not fit the configuration that is active. */
  | 'change_invalid'
  /** The command is not bytes: no other replica could read it. */
  | 'data_invalid'
  /** This leader leads already. */
  | 'is_leader'
  /** This replica does not vote, is taking over a snapshot, or has used up the terms. */
  | 'not_promotable'
  /** This replica was started too recently to vote, see `suppressVotesAtStart`. */
  | 'just_started'
  /** A leader that was answered lately may read under a lease: have it hand over, or wait. */
  | 'silence_promised'
  /** The target is not a voter, or is this replica itself. */
  | 'target_invalid'
  /** Reads are answered under leases, which forgetting a leader would break. */
  | 'leases_in_use'

/** What became of a proposal. */
export type Proposed =
  /**
   * In the leader's log at `index`. It is committed when an entry with this index *and* this term
   * is handed out to be applied; lost if another term's is handed out there.
   */
  | { readonly kind: 'accepted'; readonly index: number; readonly term: number }
  | {
      readonly kind: 'refused'
      readonly reason: Refusal
      /** For people; says more about a change that is not valid. */
      readonly detail: string
    }

export type ReadAsked =
  /** `read` comes back among the reads of an output, or among the abandoned ones. */
  | { readonly kind: 'accepted'; readonly read: number }
  | { readonly kind: 'refused'; readonly reason: Refusal }

export function refused(
  reason: Refusal,
  detail: string = reason,
): { readonly kind: 'refused'; readonly reason: Refusal; readonly detail: string } {
  return { kind: 'refused', reason, detail }
}
