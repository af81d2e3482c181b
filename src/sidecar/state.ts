/** What a sidecar shows of itself, for the host's own health check and for people. */
import type { Waiting } from '../wire/messages.js'
import type { SidecarPhase } from './ports.js'

export interface SidecarState {
  readonly phase: SidecarPhase
  /** Whether this host may run nothing now. Always false for an observer. */
  readonly isFenced: boolean
  /** What is left of the lease, in ms; 0 without one. */
  readonly leaseLeftMs: number
  /** WebSocket address of the replica that it is attached to, null for none. */
  readonly replica: string | null
  /** Since a replica said something, in ms. */
  readonly replicaSilentMs: number
  /** `silent`: connected, but no order of this cluster's leader comes through. */
  readonly nats: 'down' | 'listening' | 'silent'
  /** Since the last good order or beacon, in ms. */
  readonly ordersSilentMs: number
  readonly cluster: string | null
  readonly lineage: string | null
  /** Of this host's admission; 0 for an observer or before the welcome. */
  readonly epoch: number
  readonly term: number
  /** Of the table that answers; null before the first. */
  readonly generation: number | null
  readonly digest: string | null
  readonly members: number
  /** Generation that a running round goes to, null when none is known. */
  readonly movingTo: number | null
  /** Generation of a disseminated table that is not here yet, null for none. */
  readonly missing: number | null
  /** What the hello waits for, null when it does not wait. */
  readonly waiting: Waiting | null
  /** Why the last session was refused, null when it was not. */
  readonly failure: { readonly code: string; readonly detail: string } | null
  /** Orders that were ignored, by reason. */
  readonly rejectedOrders: Readonly<Record<string, number>>
}
