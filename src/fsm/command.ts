/**
 * The commands of the placement state machine, as values. Bytes: one type byte and a MessagePack
 * body (command-codec.ts). Timestamps are put in by the proposer, so that apply is deterministic.
 */
import type { Settings } from './settings.js'

export type RemoveReason = 'left' | 'expired' | 'evicted' | 'straggler'

/** Why an admission ended: by a remove command, or because the same name was admitted anew. */
export type RemovalReason = RemoveReason | 'replaced'

/** A host that is to be a member. Types are compared as a sorted set; none means no member. */
export interface UpsertedHost {
  readonly namespace: string
  readonly name: string
  readonly instance: string
  /** Base64url over the secret by which the host proves that it is this instance. */
  readonly secretHash: string
  readonly appId: string
  readonly types: readonly string[]
  /** The newest feature level (src/versions) that it knows. */
  readonly level: number
}

export interface RemovedHost {
  readonly namespace: string
  readonly name: string
  /** Only this admission is removed; another epoch of the name is left alone. */
  readonly epoch: number
  readonly reason: RemoveReason
  /** For `evicted`: how long the name is refused from this entry on, in ms. */
  readonly refuseMs?: number
}

/** A member that offers other types from now on. */
export interface RetypedHost {
  readonly namespace: string
  readonly name: string
  /** Only this admission is retyped, and it keeps its epoch. */
  readonly epoch: number
  /** Of this change, from 1 on: nothing is done that is not above the last one of the admission. */
  readonly number: number
  /** As a sorted set; none leaves it a member that owns nothing. */
  readonly types: readonly string[]
}

/** Where a replica is reached. */
export interface ReplicaAddress {
  readonly replica: number
  /** `host:port` of its peer port. */
  readonly peer: string
  /** URL of REST and WebSocket, `http://host:port`; empty when it is not known yet. */
  readonly api: string
  /** Ed25519 public key that signs its answers, base64url; empty when it is not known yet. */
  readonly key: string
}

export type Command =
  /** First command of a lineage; does nothing when there is one already. */
  | {
      readonly kind: 'genesis'
      readonly atMs: number
      readonly clusterId: string
      readonly cluster: string
      readonly lineage: string
      /** Feature level that it begins at. */
      readonly level: number
      readonly settings: Settings
    }
  /** A leader names the key of its term; it serves hosts only once this is applied. */
  | {
      readonly kind: 'lead'
      readonly atMs: number
      readonly term: number
      readonly replica: number
      readonly key: string
    }
  /** Does nothing when the entry's term is not `term`. At most one upsert per host. */
  | {
      readonly kind: 'upsert'
      readonly atMs: number
      readonly term: number
      readonly hosts: readonly UpsertedHost[]
    }
  /** Does nothing when the entry's term is not `term`. */
  | {
      readonly kind: 'remove'
      readonly atMs: number
      readonly term: number
      readonly hosts: readonly RemovedHost[]
    }
  /** Does nothing when the entry's term is not `term`. At most one change per host. */
  | {
      readonly kind: 'retype'
      readonly atMs: number
      readonly term: number
      readonly hosts: readonly RetypedHost[]
    }
  /** The round to `generation` is finished. Needs the entry's term, and D < g <= newest. */
  | {
      readonly kind: 'disseminated'
      readonly atMs: number
      readonly term: number
      readonly namespace: string
      readonly generation: number
    }
  /** Forgets a namespace that is empty: with `spent` only when no cordon or refusal holds in it. */
  | {
      readonly kind: 'drop'
      readonly atMs: number
      readonly namespace: string
      readonly spent: boolean
    }
  | {
      readonly kind: 'cordon'
      readonly atMs: number
      readonly namespace: string
      readonly name: string
      readonly cordoned: boolean
    }
  /** The name is refused no longer, if it is. */
  | {
      readonly kind: 'lift'
      readonly atMs: number
      readonly namespace: string
      readonly name: string
    }
  /** The leader's wall clock has jumped: so long was it in truth since its last command. */
  | { readonly kind: 'clock'; readonly atMs: number; readonly elapsedMs: number }
  /** Where a replica is reached; each says so of itself at its start, an operator of a new one. */
  | ({ readonly kind: 'register'; readonly atMs: number } & ReplicaAddress)
  /** The replica is none of the cluster any more. */
  | { readonly kind: 'unregister'; readonly atMs: number; readonly replica: number }
  | { readonly kind: 'settings'; readonly atMs: number; readonly settings: Partial<Settings> }
  /** From now on the cluster is at this feature level, if all of its hosts know it. */
  | {
      readonly kind: 'level'
      readonly atMs: number
      readonly level: number
      /** The level of tables from then on: what hosts have to know. */
      readonly tableLevel: number
    }

/** A command as it stands in the log: with the caller's idempotency key, if it gave one. */
export interface LoggedCommand {
  readonly command: Command
  /** 1 to 128 bytes; a retry with the same key gets the first result. */
  readonly key?: string
}
