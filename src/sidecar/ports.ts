/** What a sidecar is told at its start, what it asks of the process around it, and its phases. */
import type { Fence, Get, HostMessage, NatsAddress } from '../wire/messages.js'
import type { MovedKeys } from './moved-keys.js'
import type { Verify } from './order-inbox.js'
import type { LinkPorts } from './replica-link.js'
import type { PayloadReaders } from './signed-messages.js'
import type { PendingTable } from './table-keeper.js'

export interface SidecarOptions {
  /** WebSocket addresses of replicas. */
  readonly replicas: readonly string[]
  readonly namespace: string
  /** Refuse a cluster of another name. */
  readonly cluster?: string
  readonly instance: string
  /** Proves that later sessions are of this instance: 32 random bytes, base64url. */
  readonly secret: string
  /** Absent for an observer. */
  readonly host?: {
    readonly name: string
    readonly appId: string
    readonly types: readonly string[]
  }
  /** How long a connect may take as long as no round of tries has failed, in ms. */
  readonly connectTimeoutMs?: number
  /** How long the last table answers lookups without word from anybody, in ms. */
  readonly staleTableMs: number
}

export type FenceReason = Fence['code'] | 'lease_expired' | 'behind' | 'overtaken' | 'readmitted'

/** What the host has to stop at once. */
export interface FenceOrder {
  readonly reason: FenceReason
  readonly keys: MovedKeys
  /** Whether the admission is over: then all is to be stopped. */
  readonly isFinal: boolean
}

export interface SidecarPorts extends LinkPorts {
  /** Over the open session. */
  send(message: HostMessage): void
  /** Listen to the orders over NATS; called with each welcome. */
  listen(nats: NatsAddress): void
  /** Ask for a table over NATS. */
  ask(get: Get): void
  /** Let go of these keys, then call `released` with the token. */
  release(keys: MovedKeys, token: PendingTable): void
  /** Stop these keys, then call `stopped` with the order, or `failedToStop`. */
  fence(order: FenceOrder): void
  /** Answers to questions may have changed. */
  changed(): void
  readonly verify: Verify
  /** Called only with what is verified. */
  readonly read: PayloadReaders
}

/**
 * `fencing`: the lease is gone or was taken, and the host is stopping what it had. `waiting`: the
 * hello was understood and waits, `state().waiting` says for what.
 */
export type SidecarPhase = 'connecting' | 'waiting' | 'serving' | 'fencing' | 'leaving' | 'left'
