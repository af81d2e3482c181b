/**
 * The commands of the placement state machine, as values. Bytes: one type byte and a MessagePack
 * body (command-codec.ts). Timestamps are put in by the proposer, so that apply is deterministic.
 */
import type { Settings } from './settings.js'

export type RemoveReason = 'left' | 'expired' | 'evicted' | 'straggler'

/** A host that is to be a member. Types are compared as a sorted set; none means no member. */
export interface UpsertedHost {
  readonly namespace: string
  readonly name: string
  readonly instance: string
  readonly appId: string
  readonly types: readonly string[]
}

export interface RemovedHost {
  readonly namespace: string
  readonly name: string
  /** Only this admission is removed; another epoch of the name is left alone. */
  readonly epoch: number
  readonly reason: RemoveReason
  /** For `evicted`: how long the name is refused from `atMs` on, in ms. */
  readonly refuseMs?: number
}

export type Command =
  /** First command of a lineage; does nothing when there is one already. */
  | {
      readonly kind: 'genesis'
      readonly atMs: number
      readonly clusterId: string
      readonly cluster: string
      readonly lineage: string
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
  /** The round to `generation` is finished. Needs the entry's term, and D < generation <= newest */
  | {
      readonly kind: 'disseminated'
      readonly atMs: number
      readonly term: number
      readonly namespace: string
      readonly generation: number
    }
  | {
      readonly kind: 'cordon'
      readonly atMs: number
      readonly namespace: string
      readonly name: string
      readonly cordoned: boolean
    }
  | { readonly kind: 'settings'; readonly atMs: number; readonly settings: Partial<Settings> }

/** A command as it stands in the log: with the caller's idempotency key, if it gave one. */
export interface LoggedCommand {
  readonly command: Command
  /** 1 to 128 bytes; a retry with the same key gets the first result. */
  readonly key?: string
}
