/** What time does to a node: one tick of its clock. */
import { goOnLeaving } from './identity/divergence.js'
import { meet, restoreAgain } from './node-start.js'
import type { NodeState } from './node-state.js'

export function advance<R>(node: NodeState<R>): void {
  node.tick += 1
  restoreAgain(node)
  const { core, clock, tick, duties, snapshots, identity, settings } = node
  if (core === null || node.latching !== null) return
  if (tick >= settings.electionTicks) meet(node, identity.listened())
  if (identity.stage === 'member') {
    tickCore(node)
    duties.tick(tick, clock.nowMs, othersOf(node))
  }
  snapshots.tick(tick, clock.nowMs)
  expire(node)
  goOnLeaving(node)
}

/**
 * A follower whose disk does not answer does not campaign (bug L2): its time stands still, and so
 * does the promise that its last leader relies on.
 */
function tickCore<R>(node: NodeState<R>): void {
  const { core, duties, clock, settings } = node
  if (core === null) return
  if (core.role !== 'leader' && duties.isDiskStalled(clock.nowMs)) return
  core.tick()
  const { voters, votersOutgoing } = core.configuration
  const isAlone = voters.length === 1 && voters[0] === settings.id && votersOutgoing.length === 0
  // There is nobody to wait for, but a leader that has yet to learn that it votes no more: to such
  // a one the core keeps its promise.
  if (isAlone && core.role === 'follower') core.campaign()
}

function expire<R>(node: NodeState<R>): void {
  const { tick, proposals, confirmations, reads, membership } = node
  proposals.expire(tick)
  confirmations.expire(tick)
  reads.tick(tick)
  membership.expire(tick)
  membership.retry()
  if (node.transfer?.expire(tick) === true) node.transfer = null
}

function othersOf<R>({ core, settings }: NodeState<R>): readonly number[] {
  if (core === null) return []
  const { voters, votersOutgoing, learners } = core.configuration
  const ids = new Set([...voters, ...votersOutgoing, ...learners])
  ids.delete(settings.id)
  return [...ids]
}
