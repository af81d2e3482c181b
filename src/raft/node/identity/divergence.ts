/**
 * What a replica does once it finds that another one has another state at the same index (design
 * §4, docs/safety.md). One of the two is wrong, and neither can know by itself which:
 *
 *   a majority of the voters stands against it   it stops; a leader hands over to one of them first
 *   a majority has its own state                 it goes on, and is an alarm about the others
 *   all have spoken, and none has a majority     a follower that differs from its leader stops
 *   too few have spoken                          it goes on, and is an alarm
 *
 * A leader that is on its way out answers nobody any more, sends its hosts elsewhere, and stops at
 * the latest two election timeouts later, whether or not somebody took over.
 */
import { BerthError } from '../../../errors/berth-error.js'
import type { ReplicaId } from '../../core/entry.js'
import { JointQuorum } from '../../core/quorum/joint.js'
import type { DigestPoint } from '../frame.js'
import { coreOf, isMember, type NodeState, type SteppingAside } from '../node-state.js'
import { failLeaderCalls, stop } from '../node-stop.js'
import { transferTargets } from '../regular-duties.js'
import { type Difference, judgeDifference, type Verdict } from './digest-watch.js'

/** In election timeouts. */
const handOverTimeouts = 2

/** A member has told its digests. */
export function compareDigests<R>(
  node: NodeState<R>,
  from: ReplicaId,
  points: readonly DigestPoint[],
): void {
  const { duties, applier, machine } = node
  // Of those alone that it may compare itself with: others come and go as they like.
  if (!isMember(node, from)) return
  const { appliedIndex } = applier
  weigh(
    node,
    duties.digests.told(from, points, appliedIndex, () => machine.digest),
  )
}

/** Acts on what a comparison has found. */
export function weigh<R>(node: NodeState<R>, difference: Difference | null): void {
  if (difference === null || node.isStopped || node.aside !== null) return
  const { core, settings } = node
  if (core === null) return
  const { voters, votersOutgoing } = core.configuration
  const quorum = new JointQuorum(voters, votersOutgoing)
  const verdict = judgeDifference(difference, quorum, settings.id)
  if (verdict.kind === 'minority') leave(node, verdict, describe(difference, verdict))
  else if (verdict.kind === 'tie' && differsFromLeader(node, difference)) {
    stop(node, { code: 'state_diverged', detail: describe(difference, verdict) })
  }
}

/** Call at every tick. */
export function goOnLeaving<R>(node: NodeState<R>): void {
  const { aside, tick } = node
  if (aside === null || node.isStopped) return
  const core = coreOf(node)
  if (core.role !== 'leader' || tick >= aside.deadlineTick) {
    stop(node, { code: 'state_diverged', detail: aside.detail })
    return
  }
  if (core.status().transferee === 0) handOver(node, aside)
}

function leave<R>(
  node: NodeState<R>,
  { against }: Extract<Verdict, { kind: 'minority' }>,
  detail: string,
): void {
  if (coreOf(node).role !== 'leader') {
    stop(node, { code: 'state_diverged', detail })
    return
  }
  const deadlineTick = node.tick + handOverTimeouts * node.settings.electionTicks
  node.aside = { detail, to: against, deadlineTick }
  node.ports.log('error', { to: against }, `This leader hands over and stops: ${detail}`)
  node.confirmations.lost()
  node.reads.failAll(new BerthError('unavailable', detail))
  failLeaderCalls(node)
  node.ports.leaving()
  handOver(node, node.aside)
}

function handOver<R>(node: NodeState<R>, { to }: SteppingAside): void {
  const core = coreOf(node)
  const target = transferTargets(core, to).find((id) => to.includes(id))
  if (target !== undefined) core.transferLeader(target)
}

function differsFromLeader<R>(node: NodeState<R>, { own, others }: Difference): boolean {
  const core = coreOf(node)
  const leaders = others.get(core.leader)
  return core.role !== 'leader' && leaders !== undefined && leaders !== own
}

function describe({ index, own, others }: Difference, verdict: Verdict): string {
  const told = [...others].map(([id, digest]) => `${digest} on replica ${id}`).join(', ')
  const found = `The digest of the state at index ${index} is ${own} here, but ${told}.`
  const why =
    verdict.kind === 'minority'
      ? 'Most voters have another state than this replica.'
      : 'No state has a majority, and this one is not the state of the leader.'
  const advice = 'Keep the logs and report it. Started again it makes its state anew.'
  return `${found} ${why} ${advice}`
}
