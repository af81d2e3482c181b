/** What a benchmark asks of a fleet in a process of its own, and what it is told. */
import type { RoundSeen } from './fleet.js'

export type FleetRequest =
  | { readonly kind: 'grow'; readonly count: number }
  | { readonly kind: 'round'; readonly joins: number }
  | { readonly kind: 'replace'; readonly count: number }
  | { readonly kind: 'idle'; readonly ms: number }
  /** How long the welcome of an observer is, which has the whole table. */
  | { readonly kind: 'table' }
  /** To as many subscribers of NATS as there are hosts: publish, and wait for all replies. */
  | { readonly kind: 'echo'; readonly nats: string; readonly turns: number }

export interface FleetAnswer {
  /** Null where no round was asked for. */
  readonly round: RoundSeen | null
  /** All turns of an echo, in ms; bytes of a table; 0 where neither was asked for. */
  readonly value: number
  /** Of the fleet's process meanwhile, in ms. */
  readonly cpuMs: number
  /** What an undisturbed fleet never hears, and how often, so far. */
  readonly odd: readonly (readonly [string, number])[]
  /** Why it was not done; null when it was. */
  readonly error: string | null
}
