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
import type { LeaderRequest, ReplicaShown } from './frames.js'
import type { ReplicaOptions } from './ports.js'

/** A replica shows itself to the others this often, in ms. */
const showEveryMs = 1_000
/** What should be in the log and is not is proposed again after this, in ms. */
const proposeAgainMs = 2_000

export interface DutiesPorts {
  propose(command: Command): void
  ask(request: LeaderRequest): void
  /** To all other members. */
  show(shown: ReplicaShown): void
  /** What there is to show of this replica. */
  shown(nowMs: number): ReplicaShown
  uuid(): string
  /** Has it written down when the wall clock has jumped. */
  noteClock(): void
  /** The feature level that the cluster can take now; null for none. */
  nextLevel(nowMs: number): number | null
  /** Whether a replica is gone for good. */
  isRemoved(id: ReplicaId): boolean
}

/** What the duties depend on. */
export interface Standing {
  /** The term that this replica leads without serving in it yet; null for none. */
  readonly unservedTerm: number | null
  /** Whether there is a leader to be asked. */
  readonly isLeaderKnown: boolean
  /** Whether this replica leads and serves. */
  readonly serves: boolean
}

export class Duties {
  readonly #options: ReplicaOptions
  readonly #state: PlacementState
  readonly #ports: DutiesPorts
  #ledAtMs = Number.NEGATIVE_INFINITY
  #registeredAtMs = Number.NEGATIVE_INFINITY
  #raisedAtMs = Number.NEGATIVE_INFINITY
  #shownAtMs = Number.NEGATIVE_INFINITY

  constructor(options: ReplicaOptions, state: PlacementState, ports: DutiesPorts) {
    this.#options = options
    this.#state = state
    this.#ports = ports
  }

  /** An election was won: nothing that was proposed before counts. */
  elected(): void {
    this.#ledAtMs = Number.NEGATIVE_INFINITY
  }

  tick(now: Instant, { unservedTerm, isLeaderKnown, serves }: Standing): void {
    if (unservedTerm !== null) this.#lead(unservedTerm, now)
    if (now.monotonicMs - this.#shownAtMs < showEveryMs) return
    this.#shownAtMs = now.monotonicMs
    if (isLeaderKnown) this.#register(now.monotonicMs)
    if (serves) {
      this.#unregisterRemoved(now.wallMs)
      // In a cluster at rest there is no command that would bring it about.
      this.#ports.noteClock()
      this.#raiseLevel(now)
    }
    this.#ports.show(this.#ports.shown(now.monotonicMs))
  }

  /** This replica has stopped by itself: the others should know why. */
  stopped(code: string, nowMs: number): void {
    this.#ports.show({ ...this.#ports.shown(nowMs), stopped: code })
  }

  #lead(term: number, { monotonicMs: nowMs, wallMs: atMs }: Instant): void {
    if (nowMs - this.#ledAtMs < proposeAgainMs) return
    this.#ledAtMs = nowMs
    const { genesisSettings: settings, key, node } = this.#options
    if (this.#state.origin === null) {
      const [clusterId, lineage] = [this.#ports.uuid(), this.#ports.uuid()]
      const cluster = node.clusterName
      // It rises by itself once all are heard to know a later one.
      const { oldest: level } = this.#state.context.levels
      this.#ports.propose({ kind: 'genesis', atMs, clusterId, cluster, lineage, level, settings })
    }
    this.#ports.propose({ kind: 'lead', atMs, term, replica: node.id, key })
  }

  #register(nowMs: number): void {
    const { peerAddress: peer, apiUrl: api, key, node } = this.#options
    const known = this.#state.replicas.find(({ replica }) => replica === node.id)
    if (known?.peer === peer && known.api === api && known.key === key) return
    if (nowMs - this.#registeredAtMs < proposeAgainMs) return
    this.#registeredAtMs = nowMs
    this.#ports.ask({ kind: 'register', replica: node.id, peer, api, key })
  }

  #raiseLevel({ monotonicMs: nowMs, wallMs: atMs }: Instant): void {
    if (nowMs - this.#raisedAtMs < proposeAgainMs) return
    const level = this.#ports.nextLevel(nowMs)
    if (level === null) return
    this.#raisedAtMs = nowMs
    const tableLevel = this.#state.context.levels.ofTables(level)
    this.#ports.propose({ kind: 'level', atMs, level, tableLevel })
  }

  /** Nobody is sent to a replica that is gone. Its remover may be gone too: any leader does it. */
  #unregisterRemoved(atMs: number): void {
    for (const { replica } of this.#state.replicas) {
      if (this.#ports.isRemoved(replica)) this.#ports.propose({ kind: 'unregister', atMs, replica })
    }
  }
}
