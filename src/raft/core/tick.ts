/** What time does. One tick is the host's unit; a pause of the host should count as one tick. */

import { tickSnapshots } from './compaction.js'
import type { CoreState } from './core-state.js'
import { tickElection } from './election.js'
import type { Leadership } from './leadership.js'
import { leaveJointWhenDue } from './membership.js'
import { becomeFollower } from './roles.js'
import { tickTransfer } from './transfer.js'

export function tick(core: CoreState): void {
  core.tick += 1
  core.reads.expire(core.tick)
  if (core.leadership === null) tickElection(core)
  else tickLeader(core, core.leadership)
}

function tickLeader(core: CoreState, leadership: Leadership): void {
  core.electionTicks += 1
  core.heartbeatTicks += 1
  if (core.electionTicks >= core.settings.electionTimeoutTicks) {
    core.electionTicks = 0
    if (!checkQuorum(core, leadership)) return
  }
  tickTransfer(core, leadership)
  tickSnapshots(core, leadership)
  leaveJointWhenDue(core)
  if (core.heartbeatTicks >= core.settings.heartbeatTicks) {
    core.heartbeatTicks = 0
    leadership.requestRound(core.round)
  }
}

/** Steps down if no quorum was heard from for an election timeout. Returns whether it leads on. */
function checkQuorum(core: CoreState, leadership: Leadership): boolean {
  if (core.settings.checkQuorum && !leadership.isHeardByQuorum(core.quorum)) {
    becomeFollower(core, core.term, 0)
    return false
  }
  for (const peer of leadership.peers) peer.recentlyActive = false
  return true
}
