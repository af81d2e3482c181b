/** What a sidecar shows of itself, for the host's own health check and for people. */
import type { Waiting } from '../wire/messages.js'
import type { Stamp } from './clock.js'
import type { Conversation } from './conversation.js'
import type { Heard } from './heard.js'
import type { OfferedTypes } from './offered-types.js'
import type { OrderInbox } from './order-inbox.js'
import type { ReplicaTry } from './replica-link.js'
import type { TableFollower } from './table-follower.js'

/**
 * `fencing`: the lease is gone or was taken, and the host is stopping what it had. `waiting`: the
 * hello was understood and waits, `state().waiting` says for what.
 */
export type SidecarPhase = 'connecting' | 'waiting' | 'serving' | 'fencing' | 'leaving' | 'left'

/** As far as the machine knows it. */
export interface MachineState {
  readonly phase: SidecarPhase
  /** Why `onFenced` failed: this instance is out for good, end its process. Else null. */
  readonly broken: string | null
  /** Whether this host may run nothing now. Always false for an observer. */
  readonly isFenced: boolean
  /** What is left of the lease, in ms; 0 without one. */
  readonly leaseLeftMs: number
  /** WebSocket address of the replica that it is attached to, null for none. */
  readonly replica: string | null
  /** All addresses of replicas that are tried, each with why it was no use last. */
  readonly replicas: readonly ReplicaTry[]
  /** Since a replica said something, in ms. */
  readonly replicaSilentMs: number
  /**
   * `silent`: connected, but no order of this cluster's leader comes through. `down`: not
   * connected, or NATS forbids a subscription.
   */
  readonly nats: 'down' | 'listening' | 'silent'
  /**
   * What NATS does not let this sidecar do that it needs, each as `subscribe to "berth.a.b.table"`.
   * Orders come over WebSocket meanwhile. What to allow, docs/operations.md says.
   */
  readonly natsForbids: readonly string[]
  /** Since the last good order or beacon over NATS, in ms. */
  readonly ordersSilentMs: number
  readonly cluster: string | null
  readonly namespace: string
  readonly lineage: string | null
  /** Of this host's admission; 0 for an observer or before the welcome. */
  readonly epoch: number
  readonly term: number
  /** Of the table that answers; null before the first. */
  readonly generation: number | null
  readonly digest: string | null
  readonly members: number
  /** Whether that table has this host: only then it can own actors. Never for observers. */
  readonly isMember: boolean
  /** Since that table became the one that answers, in ms; null before the first. */
  readonly tableAgeMs: number | null
  /** Actor types that this host is to offer, in code point order: those that it was told last. */
  readonly types: readonly string[]
  /** Why the cluster has not taken these types yet, as it said; null when it said nothing. */
  readonly typesWaiting: { readonly code: string; readonly detail: string } | null
  /** Generation that a running round goes to, null when none is known. */
  readonly movingTo: number | null
  /**
   * How long `onRelease` may take, in ms from the leader's first order: in the round that runs,
   * else as the last welcome told; null before the first.
   */
  readonly roundDeadlineMs: number | null
  /** How long keys have been waiting for that round or the ones before it, in ms. */
  readonly movingForMs: number | null
  /** Generation of a disseminated table that is not here yet, null for none. */
  readonly missing: number | null
  /** What the hello waits for, null when it does not wait. */
  readonly waiting: Waiting | null
  /** Why the last session was refused, null when it was not. */
  readonly failure: { readonly code: string; readonly detail: string } | null
  /** Orders of a term that no WebSocket has named yet: they wait, and do nothing until then. */
  readonly heldOrders: number
  /** What these take, in bytes; at most 4 MiB. */
  readonly heldOrderBytes: number
  /** Orders that were ignored, by reason. */
  readonly rejectedOrders: Readonly<Record<string, number>>
}

export interface SidecarState extends MachineState {
  /** Why there is no connection to NATS, as far as it was tried; null while there is one. */
  readonly natsReason: string | null
}

export interface StateParts {
  readonly conversation: Conversation
  readonly heard: Heard
  readonly follower: TableFollower
  readonly offered: OfferedTypes
  /** Whether it is no observer. */
  readonly isHost: boolean
  readonly inbox: Pick<OrderInbox, 'held' | 'rejected'>
  readonly phase: SidecarPhase
  readonly broken: string | null
  readonly term: number
  readonly leaseHolds: boolean
  readonly now: Stamp
}

export function composeState(parts: StateParts): MachineState {
  const { conversation, heard, follower, inbox, phase, broken, term, leaseHolds, now } = parts
  const { offered, isHost } = parts
  const { keeper, table, unlockedAtMs, pendingSinceMs } = follower
  const { welcome, self, link, lease, times } = conversation
  const nowMs = now.monotonicMs
  const isListening = heard.isListening(nowMs, times.beaconMs)
  return {
    phase,
    broken,
    isFenced: isHost && !leaseHolds,
    leaseLeftMs: lease.leftMs(now, times.fenceAfterMs),
    replica: conversation.isOpen ? link.url : null,
    replicas: link.tries,
    replicaSilentMs: heard.replicaSilentMs(nowMs),
    nats: heard.isNatsUp ? (isListening ? 'listening' : 'silent') : 'down',
    natsForbids: [],
    ordersSilentMs: heard.ordersSilentMs(nowMs),
    cluster: welcome?.cluster ?? null,
    namespace: conversation.namespace,
    lineage: welcome?.lineage ?? null,
    epoch: welcome?.epoch ?? 0,
    term,
    generation: table?.generation ?? null,
    digest: table?.digest ?? null,
    members: table?.size ?? 0,
    isMember: self !== null && table?.member(self.name)?.epoch === self.epoch,
    types: offered.wanted,
    typesWaiting: offered.waiting,
    tableAgeMs: unlockedAtMs === null ? null : nowMs - unlockedAtMs,
    movingTo: keeper.pending.at(-1)?.table.generation ?? null,
    roundDeadlineMs: keeper.pending.at(-1)?.deadlineMs ?? welcome?.times.roundDeadlineMs ?? null,
    movingForMs: pendingSinceMs === null ? null : nowMs - pendingSinceMs,
    missing: keeper.missing?.generation ?? null,
    waiting: conversation.waiting,
    failure: conversation.failure,
    heldOrders: inbox.held.count,
    heldOrderBytes: inbox.held.bytes,
    rejectedOrders: Object.fromEntries(inbox.rejected),
  }
}
