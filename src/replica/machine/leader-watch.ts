/**
 * Who leads, as far as hosts may count on it. The leader that Raft names counts once its `lead`
 * command is applied here; if that leader is this replica, it serves hosts from then on.
 *
 * Invariant: a leadership exists exactly while this replica leads and has applied the `lead`
 * command of its term.
 */
import type { Instant } from '../../fsm/instant.js'
import type { PlacementState } from '../../fsm/placement-state.js'
import { Leadership } from '../../hosts/leadership.js'
import type { KnownLeader } from '../../hosts/sessions.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import type { RoleChange } from '../../raft/node/node-ports.js'
import type { Standing } from './duties.js'

export class LeaderWatch {
  readonly #id: ReplicaId
  readonly #state: PlacementState
  #role: RoleChange = { role: 'follower', term: 0, leader: 0 }
  #known: KnownLeader | null = null
  #leadership: Leadership | null = null
  #electedAtMs = 0
  #natsIsUp = false
  #isLeaving = false

  constructor(id: ReplicaId, state: PlacementState) {
    this.#id = id
    this.#state = state
  }

  /** The leader that counts. */
  get known(): KnownLeader | null {
    return this.#known
  }

  get leadership(): Leadership | null {
    return this.#leadership
  }

  /** Its state is wrong: nobody is told anything of it any more. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  get standing(): Omit<Standing, 'removed'> {
    const { role, term } = this.#role
    const isUnserved = role === 'leader' && this.#leadership === null && !this.#isLeaving
    return {
      unservedTerm: isUnserved ? term : null,
      isLeaderKnown: this.#known !== null,
      serves: this.#leadership !== null,
    }
  }

  get natsIsUp(): boolean {
    return this.#natsIsUp
  }

  natsChanged(isUp: boolean): void {
    this.#natsIsUp = isUp
    this.#leadership?.natsChanged(isUp)
  }

  /** This replica is on its way out: once updated it serves nobody, and no leader counts. */
  leave(): void {
    this.#isLeaving = true
  }

  /** What comes of it for hosts, `update` says. @returns whether this replica was just elected */
  roleChanged(change: RoleChange, now: Instant): boolean {
    const wasLeader = this.#role.role === 'leader' && this.#role.term === change.term
    const isElected = change.role === 'leader' && !wasLeader
    this.#role = change
    if (isElected) this.#electedAtMs = now.monotonicMs
    return isElected
  }

  /**
   * The role has changed, or a `lead` command may have been applied.
   * @returns whether another leader counts now, or none
   */
  update(): boolean {
    const { leader, origin } = this.#state
    const { role, term, leader: raftLeader } = this.#role
    const isNamed =
      !this.#isLeaving &&
      leader !== undefined &&
      leader.term === term &&
      leader.replica === raftLeader
    const known = isNamed && origin !== null ? { replica: raftLeader, term } : null
    const before = this.#known
    if (before?.replica === known?.replica && before?.term === known?.term) return false
    this.#known = known
    const leads = known !== null && known.replica === this.#id && role === 'leader'
    this.#leadership = leads
      ? new Leadership(term, this.#electedAtMs, this.#state, this.#natsIsUp)
      : null
    return true
  }
}
