/**
 * What may be asked of a configuration, as values. What a change makes of a configuration is
 * configuration.ts, its bytes are configuration-codec.ts, what cannot be is configuration-check.ts.
 */
import type { Configuration, ReplicaId } from './entry.js'

/**
 * `voter`: add as a voter, or promote; `learner`: add as a learner, or demote; `remove`: neither
 * from now on. All of them say how it shall be, so repeating one changes nothing.
 */
export interface MemberChange {
  readonly kind: 'voter' | 'learner' | 'remove'
  readonly id: ReplicaId
}

/**
 * How several changes become active. `auto`: at once if it is only one, else through a joint
 * configuration that the leader leaves by itself; `implicit`: always so; `explicit`: through a
 * joint configuration that stays until a `leave` is proposed.
 */
export type Transition = 'auto' | 'implicit' | 'explicit'

/** What an operator proposes. `context` is the host's own (an address, say): carried, not read. */
export type ConfigurationProposal =
  | {
      readonly kind: 'change'
      readonly transition: Transition
      readonly changes: readonly MemberChange[]
      readonly context: Uint8Array
    }
  | { readonly kind: 'leave'; readonly context: Uint8Array }

/**
 * What a configuration entry holds. `begin` is the first entry of a log and says what the log
 * starts from, so that a replica which is added later and reads the log from its start gets there.
 */
export type ConfigurationChange =
  | ConfigurationProposal
  | { readonly kind: 'begin'; readonly configuration: Configuration }
