/**
 * What the log says of the replicas beside who votes: where each one is reached, which learners
 * are to be promoted once they have caught up, and which ids are gone for good. A function of the
 * log, equal on all replicas at equal index; it travels at the head of every snapshot.
 *
 * Invariant: an id that was removed stays so; it is never used again.
 */
import { rosterLayout } from '../../../versions/versions.js'
import { decode, encode } from '../../../wire/msgpack.js'
import { memberIds } from '../../core/configuration.js'
import { decodeChange } from '../../core/configuration-codec.js'
import type { Configuration, Entry, ReplicaId } from '../../core/entry.js'
import { membersMax } from '../../core/limits.js'
import { addressUnitsMax, removedMax } from '../frame-limits.js'
import { UnknownFields } from '../unknown-fields.js'

/** What a configuration change says of a replica that it adds. */
export interface RosterMember {
  readonly id: ReplicaId
  /** `host:port` where other replicas reach it; null: as this replica was told at its start. */
  readonly address: string | null
  /** A learner that becomes a voter as soon as it has caught up. */
  readonly promote: boolean
}

/** Whether all replicas can read it back. */
export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= addressUnitsMax
}

/** The context of a configuration change. */
export function encodeMembers(members: readonly RosterMember[]): Uint8Array {
  return encode({ members })
}

function decodeMembers(context: Uint8Array): readonly RosterMember[] {
  if (context.length === 0) return []
  const fields = new UnknownFields(decode(context), 'Context of a configuration change')
  return fields.records('members', membersMax).map(readMember)
}

function readMember(fields: UnknownFields): RosterMember {
  return {
    id: fields.positive('id'),
    address: fields.isNull('address') ? null : fields.text('address', addressUnitsMax),
    promote: fields.flag('promote'),
  }
}

export class Roster {
  readonly #members = new Map<ReplicaId, RosterMember>()
  /** With the index of the entry that removed it. */
  readonly #removed = new Map<ReplicaId, number>()

  get(id: ReplicaId): RosterMember | undefined {
    return this.#members.get(id)
  }

  isRemoved(id: ReplicaId): boolean {
    return this.#removed.has(id)
  }

  /** Index of the entry that removed this replica; null if none has. */
  removedAt(id: ReplicaId): number | null {
    return this.#removed.get(id) ?? null
  }

  /** Ids that are gone for good, by id. */
  removed(): readonly ReplicaId[] {
    return [...this.#removed.keys()].sort((a, b) => a - b)
  }

  /** How many ids are gone for good. */
  get removedCount(): number {
    return this.#removed.size
  }

  /** Learners that wait to become voters. */
  toPromote(configuration: Configuration): readonly ReplicaId[] {
    return configuration.learners.filter((id) => this.#members.get(id)?.promote === true)
  }

  /**
   * A configuration entry has been applied.
   * @returns the ids that it removed for good
   */
  applied(entry: Entry, before: Configuration, after: Configuration): readonly ReplicaId[] {
    const change = decodeChange(entry.data)
    if (change !== undefined && change.kind !== 'begin') {
      for (const member of decodeMembers(change.context)) this.#members.set(member.id, member)
    }
    const members = memberIds(after)
    const gone = memberIds(before).filter((id) => !members.includes(id))
    for (const id of gone) {
      this.#members.delete(id)
      this.#removed.set(id, entry.index)
    }
    return gone
  }

  /**
   * Only this replica is left of all that the roster knows; the ids of the others are gone for
   * good, as those that were removed before are. Where it is reached, it says itself: its database
   * may have come to another machine.
   * @param others ids that the roster may not know, as those that the cluster began with
   * @param index of the entry, or snapshot, that says so
   */
  alone(self: ReplicaId, others: readonly ReplicaId[], index: number): Roster {
    const roster = new Roster()
    for (const id of [...this.#members.keys(), ...others]) roster.#removed.set(id, index)
    for (const [id, at] of this.#removed) roster.#removed.set(id, at)
    roster.#removed.delete(self)
    return roster
  }

  /** By id. */
  members(): readonly RosterMember[] {
    return [...this.#members.values()].sort((a, b) => a.id - b.id)
  }

  /** Equal for equal rosters. */
  encode(): Uint8Array {
    const members = this.members()
    const removed = [...this.#removed].map(([id, at]) => ({ id, at })).sort((a, b) => a.id - b.id)
    return encode({ layout: rosterLayout, members, removed })
  }

  /** @throws BerthError `invalid_message` when the bytes are no roster of a version known here */
  static decode(bytes: Uint8Array): Roster {
    const fields = new UnknownFields(decode(bytes), 'Roster')
    const roster = new Roster()
    if (fields.natural('layout') !== rosterLayout) throw fields.invalid('layout', 'known here')
    for (const member of fields.records('members', membersMax).map(readMember)) {
      roster.#members.set(member.id, member)
    }
    for (const removed of fields.records('removed', removedMax)) {
      roster.#removed.set(removed.positive('id'), removed.positive('at'))
    }
    return roster
  }
}
