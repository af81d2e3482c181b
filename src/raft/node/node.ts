/**
 * One replica around its Raft core: restart, disk, leases and reads, snapshots, membership,
 * identity; everything of a replica but I/O, clock and chance. Inputs go in by the methods, each
 * with the time (monotonic ms); what is to be done comes out of the ports, synchronously.
 *
 * The host's duties: call `start` once, `tick` every `tickMs`, `work` soon after `wake`, `stored`
 * and `chunkRead` when that is done, in order; compose `hello` when a connection stands, show the
 * peer's to `judge`, and call `connected` once both sides have accepted; pass frames of connected
 * peers alone. After `stop` nothing does anything any more. Every callback is called exactly once
 * (bug L17), at the latest a timeout after the call.
 */
import { BerthError } from '../../errors/berth-error.js'
import type { ReplicaId } from '../core/entry.js'
import type { Raft } from '../core/raft.js'
import { LeadershipTransfer, type TransferDone } from './calls/leadership-transfer.js'
import type { MembershipDone, MembershipRequest } from './calls/membership-requests.js'
import { refusalError } from './calls/refusal-error.js'
import type { ProposalDone } from './calls/waiting-proposals.js'
import type { ProjectedEvent, StoredSnapshot, StoredState } from './disk/storage.js'
import type { Frame } from './frame.js'
import { type Glimpse, type Handshake, isWhole } from './identity/handshake.js'
import type { Verdict } from './identity/peer-judgement.js'
import { isHeard, receive } from './node-frames.js'
import { completeNodeSettings, type NodeOptions } from './node-options.js'
import { appended, applied, membersChanged, settle } from './node-output.js'
import type { NodePorts, StateMachine } from './node-ports.js'
import { checkMayStart, meet, restoreChunk, restoreFailed, start } from './node-start.js'
import { createNodeState, type NodeState, removalOf } from './node-state.js'
import { type NodeStatus, statusOf } from './node-status.js'
import { close, latch, stop, stopOnError } from './node-stop.js'
import { advance } from './node-tick.js'
import type { ConfirmationDone } from './reads/confirmations.js'
import type { ReadDone } from './reads/read-lane.js'
import type { ReadMode } from './reads/reads.js'
import type { SnapshotDone } from './snapshots/snapshots.js'

/** @typeParam R what the state machine makes of an entry */
export class Node<R> {
  readonly #node: NodeState<R>

  /**
   * @throws BerthError `invalid_config`; `identity_lost` or `removed` for a database that is marked
   *   so and must never take part again
   */
  constructor(
    options: NodeOptions,
    stored: StoredState,
    machine: StateMachine<R>,
    ports: NodePorts<R>,
    nowMs: number,
  ) {
    const settings = completeNodeSettings(options)
    checkMayStart(settings.id, stored)
    const reactions = { appended, applied, membersChanged }
    this.#node = createNodeState<R>(settings, stored, machine, ports, reactions, nowMs)
  }

  /** Begins: restores the state machine, then takes part as the identity allows. */
  start(nowMs: number): void {
    this.#node.clock.start(nowMs)
    this.#input(nowMs, () => start(this.#node))
  }

  /** Time went on. Every input says so; this one says nothing else. */
  observe(nowMs: number): void {
    this.#input(nowMs, () => undefined)
  }

