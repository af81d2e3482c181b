/**
 * What a node does with what other replicas say. Whoever was not let in by its handshake, or was
 * removed, is not listened to; a replica that takes no part yet listens to a leader's log alone.
 */
import type { ReplicaId } from '../core/entry.js'
import type { InstallSnapshot, Message } from '../core/message.js'
import type { Frame, ReadQuestion } from './frame.js'
import { compareDigests } from './identity/divergence.js'
import { coreOf, isMember, leasedIndex, type NodeState, removalOf } from './node-state.js'
import { latch } from './node-stop.js'

/** @param run of the process at the other end of the connection that the frame came by */
export function receive<R>(node: NodeState<R>, from: ReplicaId, run: number, frame: Frame): void {
  const { identity, applier, ports, settings } = node
  if (node.core === null || node.latching !== null || !isMet(node, from, run)) return
  const removal = removalOf(node, from)
  if (removal !== 'none') {
    if (frame.kind === 'removed' || removal !== 'settled') return
    ports.send(from, { kind: 'removed', replica: from, index: applier.appliedIndex })
    return
  }
  if (frame.kind === 'removed') {
    if (frame.replica !== settings.id) return
    latch(node, 'removed', `Replica ${settings.id} was removed by entry ${frame.index}.`)
    return
  }
  if (identity.stage === 'member') receiveAsMember(node, from, frame)
  else receiveLog(node, from, frame)
}

/**
 * Whether what a member says besides counts: what replicas tell one another of hosts, requests and
 * themselves. For who is no member could speak for any host.
 * @param run as for `receive`
 */
export function isHeard<R>(node: NodeState<R>, from: ReplicaId, run: number): boolean {
  return isMet(node, from, run) && isMember(node, from)
}

/** Whether a connection is of the run that was met; a member of whom it is not is noted. */
function isMet<R>(node: NodeState<R>, from: ReplicaId, run: number): boolean {
  const { identity, ignored, clock } = node
  const hasMet = identity.hasMet(from, run)
  if (hasMet) ignored.heard(from, 'unmet')
  else if (isMember(node, from)) ignored.note(from, 'unmet', clock.nowMs)
  return hasMet
}

/**
 * The replica is empty: it takes a leader's log, votes for nobody and answers no questions. One
 * that was to begin the cluster does so as well: the others may have begun while it had lost sight
 * of one of them. If nobody leads, for they need its vote, whoever asks for it is met anew: its
 * handshake is from before it began, and it may recognise this replica.
 */
function receiveLog<R>(node: NodeState<R>, from: ReplicaId, frame: Frame): void {
  switch (frame.kind) {
    case 'raft': {
      const { kind } = frame.message
      if (kind === 'append' || kind === 'heartbeat') step(node, from, frame.message)
      else if (kind === 'vote-request' && node.identity.isOutdated(from)) node.ports.greet(from)
      break
    }
    case 'snapshot-offer':
    case 'snapshot-chunk':
      receiveAsMember(node, from, frame)
      break
    default:
      break
  }
}

function receiveAsMember<R>(node: NodeState<R>, from: ReplicaId, frame: Frame): void {
  const { snapshots, reads, duties, queue, identity, clock, tick, settings } = node
  switch (frame.kind) {
    case 'raft':
      step(node, from, frame.message)
      break
    case 'snapshot-offer': {
      const { message } = frame
      if (message.from !== from || message.to !== settings.id) return
      snapshots.offered(from, frame, tick)
      break
    }
    case 'snapshot-chunk':
      snapshots.chunk(from, frame, tick)
      break
    case 'snapshot-progress':
      snapshots.progress(from, frame, tick)
      break
    case 'read-question':
      answerRead(node, from, frame)
      break
    case 'read-answer':
      if (frame.run !== identity.run || from !== coreOf(node).leader) return
      reads.leaderAnswered(frame.number, frame.index, tick)
      break
    case 'health':
      if (duties.heard(from, frame, clock.nowMs)) queue.writeIdentity({}, clock.nowMs, null)
      break
    case 'digests':
      compareDigests(node, from, frame.points)
      break
    case 'removed':
      break
  }
}

function step<R>(
  node: NodeState<R>,
  from: ReplicaId,
  message: Exclude<Message, InstallSnapshot>,
): void {
  if (message.from !== from || message.to !== node.settings.id) return
  const { book } = node.identity
  const { term } = message
  const core = coreOf(node)
  if (message.kind === 'append-accepted') book.acknowledged(from, term, message.index)
  if (message.kind === 'vote-response' && message.granted && !message.pre) book.promised(from, term)
  const { farTerms } = core
  core.step(message)
  const { ignored, clock } = node
  if (core.farTerms === farTerms) ignored.heard(from, 'far-term')
  else if (isMember(node, from)) ignored.note(from, 'far-term', clock.nowMs)
}

/** A follower's `default` read: this leader's commit index, under its lease or confirmed. */
function answerRead<R>(node: NodeState<R>, to: ReplicaId, { number, run }: ReadQuestion): void {
  const { ports, reads, tick } = node
  const answer = (index: number | null) => {
    ports.send(to, { kind: 'read-answer', number, run, index })
  }
  const index = leasedIndex(node)
  if (node.aside !== null) answer(null)
  else if (index !== null) answer(index)
  else if (coreOf(node).role !== 'leader') answer(null)
  else {
    reads.read('consistent', tick, (outcome) => {
      answer(typeof outcome === 'number' ? outcome : null)
    })
  }
}
