/** What the machine of calls asks about actors, at the instant: a sidecar answers it. */

/** What an actor runs under here. */
export interface Held {
  /** The fencing token. */
  readonly token: number
  /** Of the table that says so. */
  readonly generation: number
}

export type Location =
  /** This host may run it at this instant, and its lease holds for `leaseLeftMs` more. */
  | { readonly kind: 'here'; readonly held: Held; readonly leaseLeftMs: number }
  /** `host`: its name, which is the address of its sidecar. */
  | { readonly kind: 'there'; readonly host: string; readonly generation: number }
  | {
      /** Its owner is about to change, or it is this host's and may not be run now. */
      readonly kind: 'moving'
      /** While this host lets go of it: what runs may still finish under this. Else null. */
      readonly held: Held | null
      /** Another host that has it until the move is over; null when it is not known. */
      readonly holder: string | null
    }
  /** There is no table, or none that can be relied on. */
  | { readonly kind: 'unknown' }
  /** No host of the table has the type. */
  | { readonly kind: 'no_owner' }

export interface Ownership {
  /** Where the actor is by all that is known at this instant, the lease included. */
  locate(type: string, id: string): Location
  /** Of the table that answers; null before the first. */
  readonly generation: number | null
}

/** Keys of this host that it lets go of or has to stop. */
export interface MovingKeys {
  /** Actor types of which keys may be among them. */
  readonly types: readonly string[]
  has(type: string, id: string): boolean
}

export interface ActorKey {
  readonly type: string
  readonly id: string
}

/** What somebody who asked whether this host owns an actor may believe. */
export interface Grant extends Held {
  /** For so long from the question on, in ms: at most 500. */
  readonly holdsMs: number
}