  /** Call it every `tickMs`; late calls are not made up for. */
  tick(nowMs: number): void {
    this.#input(nowMs, () => {
      if (this.#node.clock.tick()) advance(this.#node)
    })
  }

  /** Goes on with what was left for later. Call it after `wake`, behind input that waits. */
  work(nowMs: number): void {
    this.#input(nowMs, () => {
      this.#node.isWoken = false
      if (this.#node.core !== null) this.#node.snapshots.work(nowMs)
    })
  }

  /**
   * A frame that `parseFrame` has let through has come from a peer that was let in.
   * @param run what the peer showed as `run` when the connection began that the frame came by
   */
  receive(from: ReplicaId, run: number, frame: Frame, nowMs: number): void {
    this.#input(nowMs, () => receive(this.#node, from, run, frame))
  }

  /**
   * Whether what this peer says to others than this node counts: by a connection of the run that
   * was met, and as a member.
   * @param run as for `receive`
   */
  isHeard(from: ReplicaId, run: number, nowMs: number): boolean {
    let heard = false
    this.#input(nowMs, () => {
      heard = isHeard(this.#node, from, run)
    })
    return heard
  }

  /** The operation under way is durable, or never will be. */
  stored(error: BerthError | null, nowMs: number): void {
    this.#input(nowMs, () => {
      const { queue, duties, clock } = this.#node
      if (error !== null) this.storageLost(error, nowMs)
      else {
        duties.diskAnswered(clock.nowMs)
        queue.completed()
      }
    })
  }

  /** Nothing will be durable any more, whether or not an operation is under way. */
  storageLost({ code, message }: BerthError, nowMs: number): void {
    this.#input(nowMs, () => stop(this.#node, { code, detail: message }))
  }

  /** @param outcome the bytes, or why they cannot be read */
  chunkRead(
    snapshot: StoredSnapshot,
    chunk: number,
    outcome: Uint8Array | BerthError,
    nowMs: number,
  ): void {
    this.#input(nowMs, () => {
      const { restoring, snapshots, tick } = this.#node
      const failed = outcome instanceof BerthError
      if (restoring !== null) {
        if (failed) restoreFailed(this.#node, outcome)
        else restoreChunk(this.#node, snapshot, chunk, outcome)
      } else if (failed) snapshots.chunkFailed(snapshot, chunk, outcome, tick, nowMs)
      else snapshots.chunkRead(snapshot, chunk, outcome, tick)
    })
  }

  /**
   * Has a command written into the log, on the leader. `data` must not be changed afterwards.
   * @param done with the result once it is applied here; or `not_leader`, `no_leader`,
   *   `overloaded`, `too_large`, `unavailable`; `timeout`: it may or may not be applied
   */
  propose(data: Uint8Array, nowMs: number, done: ProposalDone<R>): void {
    this.#call(nowMs, done, (core) => {
      const { settings, proposals, tick } = this.#node
      if (data.length > settings.proposalBytesMax) {
        const detail = `${data.length} bytes are more than ${settings.proposalBytesMax}.`
        return done(new BerthError('too_large', detail))
      }
      if (proposals.count >= settings.proposalsMax) return done(new BerthError('overloaded'))
      const proposed = core.propose(data)
      if (proposed.kind === 'accepted') proposals.add(proposed.index, proposed.term, tick, done)
      else done(refusalError(proposed.reason, core.leader, proposed.detail))
    })
  }

  /** `true` only after a quorum has answered a heartbeat that was sent after this call. */
  confirmLeadership(nowMs: number, done: ConfirmationDone): void {
    this.#call(
      nowMs,
      () => done(false),
      (core) => {
        const { confirmations, tick } = this.#node
        if (core.role === 'leader') confirmations.ask(tick, done)
        else done(false)
      },
    )
  }

  /**
   * Waits until the local state may be read, on any replica.
   * @param done with the index that the state is at; or `no_leader`, `timeout`, `overloaded`,
   *   `unavailable`. Read at once: the state goes on changing afterwards.
   */
  read(mode: ReadMode, nowMs: number, done: ReadDone): void {
    this.#call(nowMs, done, () => this.#node.reads.read(mode, this.#node.tick, done))
  }

  /**
   * Changes who is in the cluster, on the leader; done when the change is active here.
   * @param done as for `propose`; also `conflict`, `not_found`, `invalid_request`
   */
  changeMembership(request: MembershipRequest, nowMs: number, done: MembershipDone): void {
    this.#call(nowMs, done, (core) => {
      const { membership, proposals, applier, tick } = this.#node
      if (core.role !== 'leader') {
        return done(refusalError(core.leader === 0 ? 'no_leader' : 'not_leader', core.leader))
      }
      membership.add(request, tick, {
        accepted: (index, term) =>
          proposals.add(index, term, tick, (outcome) =>
            done(outcome instanceof BerthError ? outcome : { index, term, changed: true }),
          ),
        unchanged: () => done({ index: applier.appliedIndex, term: core.term, changed: false }),
        failed: done,
      })
    })
  }

  /** Whether this id was removed from the cluster, as far as this replica has applied the log. */
  isRemoved(id: ReplicaId): boolean {
    return this.#node.applier.roster.isRemoved(id)
  }

  /**
   * Hands leadership over.
   * @param to null: the best of the others
   * @param done with whoever leads then; or `not_leader`, `conflict`, `timeout`, `unavailable`
   */
  transferLeadership(to: ReplicaId | null, nowMs: number, done: TransferDone): void {
    this.#call(nowMs, done, (core) => {
      const { duties, settings, tick } = this.#node
      if (core.role !== 'leader') {
        return done(refusalError(core.leader === 0 ? 'no_leader' : 'not_leader', core.leader))
      }
      if (to === settings.id) return done(settings.id)
      if (this.#node.transfer !== null) {
        return done(new BerthError('conflict', 'Leadership is being handed over already.'))
      }
      const target = to ?? duties.bestTarget(core, nowMs)
      if (target === undefined) {
        return done(new BerthError('conflict', 'No other voter is known to be up.'))
      }
      const refusal = core.transferLeader(target)
      if (refusal !== null) return done(refusalError(refusal, core.leader))
      const deadlineTick = tick + 2 * settings.electionTicks
      this.#node.transfer = new LeadershipTransfer(settings.id, core.term, deadlineTick, done)
    })
  }

  /**
   * Begins an election now. Refused while a leader may rely on this replica's silence.
   * @returns why not; null when begun
   */
  campaign(nowMs: number): BerthError | null {
    let outcome: BerthError | null = null
    const fail = (error: BerthError) => {
      outcome = error
    }
    this.#call(nowMs, fail, (core) => {
      const isLed = core.role !== 'leader' && core.leader !== 0
      const refusal = isLed ? 'silence_promised' : core.campaign()
      if (refusal !== null) fail(refusalError(refusal, core.leader))
    })
    return outcome
  }

  /** Always refused, and says why: `default` reads rest on followers that remember their leader. */
  forgetLeader(): BerthError {
    return refusalError('leases_in_use', this.#node.standing.leader)
  }

  /** Makes a snapshot of this replica's state now. */
  snapshotNow(nowMs: number, done: SnapshotDone): void {
    this.#call(nowMs, done, () => this.#node.snapshots.takeNow(done))
  }

  /**
   * What applied entries did, for the event projection: in order, everything up to `through`. It is
   * written before any snapshot of that state is complete.
   */
  project(through: number, events: readonly ProjectedEvent[]): void {
    const node = this.#node
    this.#input(node.clock.nowMs, () => {
      const { applied } = node.bytes
      const done = () => {
        node.projectedIndex = through
        node.bytes.projected = applied
      }
      node.queue.project({ through, events, done })
    })
  }

  /** The state machine has learned the id of the cluster. */
  clusterFormed(clusterId: string, nowMs: number): void {
    this.#input(nowMs, () => {
      const { identity, queue, clock } = this.#node
      const change = identity.clusterFormed(clusterId)
      if (change !== null) queue.writeIdentity(change, clock.nowMs, null)
    })
  }

  /** What to say when a connection stands; compose it then. */
  hello(): Handshake {
    return this.#node.identity.hello()
  }

  /** What to show to whoever is refused and not confided in. */
  glimpse(): Glimpse {
    return this.#node.identity.glimpse()
  }

  /** Whether a peer that says this may take part. Tell it when not, as the verdict says. */
  judge(peer: Handshake): Verdict {
    return this.#node.identity.judge(peer, removalOf(this.#node, peer.replicaId))
  }

  /** Both sides have accepted the other's handshake: frames follow. */
  connected(peer: Handshake, nowMs: number): void {
    this.#input(nowMs, () => {
      const node = this.#node
      const { identity, ports } = node
      if (node.latching !== null || this.judge(peer).kind === 'refuse') return
      const before = identity.waitsFor
      meet(node, identity.met(peer))
      const isNews = identity.stage !== 'member' && identity.waitsFor !== before
      if (isNews && !node.isBeginning) ports.log('info', {}, identity.waitsFor)
    })
  }

  /** A peer has refused this replica's handshake, and shows itself, or as much as strangers see. */
  refused(peer: Handshake | Glimpse, code: string, detail: string, nowMs: number): void {
    this.#input(nowMs, () => {
      const isFinal = code === 'identity_lost' || code === 'removed'
      const level = code === 'unavailable' ? 'info' : 'warn'
      const { identity, ports } = this.#node
      ports.log(level, { peer: peer.replicaId, code }, detail)
      const isOfThisCluster = isWhole(peer)
        ? this.judge(peer).kind === 'accept'
        : identity.mayBeOfThisCluster(peer)
      if (isFinal && isOfThisCluster) latch(this.#node, code, detail)
      else if (isOfThisCluster) identity.refusedBy(peer)
    })
  }

  /** There is no connection to this peer any more. */
  unreachable(peer: ReplicaId, nowMs: number): void {
    this.#input(nowMs, () => {
      this.#node.identity.lost(peer)
      this.#node.core?.reportUnreachable(peer)
    })
  }

  status(nowMs: number): NodeStatus {
    return statusOf(this.#node, nowMs)
  }

  /** Ends without a reason of its own. Whoever waits is told; hand leadership over before. */
  close(): void {
    close(this.#node)
  }

  /** Something around this node threw that must not: it stops, as for an error of its own. */
  fail(error: unknown): void {
    stopOnError(this.#node, error)
  }

  /** Any input: first the clock, then what it is, then everything that follows from it. */
  #input(nowMs: number, act: () => void): void {
    const node = this.#node
    if (node.isStopped) return
    try {
      const gapMs = node.clock.observe(nowMs)
      if (gapMs > 0) this.#stalled(gapMs)
      act()
      settle(node)
    } catch (error) {
      stopOnError(node, error)
    }
  }

  /** A call that needs a replica which takes part. */
  #call(nowMs: number, fail: (error: BerthError) => void, act: (core: Raft) => void): void {
    const node = this.#node
    if (node.isStopped) {
      fail(new BerthError('unavailable', 'This replica has stopped.'))
      return
    }
    this.#input(nowMs, () => {
      const { core, identity, latching, aside } = node
      if (core === null) fail(new BerthError('unavailable', 'This replica restores its state.'))
      else if (latching !== null) fail(new BerthError('unavailable', latching.detail))
      else if (aside !== null) fail(new BerthError('unavailable', aside.detail))
      else if (identity.stage === 'member') act(core)
      else fail(new BerthError('unavailable', identity.waitsFor))
    })
  }

  #stalled(gapMs: number): void {
    const { lease, queue, clock, ports } = this.#node
    lease.stalled()
    queue.processStalled(clock.nowMs)
    ports.log('warn', { gapMs }, 'This process stood still.')
    ports.stalled(gapMs)
  }
}
