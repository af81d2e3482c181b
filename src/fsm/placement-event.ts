/**
 * What entries did, as events. They are enough to rebuild any table from a later or an earlier one
 * (past-table.ts): each event of a generation says what was before and what is after, with the
 * factor and the digest of the table that the whole generation gives.
 */
import type { ProjectedEvent } from '../raft/node/disk/storage.js'
import type { RemovalReason } from './command.js'
import type { MemberState } from './namespace-state.js'

/** A member as it stands in an event. */
export interface EventMember {
  readonly epoch: number
  readonly instance: string
  readonly appId: string
  readonly cordoned: boolean
  /** Id of the type set. */
  readonly typeSet: number
  readonly types: readonly string[]
  /** It offers none of these any more, and stands in the table as cordoned. Absent means false. */
  readonly withdrawn?: true
}

/** Detail of an event that is part of a generation. */
export interface GenerationDetail {
  /** Of the table after this generation. */
  readonly digest: string
  readonly factor: number
  readonly factorBefore: number
  /** Feature level of the table. */
  readonly level: number
  readonly levelBefore: number
  /** null: not a member. Both are null when only the factor or the level changed. */
  readonly before: EventMember | null
  readonly after: EventMember | null
}

/** Events that are part of a generation; the others do not alter a table. */
export const generationKinds = [
  'joined',
  'restarted',
  'changed',
  'removed',
  'cordoned',
  'uncordoned',
  'retyped',
  'factor',
  'reshaped',
] as const

export type GenerationKind = (typeof generationKinds)[number]
/** Events about the cluster as a whole. */
export type ClusterKind =
  | 'genesis'
  | 'lead'
  | 'disseminated'
  | 'dropped'
  | 'lifted'
  | 'settings'
  | 'level'
  | 'registered'
  | 'unregistered'
  | 'recovered'

export type EventKind = GenerationKind | ClusterKind

export interface PlacementEvent extends ProjectedEvent {
  readonly kind: EventKind
  readonly reason: RemovalReason | null
}

/** Numbers the events of one entry. */
export class EventList {
  readonly events: PlacementEvent[] = []
  readonly #index: number
  readonly #atMs: number

  constructor(index: number, atMs: number) {
    this.#index = index
    this.#atMs = atMs
  }

  add(
    kind: EventKind,
    about: Partial<Pick<PlacementEvent, 'namespace' | 'generation' | 'member' | 'reason'>>,
    detail: unknown,
  ): void {
    this.events.push({
      index: this.#index,
      position: this.events.length,
      namespace: about.namespace ?? null,
      generation: about.generation ?? null,
      kind,
      member: about.member ?? null,
      reason: about.reason ?? null,
      atMs: this.#atMs,
      detail,
    })
  }
}

export function eventMember(member: MemberState | undefined): EventMember | null {
  if (member === undefined) return null
  const { epoch, instance, appId, cordoned, typeSet, retyped } = member
  const shown = { epoch, instance, appId, cordoned, typeSet: typeSet.id, types: typeSet.types }
  return retyped?.withdrawn === true ? { ...shown, withdrawn: true } : shown
}
