/**
 * What a node does with what its core puts out, and the order of it: the new standing first, for
 * everything else depends on it; time stamps before the messages that they are about; then
 * messages, disk, applying and answers. Messages that must wait for the disk wait in the core.
 */
import { memberIds } from '../core/configuration.js'
import type { Entry, ReplicaId } from '../core/entry.js'
import type { Message } from '../core/message.js'
import type { AppendRecord, Output, Standing } from '../core/output.js'
import { eventsBytesMax, eventsWaitingMax } from './disk/event-queue.js'
import { weigh } from './identity/divergence.js'
import { coreOf, type NodeState } from './node-state.js'
import { failLeaderCalls } from './node-stop.js'

/**
 * Does everything that is to be done now, but only a slice of what is to be applied. Call after
 * every input. Callbacks may call the node again: what they cause is done before this returns.
 */
export function settle<R>(node: NodeState<R>): void {
  if (node.isSettling) return
  node.isSettling = true
  try {
    drain(node)
    applySlice(node)
    drain(node)
  } finally {
    node.isSettling = false
  }
  wakeIfNeeded(node)
}

/** Whether `work` would do anything. */
export function hasWork<R>(node: NodeState<R>): boolean {
  return mayApply(node) || (node.core !== null && node.snapshots.hasWork)
}

function wakeIfNeeded<R>(node: NodeState<R>): void {
  if (node.isStopped || node.isWoken || !hasWork(node)) return
  node.isWoken = true
  node.ports.wake()
}

function drain<R>(node: NodeState<R>): void {
  do {
    const { core } = node
    while (!node.isStopped && core !== null && core === node.core && core.hasOutput) {
      handleOutput(node, core.takeOutput())
    }
  } while (writeNext(node) || (node.core?.hasOutput === true && !node.isStopped))
}

/** Returns whether an operation was handed out, and is durable already. */
function writeNext<R>(node: NodeState<R>): boolean {
  const { queue, identity, clock, ports, tick } = node
  if (node.isStopped || queue.isBusy) return false
  if (identity.isUrgent && node.latching === null) {
    queue.writeIdentity({ peers: identity.book.takeUnsaved() }, clock.nowMs, null)
  }
  const operation = queue.take(clock.nowMs, () => identity.toPiggyback(tick))
  if (operation === null) return false
  ports.store(operation)
  return !queue.isBusy
}

function mayApply<R>({ applier, queue, core, bytes }: NodeState<R>): boolean {
  const { eventsWaiting } = queue
  const isFull =
    eventsWaiting > eventsWaitingMax ||
    (eventsWaiting > 0 && bytes.applied - bytes.projected > eventsBytesMax)
  return core !== null && applier.waiting > 0 && !isFull
}

function applySlice<R>(node: NodeState<R>): void {
  if (node.isStopped || !mayApply(node)) return
  node.applier.slice(coreOf(node))
  node.reads.applied(node.applier.appliedIndex)
  node.membership.retry()
}

function handleOutput<R>(node: NodeState<R>, output: Output): void {
  const { lease, confirmations, clock, reads, applier, tick } = node
  if (output.standing !== null) standingChanged(node, output.standing)
  if (output.configuration !== null) tellMembership(node)
  if (output.round > 0) {
    lease.roundSent(output.round, clock.nowMs)
    confirmations.sent(output.round)
  }
  for (const message of output.messages) send(node, message)
  if (output.append !== null) append(node, output.append)
  applier.add(output.committed)
  for (const { read, index } of output.reads) reads.quorumAnswered(read, index, tick)
  for (const read of output.abandonedReads) reads.quorumAbandoned(read)
  if (output.confirmedRound > 0) {
    lease.roundConfirmed(output.confirmedRound)
    confirmations.confirmed(output.confirmedRound)
  }
}

function standingChanged<R>(node: NodeState<R>, standing: Standing): void {
  const { standing: before, lease, confirmations, reads, duties, snapshots, ports, tick } = node
  node.standing = standing
  lease.standingChanged(standing)
  const { role, term, leader } = standing
  const leads = role === 'leader'
  const ledBefore = before.role === 'leader'
  const isOtherTerm = term !== before.term
  if (ledBefore && (!leads || isOtherTerm)) {
    confirmations.lost()
    snapshots.leadershipLost()
    failLeaderCalls(node)
  }
  if (ledBefore !== leads || isOtherTerm) duties.roleChanged()
  if (leader !== before.leader || leads !== ledBefore) reads.leaderChanged(tick)
  if (node.transfer?.standingChanged(standing) === true) node.transfer = null
  if (role !== before.role || isOtherTerm || leader !== before.leader) {
    ports.roleChanged({ role, term, leader })
  }
}

export function tellMembership<R>(node: NodeState<R>): void {
  const { configuration } = coreOf(node)
  node.ports.membershipChanged({ configuration, members: node.applier.roster.members() })
  const unmet = node.identity.configured(memberIds(configuration))
  for (const id of unmet) node.ports.greet(id)
}

function send<R>(node: NodeState<R>, message: Message): void {
  const { identity, snapshots, ports, tick } = node
  if (node.latching !== null) return
  if (message.kind === 'snapshot') {
    snapshots.send(message, tick)
    return
  }
  if (message.kind === 'append-accepted') identity.acknowledged(message)
  ports.send(message.to, { kind: 'raft', message })
}

function append<R>({ queue, snapshots, applier, clock }: NodeState<R>, record: AppendRecord): void {
  if (record.snapshot === null) {
    queue.append(record, null, clock.nowMs)
    return
  }
  applier.dropWaiting()
  queue.append(record, snapshots.toInstall(record.snapshot.index), clock.nowMs)
}

/** A record of the core is durable. */
export function appended<R>(node: NodeState<R>, { token, snapshot }: AppendRecord): void {
  if (node.isStopped) return
  const core = coreOf(node)
  if (snapshot === null) {
    core.appended(token)
    return
  }
  const { index } = snapshot
  const { snapshots, duties, proposals, ports, reads, clock } = node
  snapshots.install(index, clock.nowMs)
  duties.digests.restored()
  core.appended(token)
  snapshots.installed()
  proposals.passedOver(index)
  ports.restored(index)
  tellMembership(node)
  reads.applied(index)
}

/** The state machine has applied an entry. */
export function applied<R>(node: NodeState<R>, entry: Entry, result: R): void {
  const { snapshots, duties, machine, proposals, ports } = node
  snapshots.applied(entry.data.length)
  node.bytes.applied += entry.data.length
  if (duties.digests.wants(entry.index)) {
    weigh(node, duties.digests.applied(entry.index, machine.digest))
  }
  if (node.isStopped) return
  ports.applied(entry, result)
  proposals.applied(entry, result)
}

/**
 * A membership change is active. Those that it removed are told when they show themselves again.
 * A replica that finds itself among them goes on until somebody tells it: until a quorum of those
 * that are left has its removal on the disk, they may yet need its word or its vote (bug L8).
 */
export function membersChanged<R>(node: NodeState<R>, removed: readonly ReplicaId[]): void {
  const { settings, identity, snapshots, duties, ignored } = node
  for (const id of removed) {
    if (id === settings.id) continue
    identity.book.forget(id)
    duties.forget(id)
    ignored.forget(id)
    snapshots.peerRemoved(id)
  }
  tellMembership(node)
}
