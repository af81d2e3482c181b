/**
 * Membership changes: what they are and what they make of a configuration (Raft §6, thesis §4).
 * Pure values; what none of them can be is configuration-check.ts, the bytes are
 * configuration-codec.ts.
 *
 * A change takes effect where its entry is applied. Between two neighbouring configurations of any
 * chain that these rules allow, every quorum of the one meets every quorum of the other: a plain
 * change moves one voter at most, everything else goes through a joint configuration.
 */

import { contradictionIn, faultInChange } from './configuration-check.js'
import type {
  Configuration,
  ConfigurationChange,
  MemberChange,
  ReplicaId,
  Transition,
} from './entry.js'
import { invariant } from './invariant.js'
import { membersMax } from './limits.js'

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

export function hasMember(configuration: Configuration, id: ReplicaId): boolean {
  const { voters, votersOutgoing, learners, learnersNext } = configuration
  return [voters, votersOutgoing, learners, learnersNext].some((ids) => ids.includes(id))
}

/** The configuration after a change; the argument stays as it is. */
export function changeConfiguration(before: Configuration, change: ConfigurationChange): Changed {
  const fault = faultInChange(change)
  if (fault !== null) return refused(fault)
  switch (change.kind) {
    case 'begin':
      return checked(change.configuration)
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

function enter(
  before: Configuration,
  changes: readonly MemberChange[],
  transition: Transition,
): Changed {
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

function refused(reason: string): Changed {
  return { kind: 'refused', reason }
}

function sorted(ids: Iterable<ReplicaId>): ReplicaId[] {
  return [...new Set(ids)].sort((a, b) => a - b)
}
