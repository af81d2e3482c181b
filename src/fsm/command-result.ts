/** What a command did, as its caller gets it and as it is kept for retries. Plain data. */
import type { Settings } from './settings.js'

/** Why a whole command did nothing. */
export type NothingDone =
  /** It was decided in another term than that of its entry. */
  | 'other_term'
  /** There is no cluster yet: the genesis command comes first. */
  | 'no_cluster'
  /** Another command came with the same idempotency key before. */
  | 'key_reused'

/** What became of one host of an upsert. */
export type UpsertOutcome =
  /** It is a member: by this admission, since this generation or an earlier one. */
  | {
      readonly kind: 'member'
      readonly epoch: number
      readonly generation: number
      /** Whether this command made it so. */
      readonly changed: boolean
    }
  /** It offers no types and so is no member. */
  | { readonly kind: 'absent'; readonly changed: boolean }
  /** Its name was evicted, and is refused for so much longer. */
  | { readonly kind: 'refused'; readonly why: 'evicted'; readonly leftMs: number }
  /**
   * `repeated`: a host stands in an entry once. `overloaded`: a limit of limits.ts is reached.
   * `outdated`: it does not know the feature level of tables.
   */
  | { readonly kind: 'refused'; readonly why: 'repeated' | 'overloaded' | 'outdated' }

export type RegistryOutcome = 'changed' | 'unchanged' | 'overloaded'

export interface RemoveOutcome {
  /** Whether this admission was a member until now. */
  readonly removed: boolean
  /** The namespace's newest after it; 0 where there is no such namespace. */
  readonly generation: number
}

/** What became of one host of a retype. */
export type RetypeOutcome =
  /** Its types are those of this change or a later one, in tables from this generation on. */
  | { readonly kind: 'taken'; readonly generation: number; readonly changed: boolean }
  /** This admission is no member any more. */
  | { readonly kind: 'gone' }
  /** As of an upsert. */
  | { readonly kind: 'refused'; readonly why: 'repeated' | 'overloaded' }

export type CommandResult =
  | { readonly kind: 'nothing'; readonly why: NothingDone }
  | {
      readonly kind: 'genesis'
      readonly created: boolean
      /** Of the cluster that there is now; empty when there is none. */
      readonly lineage: string
      /** Why the settings were refused; empty when they were not. */
      readonly faults: readonly string[]
    }
  | { readonly kind: 'lead'; readonly accepted: boolean }
  /** Parallel to the hosts of the command. */
  | { readonly kind: 'upsert'; readonly hosts: readonly UpsertOutcome[] }
  /** Parallel to the hosts of the command. */
  | { readonly kind: 'remove'; readonly hosts: readonly RemoveOutcome[] }
  /** Parallel to the hosts of the command. */
  | { readonly kind: 'retype'; readonly hosts: readonly RetypeOutcome[] }
  /** `done` is false unless D < generation ≤ newest held. */
  | {
      readonly kind: 'disseminated'
      readonly done: boolean
      readonly disseminated: number
      readonly newest: number
    }
  | {
      readonly kind: 'cordon'
      readonly outcome: 'changed' | 'unchanged' | 'no_namespace' | 'overloaded'
      /** Whether a member has the name now. */
      readonly member: boolean
      /** The namespace's newest after it; 0 where there is no such namespace. */
      readonly generation: number
    }
  | {
      readonly kind: 'lift'
      readonly outcome: 'changed' | 'unchanged' | 'no_namespace'
      /** The namespace's newest; 0 where there is no such namespace. */
      readonly generation: number
    }
  | { readonly kind: 'clock' }
  /** `unknown_to_hosts`: a member does not know it yet. `held`: by the setting `levelMax`. */
  | {
      readonly kind: 'level'
      readonly outcome: 'raised' | 'unchanged' | 'unknown_to_hosts' | 'held'
      /** Of the cluster after it. */
      readonly level: number
    }
  /** `in_use`: it has members, or not everybody may know that it has none; `default` stays. */
  | {
      readonly kind: 'drop'
      readonly outcome: 'dropped' | 'no_namespace' | 'in_use' | 'default'
    }
  | { readonly kind: 'register' | 'unregister'; readonly outcome: RegistryOutcome }
  | {
      readonly kind: 'settings'
      readonly changed: boolean
      readonly settings: Settings
      /** Why the new settings were refused; empty when they were not. */
      readonly faults: readonly string[]
    }
