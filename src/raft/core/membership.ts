/**
 * Membership changes of a running replica (Raft §6, thesis §4): proposing them, and following them
 * where they are applied. What a change makes of a configuration is configuration.ts.
 *
 * A leader proposes a change only once it has applied the last one and an entry of its own term
 * (bug S2); no replica campaigns with one that is committed but not applied (S3). With that, any
 * two configurations that are in use at a time are the same or neighbours.
 */
import { changeConfiguration, hasMember, memberIds } from './configuration.js'
import { decodeChange, encodeChange } from './configuration-codec.js'
import { type CoreState, reportOf } from './core-state.js'
import type { Configuration, ConfigurationChange, ConfigurationProposal, Entry } from './entry.js'
import { InvariantError } from './invariant.js'
import type { LeaderState } from './leader-state.js'
import { JointQuorum } from './quorum.js'
import { type Proposed, refused } from './refusal.js'
import { advanceConfirmedRound, flushAppends } from './replication.js'
import { appendEntry, becomeFollower } from './roles.js'
import { handOverOnRemoval } from './transfer.js'

const noContext = new Uint8Array()

export function proposeConfChange(core: CoreState, proposal: ConfigurationProposal): Proposed {
  const { leadership, configuration } = core
  if (leadership === null) return refused(core.leader === 0 ? 'no_leader' : 'not_leader')
  if (leadership.transferee !== 0) return refused('transferring')
  if (core.apply.appliedIndex < leadership.pendingChangeIndex) return refused('change_pending')
  if (isBeginning(proposal)) return refused('change_invalid', 'only a new log begins')
  const changed = changeConfiguration(configuration, proposal)
  if (changed.kind === 'refused') return refused('change_invalid', changed.reason)
  const index = appendEntry(core, leadership, 'configuration', encodeChange(proposal))
  leadership.changeProposed(index)
  return { kind: 'accepted', index, term: core.term }
}

/** What the types forbid, a host without them may ask for: it would replace everybody at once. */
function isBeginning({ kind }: ConfigurationChange): boolean {
  return kind === 'begin'
}

/** An entry has been applied that may change the configuration. */
export function applyChange(core: CoreState, entry: Entry): void {
  const change = decodeChange(entry.data)
  const changed = change === undefined ? undefined : changeConfiguration(core.configuration, change)
  // The leader checked it against this very configuration: all before it had been applied.
  if (changed?.kind !== 'changed') {
    const { index, term } = entry
    throw new InvariantError('a change that cannot be was committed', {
      entry: { index, term },
      change,
      ...reportOf(core),
    })
  }
  const stays = new Set(memberIds(changed.configuration))
  const removes = memberIds(core.configuration).some((id) => !stays.has(id))
  if (removes) core.removalIndex = entry.index
  switchConfiguration(core, changed.configuration)
}

/** Goes over to a configuration. A leader that no longer votes steps down (bug L7). */
export function switchConfiguration(core: CoreState, configuration: Configuration): void {
  core.configuration = configuration
  core.quorum = new JointQuorum(configuration.voters, configuration.votersOutgoing)
  const { leadership } = core
  if (leadership === null) return
  leadership.setMembers(configuration, core.log.lastIndex, core.settings)
  if (!core.quorum.has(core.id)) {
    stepDownOnRemoval(core, leadership)
    return
  }
  if (!core.quorum.has(leadership.transferee)) leadership.abortTransfer()
  leadership.advanceCommit(core)
  advanceConfirmedRound(core, leadership)
}

/** Others learn of the commit that removed this leader, and one of them takes over at once. */
function stepDownOnRemoval(core: CoreState, leadership: LeaderState): void {
  if (!core.muted) flushAppends(core, leadership)
  handOverOnRemoval(core, leadership)
  becomeFollower(core, core.term, 0)
}

/** A leader leaves a joint configuration that says so as soon as it may. */
export function leaveJointWhenDue(core: CoreState): void {
  const { leadership, configuration } = core
  if (leadership === null || !configuration.autoLeave || leadership.transferee !== 0) return
  if (core.apply.appliedIndex < leadership.pendingChangeIndex) return
  proposeConfChange(core, { kind: 'leave', context: noContext })
}

export function isMember({ configuration }: CoreState, id: number): boolean {
  return hasMember(configuration, id)
}
