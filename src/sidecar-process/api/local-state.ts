/** How a host does and what happens to it, as the local API shows it. */
import type { SidecarState } from '../../sidecar/state.js'

/** The application, as it is watched. */
export interface LocalApplication {
  readonly state: 'waiting' | 'up' | 'unhealthy'
  /** For how long it has been so, in ms. */
  readonly forMs: number
  /** Why it is so, or what is wrong all the same; null for nothing. */
  readonly reason: string | null
}

/** Calls that are not over, and the actors that were called here. */
export interface LocalCalls {
  readonly running: number
  readonly waiting: number
  readonly forwarded: number
  readonly actors: number
}

export interface LocalState {
  /** Whether it has joined, and the application, where there is one, is up. */
  readonly ready: boolean
  /** Null of a sidecar without a host: it only looks up and calls. */
  readonly host: {
    /** host:port */
    readonly name: string
    readonly appId: string
    readonly types: readonly string[]
  } | null
  /** Null where there is none. */
  readonly application: LocalApplication | null
  readonly sidecar: SidecarState
  readonly calls: LocalCalls
}

/** Something that happened to this host. */
export type LocalEvent =
  /** Another table answers. */
  | { readonly kind: 'table'; readonly generation: number }
  /** This host may own more actors of these types than before. */
  | { readonly kind: 'gained'; readonly generation: number; readonly types: readonly string[] }
  /** Actors of these types leave; `deadlineMs` from the start of the round to `generation`. */
  | {
      readonly kind: 'letting_go'
      readonly generation: number | null
      readonly types: readonly string[]
      readonly deadlineMs: number
    }
  /** Actors of these types have to stop at once; `isFinal`: all of them. */
  | {
      readonly kind: 'fenced'
      readonly types: readonly string[]
      readonly isFinal: boolean
      readonly reason: string
    }
