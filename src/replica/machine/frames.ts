/**
 * What replicas say to one another beside Raft: host sessions (relay), requests of operators that
 * the leader decides, and what each shows of itself. They travel on the same links; `kind` tells
 * them from the frames of the node.
 */
import type { AdminRequest } from '../../api/replica-port.js'
import type { ReplicaAddress } from '../../fsm/command.js'
import type { Downstream, Upstream } from '../../hosts/relay-message.js'
import type { VersionRange } from '../../versions/versions.js'

/** To the leader of `term`, from a replica that holds sessions. */
export interface RelayUp {
  readonly kind: 'relay-up'
  readonly term: number
  readonly messages: readonly Upstream[]
}

/** From the leader of `term`. */
export interface RelayDown {
  readonly kind: 'relay-down'
  readonly term: number
  readonly messages: readonly Downstream[]
}

/** What a replica may ask of the leader. */
export type LeaderRequest =
  | Exclude<AdminRequest, { kind: 'snapshot' }>
  | { readonly kind: 'rounds'; readonly namespace: string }
  | ({ readonly kind: 'register' } & ReplicaAddress)

/** A request that says something else than any that this version knows, and why. */
export interface UnreadableRequest {
  readonly kind: 'unreadable'
  readonly detail: string
}

export interface RequestFrame {
  readonly kind: 'request'
  /** Never used again by a run of the asking replica. */
  readonly number: number
  /** Names that run. */
  readonly run: number
  /** One that cannot be read is answered so: it says nothing against the link. */
  readonly request: LeaderRequest | UnreadableRequest
  /** Idempotency key; empty for none. */
  readonly key: string
}

export interface ResponseFrame {
  readonly kind: 'response'
  readonly number: number
  readonly run: number
  /** Of `error` none when it is empty. */
  readonly error: { readonly code: string; readonly detail: string } | null
  readonly result: unknown
}

/** What a replica shows of itself, every second, and with its last word. */
export interface StatusFrame {
  readonly kind: 'status'
  readonly status: ReplicaShown
}

export interface ReplicaShown {
  readonly role: string
  readonly term: number
  readonly commit: number
  readonly applied: number
  readonly digest: string
  /** Why it has stopped by itself, as an error code; null while it runs. */
  readonly stopped: string | null
  /** Of its build, for people. */
  readonly version: string
  /** Feature levels that it knows. */
  readonly levels: VersionRange
  readonly postgres: {
    readonly writable: boolean
    readonly version: string | null
    readonly commitMs: number | null
  }
}

export type ReplicaFrame = RelayUp | RelayDown | RequestFrame | ResponseFrame | StatusFrame

export const replicaFrameKinds: ReadonlySet<unknown> = new Set<ReplicaFrame['kind']>([
  'relay-up',
  'relay-down',
  'request',
  'response',
  'status',
])
