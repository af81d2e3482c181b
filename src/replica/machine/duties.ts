/**
 * What a replica does of its own accord, again and again until it is so: as a new leader it names
 * its key (and makes the cluster, if it is the first one of all), it sees to it that the cluster
 * knows where it is reached, it has removed replicas forgotten, jumps of its clock written down and
 * the feature level raised, and it shows itself to the others.
 */
import type { Command } from '../../fsm/command.js'
import type { Instant } from '../../fsm/instant.js'
import type { PlacementState } from '../../fsm/placement-state.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import type { LeaderRequest } from '../requests/request.js'
import type { ReplicaOptions } from './replica-ports.js'
import type { ShownMembers } from './shown-members.js'

/** A replica shows itself to the others this often, in ms. */
const showEveryMs = 1_000
/** What should be in the log and is not is proposed again after this, in ms. */
const proposeAgainMs = 2_000

export type DutyEffect =
  | { readonly kind: 'propose'; readonly command: Command }
  /** Of the leader, wherever it is. */
  | { readonly kind: 'ask'; readonly request: LeaderRequest }
  /** It is to be written down if the wall clock has jumped. */
  | { readonly kind: 'note-clock' }
  /** This replica is to be shown to all other members. */
  | { readonly kind: 'show' }

/** What the duties depend on. */
export interface Standing {
  /** The term that this replica leads without serving in it yet; null for none. */
  readonly unservedTerm: number | null
  /** Whether there is a leader to be asked. */
  readonly isLeaderKnown: boolean
  /** Whether this replica leads and serves. */
  readonly serves: boolean
  /** Whom the cluster still knows an address of, and who is gone for good. */
  readonly removed: readonly ReplicaId[]
}

export class Duties {
  readonly #options: ReplicaOptions
  readonly #state: PlacementState
  readonly #shown: ShownMembers
  readonly #uuid: () => string
  #ledAtMs = Number.NEGATIVE_INFINITY
  #registeredAtMs = Number.NEGATIVE_INFINITY
  #raisedAtMs = Number.NEGATIVE_INFINITY
  #shownAtMs = Number.NEGATIVE_INFINITY

  /** @param uuid from a good source: a cluster that begins is named by it */
  constructor(
    options: ReplicaOptions,
    state: PlacementState,
    shown: ShownMembers,
    uuid: () => string,
  ) {
    this.#options = options
    this.#state = state
    this.#shown = shown
    this.#uuid = uuid
  }

  /** An election was won: nothing that was proposed before counts. */
  elected(): void {
    this.#ledAtMs = Number.NEGATIVE_INFINITY
  }

  /** @returns what is due now, in order */
  tick(now: Instant, standing: Standing): readonly DutyEffect[] {
    const { unservedTerm, isLeaderKnown, serves, removed } = standing
    const due: DutyEffect[] = unservedTerm === null ? [] : this.#lead(unservedTerm, now)
    if (now.monotonicMs - this.#shownAtMs < showEveryMs) return due
    this.#shownAtMs = now.monotonicMs
    if (isLeaderKnown) due.push(...this.#register(now.monotonicMs))
    if (serves) {
      // Nobody is sent to a replica that is gone. Its remover may be gone too: any leader does it.
      for (const replica of removed) {
        due.push({ kind: 'propose', command: { kind: 'unregister', atMs: now.wallMs, replica } })
      }
      // In a cluster at rest there is no command that would bring it about.
      due.push({ kind: 'note-clock' }, ...this.#raiseLevel(now))
    }
    due.push({ kind: 'show' })
    return due
  }

  #lead(term: number, { monotonicMs: nowMs, wallMs: atMs }: Instant): DutyEffect[] {
    if (nowMs - this.#ledAtMs < proposeAgainMs) return []
    this.#ledAtMs = nowMs
    const { genesisSettings: settings, key, node } = this.#options
    const lead: Command = { kind: 'lead', atMs, term, replica: node.id, key }
    if (this.#state.origin !== null) return [{ kind: 'propose', command: lead }]
    const [clusterId, lineage] = [this.#uuid(), this.#uuid()]
    const cluster = node.clusterName
    // It rises by itself once all are heard to know a later one.
    const { oldest: level } = this.#state.context.levels
    const names = { clusterId, cluster, lineage }
    const genesis: Command = { kind: 'genesis', atMs, ...names, level, settings }
    return [
      { kind: 'propose', command: genesis },
      { kind: 'propose', command: lead },
    ]
  }

  #register(nowMs: number): DutyEffect[] {
    const { peerAddress: peer, apiUrl: api, key, node } = this.#options
    const known = this.#state.replicas.find(({ replica }) => replica === node.id)
    if (known?.peer === peer && known.api === api && known.key === key) return []
    if (nowMs - this.#registeredAtMs < proposeAgainMs) return []
    this.#registeredAtMs = nowMs
    return [{ kind: 'ask', request: { kind: 'register', replica: node.id, peer, api, key } }]
  }

  #raiseLevel({ monotonicMs: nowMs, wallMs: atMs }: Instant): DutyEffect[] {
    if (nowMs - this.#raisedAtMs < proposeAgainMs) return []
    const { level } = this.#shown.nextLevel(nowMs)
    if (level === null) return []
    this.#raisedAtMs = nowMs
    const tableLevel = this.#state.context.levels.ofTables(level)
    return [{ kind: 'propose', command: { kind: 'level', atMs, level, tableLevel } }]
  }
}
