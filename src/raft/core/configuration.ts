/**
 * Membership changes: what they are and what they make of a configuration (Raft §6, thesis §4).
 * Pure values; who tracks the members' progress is members.ts, the bytes are
 * configuration-codec.ts.
 *
 * A change takes effect where its entry is applied. Between two neighbouring configurations of any
 * chain that these rules allow, every quorum of the one meets every quorum of the other: a plain
 * change moves one voter at most, everything else goes through a joint configuration.
 */
import type { Configuration, ReplicaId } from './entry.js'
import { invariant } from './invariant.js'

/** Most replicas in one configuration, learners and leaving voters included. */
export const membersMax = 64

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

export type Changed =
  | { readonly kind: 'changed'; readonly configuration: Configuration }
  /** The change does not fit the configuration; `reason` says why, for people. */
  | { readonly kind: 'refused'; readonly reason: string }

export const emptyConfiguration: Configuration = {
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
}

/** A configuration that is not joint. */
export function plainConfiguration(
  voters: readonly ReplicaId[],
  learners: readonly ReplicaId[] = [],
): Configuration {
  return { ...emptyConfiguration, voters: sorted(voters), learners: sorted(learners) }
}

export function isJoint(configuration: Configuration): boolean {
  return configuration.votersOutgoing.length > 0
}

/** Everybody that the leader sends to or counts: sorted, once each. */
export function memberIds(configuration: Configuration): ReplicaId[] {
  const { voters, votersOutgoing, learners, learnersNext } = configuration
  return sorted([...voters, ...votersOutgoing, ...learners, ...learnersNext])
}

/** The configuration after a change; the argument stays as it is. */
export function changeConfiguration(before: Configuration, change: ConfigurationChange): Changed {
  switch (change.kind) {
    case 'begin':
      return beginWith(change.configuration)
    case 'leave':
      return isJoint(before)
        ? checked(leaveJoint(before))
        : refused('there is no joint configuration to leave')
    case 'change':
      return isJoint(before)
        ? refused('the joint configuration must be left first')
        : enter(before, change.changes, change.transition)
  }
}

function beginWith(configuration: Configuration): Changed {
  const contradiction = contradictionIn(configuration)
  return contradiction === null ? checked(configuration) : refused(contradiction)
}

function enter(
  before: Configuration,
  changes: readonly MemberChange[],
  transition: Transition,
): Changed {
  if (changes.length === 0) return refused('the change names no replica')
  const joint = transition !== 'auto' || changes.length > 1
  if (joint && before.voters.length === 0) return refused('nobody votes yet: begin with one change')
  return checked({
    ...changeMembers(before, changes, joint ? before.voters : []),
    autoLeave: joint && transition !== 'explicit',
  })
}

/** `outgoing`: who goes on voting beside the new voters until the joint configuration is left. */
function changeMembers(
  before: Configuration,
  changes: readonly MemberChange[],
  outgoing: readonly ReplicaId[],
): Configuration {
  const voters = new Set(before.voters)
  const learners = new Set(before.learners)
  const learnersNext = new Set<ReplicaId>()
  for (const { kind, id } of changes) {
    if (kind === 'learner' && learners.has(id)) continue
    voters.delete(id)
    learners.delete(id)
    learnersNext.delete(id)
    if (kind === 'voter') voters.add(id)
    if (kind === 'learner') (outgoing.includes(id) ? learnersNext : learners).add(id)
  }
  return {
    voters: sorted(voters),
    votersOutgoing: sorted(outgoing),
    learners: sorted(learners),
    learnersNext: sorted(learnersNext),
    autoLeave: false,
  }
}

function leaveJoint(before: Configuration): Configuration {
  return plainConfiguration(before.voters, [...before.learners, ...before.learnersNext])
}

/** Refuses what nobody could run; asserts what the rules above must never make. */
function checked(configuration: Configuration): Changed {
  if (configuration.voters.length === 0) return refused('no voter would be left')
  if (memberIds(configuration).length > membersMax) {
    return refused(`there would be more than ${membersMax} replicas`)
  }
  const contradiction = contradictionIn(configuration)
  invariant(contradiction === null, `a configuration where ${contradiction}`, { configuration })
  return { kind: 'changed', configuration }
}

/** Why a configuration that comes from outside cannot be; null if it can. */
export function contradictionIn(configuration: Configuration): string | null {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration
  const lists = [voters, votersOutgoing, learners, learnersNext]
  if (lists.some((ids) => !isRising(ids))) return 'ids are not in rising order'
  const votes = (id: ReplicaId) => voters.includes(id) || votersOutgoing.includes(id)
  if (learners.some(votes)) return 'a learner votes'
  if (learnersNext.some((id) => voters.includes(id) || !votersOutgoing.includes(id))) {
    return 'somebody other than a leaving voter is a learner next'
  }
  if (autoLeave && !isJoint(configuration)) return 'there is nothing to leave'
  return voters.length === 0 && isJoint(configuration) ? 'nobody would vote' : null
}

function isRising(ids: readonly ReplicaId[]): boolean {
  return ids.every((id, i) => i === 0 || ids[i - 1]! < id)
}

function refused(reason: string): Changed {
  return { kind: 'refused', reason }
}

function sorted(ids: Iterable<ReplicaId>): ReplicaId[] {
  return [...new Set(ids)].sort((a, b) => a - b)
}
