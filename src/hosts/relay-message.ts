/**
 * What the replicas tell one another about host sessions: upstream from the replica that holds the
 * session to the leader, downstream back. Every upstream message carries all that the leader must
 * know of the session, so that a new leader needs nothing from the one before it. The secret by
 * which a host proves that it is the instance that was admitted goes no further than the replica
 * that its session is attached to (docs/safety.md, "Who speaks"): the leader hears a hash of it.
 */

import { base64Url } from '../hash/byte-writer.js'
import type { ReplicaId } from '../raft/core/entry.js'
import type { TableContext } from '../table/table-context.js'
import type {
  Acknowledged,
  Fence,
  Hello,
  Order,
  Refused,
  TypesWaiting,
  Waiting,
} from '../wire/messages.js'

/** Names a session for ever: the replica's incarnation and a number. */
export type SessionId = string

/** Where a session is attached. */
export interface Route {
  readonly replica: ReplicaId
  readonly session: SessionId
}

/** One admission of one host. */
export interface Admission {
  readonly namespace: string
  readonly name: string
  readonly epoch: number
}

export type Upstream =
  | {
      readonly kind: 'hello'
      readonly session: SessionId
      readonly hello: Omit<ProvenHello, 'secretHash'>
      readonly secretHash: string
    }
  | ({
      readonly kind: 'heartbeat'
      /** How often the hello of its session was told, while that is not answered; else 0. */
      readonly hellos: number
    } & SessionHeartbeat)
  | ({
      readonly kind: 'leave' | 'bye' | 'fenced'
      readonly session: SessionId
      readonly lineage: string
      readonly secretHash: string
    } & Admission)
  /** Only from the feature level on that has it: a leader of an older build would not read it. */
  | ({
      readonly kind: 'types'
      readonly session: SessionId
      readonly lineage: string
      readonly secretHash: string
      readonly number: number
      readonly types: readonly string[]
    } & Admission)
  | { readonly kind: 'closed'; readonly session: SessionId }

/** A heartbeat with the name of its session; `name` is null for observers, whose epoch is 0. */
export interface SessionHeartbeat {
  readonly session: SessionId
  readonly namespace: string
  readonly name: string | null
  /** Of the session's hello; empty for an observer that gave no secret. */
  readonly secretHash: string
  readonly lineage: string
  readonly epoch: number
  readonly number: number
  readonly acknowledged: Acknowledged
  readonly listening: boolean
}

export type Downstream =
  /** The welcome is to be composed from a state at or after `index`. */
  | {
      readonly kind: 'admitted'
      readonly session: SessionId
      readonly epoch: number
      readonly index: number
      /** Newest generation of the running round, null when none runs. */
      readonly roundTo: number | null
    }
  | ({ readonly session: SessionId } & Waiting)
  /** The leader does not know the session, whose hello was told so often: it is lost. */
  | { readonly kind: 'say_hello'; readonly session: SessionId; readonly hellos: number }
  | {
      readonly kind: 'answer'
      readonly session: SessionId
      readonly number: number
      readonly disseminated: number
      /** Absent when the host acknowledged the disseminated generation itself. */
      readonly digest?: string
    }
  | {
      readonly kind: 'refused'
      readonly session: SessionId
      readonly number: number
      readonly code: Refused['code']
      readonly disseminated: number
      readonly digest: string
    }
  | {
      readonly kind: 'fence'
      readonly session: SessionId
      readonly epoch: number
      readonly code: Fence['code']
    }
  | { readonly kind: 'left'; readonly session: SessionId; readonly epoch: number }
  | {
      readonly kind: 'types_taken'
      readonly session: SessionId
      readonly epoch: number
      readonly number: number
      /** From this one on tables have them. */
      readonly generation: number
    }
  | ({ readonly session: SessionId } & Omit<TypesWaiting, 'lineage'>)
  /** Another session of the same admission took over. */
  | { readonly kind: 'superseded'; readonly session: SessionId }
  /** Of an update in parts only the last one names sessions (update-parts.ts). */
  | { readonly kind: 'orders'; readonly sessions: readonly SessionId[]; readonly order: Order }
  /** Which round runs in a namespace; `to` is null when none does. To every replica. */
  | { readonly kind: 'round'; readonly namespace: string; readonly to: number | null }

/** A hello with the hash of its secret in place of the secret; empty for a hello without one. */
export type ProvenHello = Omit<Hello, 'secret'> & { readonly secretHash: string }

export function prove(hello: Hello, { hasher, writer }: TableContext): ProvenHello {
  const { secret, ...rest } = hello
  if (secret === undefined) return { ...rest, secretHash: '' }
  const bytes = writer.reset().text('berth.secret.1').text(secret).written()
  return { ...rest, secretHash: base64Url(hasher.digest256(bytes)) }
}
