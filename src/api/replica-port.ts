/**
 * What the REST plane and the WebSocket door ask of the replica that they belong to. Defined here,
 * where it is used, and no larger than that; the replica implements it. Every promise settles: the
 * replica gives up after a time of its own with `timeout`, `no_leader` or `unavailable`.
 */
import type { Requester } from '../access/principal.js'
import type { Settings } from '../fsm/settings.js'
import type { ProjectedEvent } from '../raft/node/disk/storage.js'
import type { HostConnection, HostSession } from './door/host-connection.js'
import type { components } from './openapi.generated.js'
import type { View } from './view.js'

type Schemas = components['schemas']

/** `stale`: what is here; `default`: the leader's lease; `consistent`: a quorum (design §3). */
export type Consistency = 'stale' | 'default' | 'consistent'

/** What an operator wants done. All but `snapshot` are for the leader to decide. */
export type AdminRequest =
  | {
      readonly kind: 'evict'
      readonly namespace: string
      readonly name: string
      readonly refuseMs: number
    }
  | {
      readonly kind: 'cordon'
      readonly namespace: string
      readonly name: string
      readonly cordoned: boolean
    }
  /** A name that was evicted is refused no longer. */
  | { readonly kind: 'lift'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'drop'; readonly namespace: string }
  | { readonly kind: 'settings'; readonly settings: Partial<Settings> }
  | {
      readonly kind: 'add-replica'
      readonly id: number
      /** `host:port` where other replicas reach it. */
      readonly peer: string
      readonly membership: 'voter' | 'learner'
    }
  | { readonly kind: 'remove-replica'; readonly id: number }
  | { readonly kind: 'promote-replica'; readonly id: number }
  /** Several at once, through a joint configuration. */
  | {
      readonly kind: 'change-replicas'
      readonly changes: readonly ReplicaChange[]
      readonly leave: 'auto' | 'implicit' | 'explicit'
    }
  | { readonly kind: 'leave-joint' }
  /** `to` null: the best one. */
  | { readonly kind: 'transfer'; readonly to: number | null }
  /** Of this replica's own state; never forwarded. */
  | { readonly kind: 'snapshot' }

export interface ReplicaChange {
  readonly id: number
  readonly membership: 'voter' | 'learner' | 'none'
  /** `host:port` where other replicas reach it, if it is new. */
  readonly peer?: string
}

export interface RequestOptions {
  /** 1 to 128 visible ASCII characters; a retry with the same key gets the first result. */
  readonly idempotencyKey: string | null
  /** false: a replica that does not lead rejects with `not_leader` instead of forwarding. */
  readonly forward: boolean
  /** Who asks. */
  readonly by: Requester
}

/** What came of a request, once it is committed and applied. */
export type AdminResult = Schemas['Done']

export interface EventQuery {
  readonly order: 'newest' | 'oldest'
  /** null stands for "any" in all filters. Events of kind `gap` pass them all. */
  readonly namespace: string | null
  readonly kind: string | null
  readonly member: string | null
  readonly fromIndex: number | null
  readonly toIndex: number | null
  /** The event after which, in this order, the answer begins; null for its start. */
  readonly after: { readonly index: number; readonly position: number } | null
  /** At most so many, 1 to 1000. */
  readonly limit: number
  /** The projection must have come so far (Raft index) before it is read; 0 for no wait. */
  readonly projectedThrough: number
}

export interface EventPage {
  readonly events: readonly ProjectedEvent[]
  /** Whether there are events after the last one given. */
  readonly more: boolean
}

export type ClusterStatus = Schemas['ClusterStatus']
/** The leader's rounds of one namespace. */
export type RoundsStatus = Pick<Schemas['Rounds'], 'running' | 'recent'>

/** One named check of a probe. `detail` says what is so, or what is missing. */
export type Check = Schemas['Check']

export interface Health {
  /** Would a restart help? It would when one of these fails. */
  readonly live: readonly Check[]
  /** Quorum known, database writable, NATS up. */
  readonly ready: readonly Check[]
}

export interface ReplicaPort {
  /**
   * Resolves when the local state is as new as asked. The view is read at once, before anything
   * else runs: the state goes on changing afterwards.
   * @throws BerthError `no_leader`, `timeout`, `unavailable`
   */
  read(consistency: Consistency): Promise<View>
  /**
   * Has a request decided by the leader, wherever it is.
   * @throws BerthError `no_leader`, `not_leader`, `timeout`, `overloaded`, `conflict`, `not_found`,
   *   `invalid_request` (settings that do not go together)
   */
  request(request: AdminRequest, options: RequestOptions): Promise<AdminResult>
  /** @throws BerthError `timeout`, `unavailable` */
  events(query: EventQuery): Promise<EventPage>
  /** The local state, however old. Never waits. @throws BerthError `unavailable` while it starts */
  view(): View
  /** Wall clock of this replica, in ms. */
  wallMs(): number
  /** Id of the replica that leads, as this one knows; null for none. Never waits. */
  knownLeader(): number | null
  /** What this replica knows now, itself included. Never waits. */
  cluster(): ClusterStatus
  /** @throws BerthError `no_leader`, `timeout` */
  rounds(namespace: string, consistency: Consistency): Promise<RoundsStatus>
  /** What this replica knows now. Never waits. */
  health(): Health
  /**
   * A host has said a valid hello; it follows as the first message.
   * @throws BerthError when the replica takes no sessions now
   */
  openSession(connection: HostConnection): HostSession
}
