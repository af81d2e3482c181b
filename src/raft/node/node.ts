/**
 * One replica around its Raft core: restart, disk, leases and reads, snapshots, membership,
 * identity; everything of a replica but I/O, clock and chance. Inputs go in by the methods, each
 * with the time (monotonic ms); what is to be done comes out of the ports, synchronously. The parts
 * keep their promises in the folders beside this file; how they act together is all here.
 *
 * The host's duties: call `start` once, `tick` every `tickMs`, `work` soon after `wake`, `stored`
 * and `chunkRead` when that is done, in order; compose `hello` when a connection stands, show the
 * peer's to `judgeHello`, and call `connected` once both sides have accepted; pass frames of
 * connected peers alone. After `stop` nothing does anything any more. Every callback is called
 * exactly once (bug L17), at the latest a timeout after the call.
 */
import { BerthError } from '../../errors/berth-error.js'
import { Budget } from '../../jobs/job.js'
import {
  emptyConfiguration,
  hasMember,
  memberIds,
  plainConfiguration,
} from '../core/configuration.js'
import type { Configuration, Entry, ReplicaId } from '../core/entry.js'
import { InvariantError } from '../core/invariant.js'
import type { InstallSnapshot, Message } from '../core/message.js'
import type { AppendRecord, Output, Standing } from '../core/output.js'
import { JointQuorum } from '../core/quorum.js'
import type { Raft } from '../core/raft.js'
import { Applier } from './applier.js'
import { LeadershipTransfer, type TransferDone } from './calls/leadership-transfer.js'
import {
  type MembershipDone,
  type MembershipRequest,
  MembershipRequests,
} from './calls/membership-requests.js'
import { refusalError } from './calls/refusal-error.js'
import { type ProposalDone, WaitingProposals } from './calls/waiting-proposals.js'
import type { ProjectedEvent, StoredSnapshot, StoredState } from './disk/storage.js'
import { eventsBytesMax, eventsWaitingMax, WriteQueue } from './disk/write-queue.js'
import type { Frame, ReadQuestion } from './frame.js'
import type { Meeting } from './identity/bootstrap.js'
import { Divergence, type SteppingAside } from './identity/divergence.js'
import { type Glimpse, type Handshake, isWhole, type PeerHello } from './identity/handshake.js'
import { IdentityKeeper } from './identity/identity-keeper.js'
import { IgnoredPeers } from './identity/ignored-peers.js'
import type { PeerRemoval, PeerVerdict } from './identity/peer-judgement.js'
import {
  completeNodeSettings,
  electionTimeoutMs,
  type NodeOptions,
  type NodeSettings,
} from './node-options.js'
import type { NodePorts, StateMachine, StopReason } from './node-ports.js'
import type { NodeStage, NodeStatus } from './node-status.js'
import { type ConfirmationDone, Confirmations } from './reads/confirmations.js'
import { LeaderLease, leaseLengthMs } from './reads/lease.js'
import type { Question, ReadDone } from './reads/read-lane.js'
import { type ReadMode, Reads } from './reads/reads.js'
import { RegularDuties } from './regular-duties.js'
import { checkMayStart, isAlone, restoredConfiguration, restoredCore } from './restored-core.js'
import { type SnapshotDone, Snapshots } from './snapshots/snapshots.js'
import { StateRestore } from './snapshots/state-restore.js'
import { TickClock, tickToleranceMs } from './tick-clock.js'

const unknownStanding: Standing = {
  role: 'follower',
  term: 0,
  leader: 0,
  transferee: 0,
  handedOver: false,
  appliedOwnTerm: false,
}

/** @typeParam R what the state machine makes of an entry */
export class Node<R> {
  readonly #settings: NodeSettings
  readonly #stored: StoredState
  readonly #machine: StateMachine<R>
  readonly #ports: NodePorts<R>
  readonly #clock: TickClock
  readonly #identity: IdentityKeeper
  readonly #queue: WriteQueue
  readonly #applier: Applier<R>
  readonly #snapshots: Snapshots<R>
  readonly #duties: RegularDuties
  readonly #divergence: Divergence
  readonly #lease: LeaderLease
  readonly #proposals: WaitingProposals<R>
  readonly #confirmations: Confirmations
  readonly #reads: Reads
  readonly #membership: MembershipRequests
  readonly #ignored = new IgnoredPeers()

  /** null until the state machine is restored. */
  #core: Raft | null = null
  /** The state machine takes over a snapshot, the own one or a leader's; null if it does not. */
  #restore: StateRestore | null = null
  /** Ticks since the start. */
  #tick = 0
  /** As last told to the host. */
  #standing = unknownStanding
  /** Events of entries up to here are in the projection. */
  #projectedIndex: number
  /** Bytes of entries applied since the start, and of those whose events are in the projection. */
  #appliedBytes = 0
  #projectedBytes = 0
  /** Questions to leaders since the start. */
  #questions = 0
  /** A hand-over that somebody waits for; null for none. */
  #transfer: LeadershipTransfer | null = null
  /** What is to be durable before a first start goes on is being written. */
  #isBeginning = false
  /** Why this replica must not take part any more, while that is being written. */
  #latching: StopReason | null = null
  /** Ended: no input does anything. */
  #isStopped = false
  /** The work of this node is going on further up in the call stack. */
  #isSettling = false
  /** Whether more inputs come that are one with this. */
  #isTogether = false
  /** The host was asked to call `work`. */
  #isWoken = false

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
    this.#settings = settings
    this.#stored = stored
    this.#machine = machine
    this.#ports = ports
    this.#projectedIndex = stored.projected
    const { tickMs } = settings
    this.#clock = new TickClock({ tickMs, stallMs: electionTimeoutMs(settings) / 2 }, nowMs)
    const run = ports.random(Number.MAX_SAFE_INTEGER)
    this.#identity = new IdentityKeeper(settings, stored, run, (id) => this.#isMember(id))
    const lastIndex = stored.entries.at(-1)?.index ?? stored.compacted.index
    this.#queue = new WriteQueue(stored.hardState, lastIndex, {
      appended: (record) => this.#appended(record),
      durable: (hardState, index) => this.#identity.durable(hardState, index),
    })
    this.#applier = new Applier<R>(machine, {
      applied: (entry, result) => this.#applied(entry, result),
      membersChanged: (removed) => this.#membersChanged(removed),
    })
    this.#snapshots = this.#makeSnapshots(nowMs)
    this.#duties = this.#makeDuties()
    this.#divergence = this.#makeDivergence()
    this.#lease = new LeaderLease(leaseLengthOf(settings))
    this.#proposals = new WaitingProposals<R>(settings.proposalTimeoutTicks)
    const { confirmationTimeoutTicks, confirmationsMax } = settings
    this.#confirmations = new Confirmations(confirmationTimeoutTicks, confirmationsMax, () =>
      this.#raft.heartbeat(),
    )
    this.#reads = this.#makeReads()
    this.#membership = this.#makeMembership()
  }

  #makeSnapshots(nowMs: number): Snapshots<R> {
    const [ports, queue, stored] = [this.#ports, this.#queue, this.#stored]
    return new Snapshots<R>(
      this.#settings,
      { snapshot: stored.snapshot, compactedIndex: stored.compacted.index },
      { machine: this.#machine, applier: this.#applier, core: () => this.#raft },
      {
        send: (to, frame) => ports.send(to, frame),
        write: (operation, done) => queue.upkeep(operation, done),
        readChunk: (snapshot, chunk) => ports.readChunk(snapshot, chunk),
        crc32c: (bytes) => ports.crc32c(bytes),
        random: (bound) => ports.random(bound),
        warn: (fields, message) => ports.log('warn', fields, message),
      },
      nowMs,
    )
  }

  #makeDuties(): RegularDuties {
    return new RegularDuties(this.#settings, {
      core: () => this.#raft,
      identity: this.#identity,
      queue: this.#queue,
      applier: this.#applier,
      machine: this.#machine,
    })
  }

  #carryOutDuties(): void {
    for (const effect of this.#duties.takeEffects()) {
      if (effect.kind === 'send') this.#ports.send(effect.to, effect.frame)
      else this.#ports.log(effect.level, effect.fields, effect.message)
    }
  }

  #makeDivergence(): Divergence {
    const { id, electionTicks } = this.#settings
    return new Divergence(
      {
        ...{ id, electionTicks, digests: this.#duties.digests },
        core: () => this.#raft,
        digest: () => this.#machine.digest,
        tick: () => this.#tick,
      },
      { stop: (reason) => this.#stop(reason), leaving: (aside) => this.#leaving(aside) },
    )
  }

  #makeReads(): Reads {
    const { readTimeoutTicks: timeoutTicks, electionTicks, readsMax } = this.#settings
    return new Reads(
      {
        askQuorum: () => {
          const asked = this.#raft.readIndex()
          return asked.kind === 'accepted' ? { kind: 'asked', number: asked.read } : null
        },
        askLeader: () => this.#askLeader(),
        isLeader: () => this.#core?.role === 'leader',
        isLeaderKnown: () => (this.#core?.leader ?? 0) !== 0,
        appliedIndex: () => this.#applier.appliedIndex,
      },
      { timeoutTicks, retryTicks: electionTicks + 1, readsMax },
    )
  }

  #makeMembership(): MembershipRequests {
    return new MembershipRequests(
      {
        propose: (proposal) => this.#raft.proposeConfChange(proposal),
        configuration: () => this.#raft.configuration,
        roster: () => this.#applier.roster,
        hasCaughtUp: (id) => this.#duties.hasCaughtUp(id),
        toError: ({ reason, detail }) => refusalError(reason, this.#raft.leader, detail),
      },
      this.#settings.proposalTimeoutTicks,
    )
  }

  // ---- inputs --------------------------------------------------------------------------------

  /** Begins: restores the state machine, then takes part as the identity allows. */
  start(nowMs: number): void {
    this.#clock.start(nowMs)
    this.#input(nowMs, () => this.#begin())
  }

  /**
   * Several inputs as one: what follows from them is done once, behind the last of them. So many
   * commands leave as one append, and many answers make one.
   */
  together(nowMs: number, act: () => void): void {
    if (this.#isTogether) {
      act()
      return
    }
    this.#isTogether = true
    try {
      this.observe(nowMs)
      act()
    } finally {
      this.#isTogether = false
    }
    this.observe(nowMs)
  }

  /** Time went on. Every input says so; this one says nothing else. */
  observe(nowMs: number): void {
    this.#input(nowMs, () => undefined)
  }

  /** Call it every `tickMs`; late calls are not made up for. */
  tick(nowMs: number): void {
    this.#input(nowMs, () => {
      if (this.#clock.tick()) this.#advance()
    })
  }

  /** Goes on with what was left for later. Call it after `wake`, behind input that waits. */
  work(nowMs: number): void {
    this.#input(nowMs, () => {
      this.#isWoken = false
      this.#restoreSlice()
      if (this.#core !== null) this.#snapshots.work(nowMs)
    })
  }

  /**
   * A frame that `parseFrame` has let through has come from a peer that was let in.
   * @param run what the peer showed as `run` when the connection began that the frame came by
   */
  receive(from: ReplicaId, run: number, frame: Frame, nowMs: number): void {
    this.#input(nowMs, () => this.#heard(from, run, frame))
  }

  /**
   * Whether what this peer says to others than this node counts: by a connection of the run that
   * was met, and as a member.
   * @param run as for `receive`
   */
  isHeard(from: ReplicaId, run: number, nowMs: number): boolean {
    let heard = false
    this.#input(nowMs, () => {
      heard = this.#isMet(from, run) && this.#isMember(from)
    })
    return heard
  }

  /** The operation under way is durable, or never will be. */
  stored(error: BerthError | null, nowMs: number): void {
    this.#input(nowMs, () => {
      if (error !== null) this.storageLost(error, nowMs)
      else {
        this.#duties.diskAnswered(this.#clock.nowMs)
        this.#queue.completed()
      }
    })
  }

  /** Nothing will be durable any more, whether or not an operation is under way. */
  storageLost({ code, message }: BerthError, nowMs: number): void {
    this.#input(nowMs, () => this.#stop({ code, detail: message }))
  }

  /** @param outcome the bytes, or why they cannot be read */
  chunkRead(
    snapshot: StoredSnapshot,
    chunk: number,
    outcome: Uint8Array | BerthError,
    nowMs: number,
  ): void {
    this.#input(nowMs, () => {
      const failed = outcome instanceof BerthError
      if (this.#restore?.awaits(snapshot, chunk) === true) {
        if (failed) this.#restoreFailed(this.#restore, outcome)
        else this.#restore.chunkRead(outcome)
      } else if (failed) this.#snapshots.chunkFailed(snapshot, chunk, outcome, this.#tick, nowMs)
      else this.#snapshots.chunkRead(snapshot, chunk, outcome, this.#tick)
    })
  }

  // ---- calls ---------------------------------------------------------------------------------

  /**
   * Has a command written into the log, on the leader. `data` must not be changed afterwards.
   * @param done with the result once it is applied here; or `not_leader`, `no_leader`,
   *   `overloaded`, `too_large`, `unavailable`; `timeout`: it may or may not be applied
   */
  propose(data: Uint8Array, nowMs: number, done: ProposalDone<R>): void {
    this.#call(nowMs, done, (core) => {
      const { proposalBytesMax, proposalsMax } = this.#settings
      if (data.length > proposalBytesMax) {
        const detail = `${data.length} bytes are more than ${proposalBytesMax}.`
        return done(new BerthError('too_large', detail))
      }
      if (this.#proposals.count >= proposalsMax) return done(new BerthError('overloaded'))
      const proposed = core.propose(data)
      if (proposed.kind === 'accepted') {
        this.#proposals.add(proposed.index, proposed.term, this.#tick, done)
      } else done(refusalError(proposed.reason, core.leader, proposed.detail))
    })
  }

  /** `true` only after a quorum has answered a heartbeat that was sent after this call. */
  confirmLeadership(nowMs: number, done: ConfirmationDone): void {
    this.#call(
      nowMs,
      () => done(false),
      (core) => {
        if (core.role === 'leader') this.#confirmations.ask(this.#tick, done)
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
    this.#call(nowMs, done, () => this.#reads.read(mode, this.#tick, done))
  }

  /**
   * Changes who is in the cluster, on the leader; done when the change is active here.
   * @param done as for `propose`; also `conflict`, `not_found`, `invalid_request`
   */
  changeMembership(request: MembershipRequest, nowMs: number, done: MembershipDone): void {
    this.#call(nowMs, done, (core) => {
      if (core.role !== 'leader') {
        return done(refusalError(core.leader === 0 ? 'no_leader' : 'not_leader', core.leader))
      }
      const tick = this.#tick
      this.#membership.add(request, tick, {
        accepted: (index, term) =>
          this.#proposals.add(index, term, tick, (outcome) =>
            done(outcome instanceof BerthError ? outcome : { index, term, changed: true }),
          ),
        unchanged: () =>
          done({ index: this.#applier.appliedIndex, term: core.term, changed: false }),
        failed: done,
      })
    })
  }

  /** Whether this id was removed from the cluster, as far as this replica has applied the log. */
  isRemoved(id: ReplicaId): boolean {
    return this.#applier.roster.isRemoved(id)
  }

  /**
   * Hands leadership over.
   * @param to null: the best of the others
   * @param done with whoever leads then; or `not_leader`, `conflict`, `timeout`, `unavailable`
   */
  transferLeadership(to: ReplicaId | null, nowMs: number, done: TransferDone): void {
    this.#call(nowMs, done, (core) => {
      const { id, electionTicks } = this.#settings
      if (core.role !== 'leader') {
        return done(refusalError(core.leader === 0 ? 'no_leader' : 'not_leader', core.leader))
      }
      if (to === id) return done(id)
      if (this.#transfer !== null) {
        return done(new BerthError('conflict', 'Leadership is being handed over already.'))
      }
      const target = to ?? this.#duties.bestTarget(core, nowMs)
      if (target === undefined) {
        return done(new BerthError('conflict', 'No other voter is known to be up.'))
      }
      const refusal = core.transferLeader(target)
      if (refusal !== null) return done(refusalError(refusal, core.leader))
      const deadlineTick = this.#tick + 2 * electionTicks
      this.#transfer = new LeadershipTransfer(id, core.term, deadlineTick, done)
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
    return refusalError('leases_in_use', this.#standing.leader)
  }

  /** Makes a snapshot of this replica's state now. */
  snapshotNow(nowMs: number, done: SnapshotDone): void {
    this.#call(nowMs, done, () => this.#snapshots.takeNow(done))
  }

  /**
   * What applied entries did, for the event projection: in order, everything up to `through`. It is
   * written before any snapshot of that state is complete.
   */
  project(through: number, events: readonly ProjectedEvent[]): void {
    this.#input(this.#clock.nowMs, () => {
      const bytes = this.#appliedBytes
      const done = () => {
        this.#projectedIndex = through
        this.#projectedBytes = bytes
      }
      this.#queue.project({ through, events, done })
    })
  }

  /** The state machine has learned the id of the cluster. */
  clusterFormed(clusterId: string, nowMs: number): void {
    this.#input(nowMs, () => {
      const change = this.#identity.clusterFormed(clusterId)
      if (change !== null) this.#queue.writeIdentity(change, this.#clock.nowMs, null)
    })
  }

  // ---- peers ---------------------------------------------------------------------------------

  /** What to say when a connection stands; compose it then. */
  hello(): Handshake {
    return this.#identity.hello()
  }

  /**
   * Whether a peer that says this may take part. Tell it when not, as the verdict says.
   * @param dialled whom this replica called; null for one that has called
   */
  judgeHello(hello: PeerHello, dialled: ReplicaId | null): PeerVerdict {
    return this.#identity.judgeHello(hello, dialled, this.#removalOf(hello.shown.replicaId))
  }

  /** What a peer showed earlier, judged by what is known now. */
  judge(shown: Handshake): PeerVerdict {
    return this.#identity.judge(shown, this.#removalOf(shown.replicaId))
  }

  /** Both sides have accepted the other's handshake: frames follow. */
  connected(peer: Handshake, nowMs: number): void {
    this.#input(nowMs, () => {
      const identity = this.#identity
      if (this.#latching !== null || this.judge(peer).kind === 'refuse') return
      // What its run before told of a state that is gone with it says nothing of this one.
      if (!identity.hasMet(peer.replicaId, peer.run)) this.#duties.digests.forget(peer.replicaId)
      const before = identity.waitsFor
      this.#meet(identity.met(peer))
      const isNews = identity.stage !== 'member' && identity.waitsFor !== before
      if (isNews && !this.#isBeginning) this.#ports.log('info', {}, identity.waitsFor)
    })
  }

  /** A peer has refused this replica's handshake, and shows itself, or as much as strangers see. */
  refused(peer: Handshake | Glimpse, code: string, detail: string, nowMs: number): void {
    this.#input(nowMs, () => {
      const isFinal = code === 'identity_lost' || code === 'removed'
      const isOfThisCluster = isWhole(peer)
        ? this.judge(peer).kind === 'accept'
        : this.#identity.mayBeOfThisCluster(peer)
      if (isFinal && isOfThisCluster) this.#latch(code, detail)
      else if (isOfThisCluster) this.#identity.refusedBy(peer)
    })
  }

  /** There is no connection to this peer any more. */
  unreachable(peer: ReplicaId, nowMs: number): void {
    this.#input(nowMs, () => {
      this.#identity.lost(peer)
      this.#core?.reportUnreachable(peer)
    })
  }

  /** Ends without a reason of its own. Whoever waits is told; hand leadership over before. */
  close(): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#failAll('This replica stops.')
  }

  /** Something around this node threw that must not: it stops, as for an error of its own. */
  fail(error: unknown): void {
    if (error instanceof BerthError) {
      this.#stop({ code: error.code, detail: error.message })
      return
    }
    const what = error instanceof InvariantError ? 'A broken invariant' : 'An unexpected error'
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#stop({ code: 'internal', detail: `${what}: ${text}` })
  }

  status(nowMs: number): NodeStatus {
    const [queue, identity] = [this.#queue, this.#identity]
    const raft = this.#core?.status()
    const { snapshot, hardState, compacted } = this.#stored
    const configuration = raft?.configuration ?? snapshot?.meta.configuration
    return {
      id: this.#settings.id,
      uuid: identity.uuid,
      clusterId: identity.clusterId,
      stage: this.#stage,
      waitsFor: identity.stage === 'member' ? null : identity.waitsFor,
      role: raft?.role ?? 'follower',
      term: raft?.term ?? hardState.term,
      leader: raft?.leader ?? 0,
      transferee: raft?.transferee ?? 0,
      leaseMs: this.#lease.leftMs(nowMs),
      configuration: configuration ?? emptyConfiguration,
      members: this.#applier.roster.members(),
      log: {
        firstIndex: (raft?.compactedIndex ?? compacted.index) + 1,
        lastIndex: raft?.lastIndex ?? identity.durablePosition.lastIndex,
        durableIndex: raft?.stableIndex ?? identity.durablePosition.lastIndex,
        committedIndex: raft?.committedIndex ?? hardState.commit,
        appliedIndex: this.#applier.appliedIndex,
        bytes: raft?.logBytes ?? 0,
      },
      peers: raft?.peers ?? [],
      records: identity.book.records(),
      snapshots: this.#snapshots.status,
      restore: this.#restore?.status ?? null,
      differing: this.#duties.digests.differing,
      ignored: this.#ignored.list(nowMs),
      storage: {
        depth: queue.depth,
        oldestMs: queue.oldestMs(nowMs),
        isStalled: this.#duties.isDiskStalled(nowMs),
        isMuted: raft?.muted ?? false,
        eventsWaiting: queue.eventsWaiting,
        projectedIndex: this.#projectedIndex,
      },
      waiting: {
        proposals: this.#proposals.count,
        uncommittedBytes: raft?.uncommittedBytes ?? 0,
        reads: this.#reads.count,
        confirmations: this.#confirmations.count,
        entriesToApply: this.#applier.waiting,
      },
    }
  }

  get #stage(): NodeStage {
    if (this.#isStopped) return 'stopped'
    return this.#core === null ? 'restoring' : this.#identity.stage
  }

  /** Any input: first the clock, then what it is, then everything that follows from it. */
  #input(nowMs: number, act: () => void): void {
    if (this.#isStopped) return
    try {
      const gapMs = this.#clock.observe(nowMs)
      if (gapMs > 0) this.#stalled(gapMs)
      act()
      if (!this.#isTogether) this.#settle()
    } catch (error) {
      this.fail(error)
    }
  }

  /** A call that needs a replica which takes part. */
  #call(nowMs: number, fail: (error: BerthError) => void, act: (core: Raft) => void): void {
    if (this.#isStopped) {
      fail(new BerthError('unavailable', 'This replica has stopped.'))
      return
    }
    this.#input(nowMs, () => {
      const core = this.#core
      const { aside } = this.#divergence
      if (core === null) fail(new BerthError('unavailable', 'This replica restores its state.'))
      else if (this.#latching !== null) fail(new BerthError('unavailable', this.#latching.detail))
      else if (aside !== null) fail(new BerthError('unavailable', aside.detail))
      else if (this.#identity.stage === 'member') act(core)
      else fail(new BerthError('unavailable', this.#identity.waitsFor))
    })
  }

  #stalled(gapMs: number): void {
    this.#lease.stalled()
    this.#queue.processStalled(this.#clock.nowMs)
    this.#ports.log('warn', { gapMs }, 'This process stood still.')
    this.#ports.stalled(gapMs)
  }

  // ---- from what was stored to a replica that takes part -------------------------------------

  /** With a snapshot, the rest follows when the state machine has taken it over. */
  #begin(): void {
    const { identity, snapshot } = this.#stored
    if (identity.replicaId === 0 && this.#identity.stage === 'waiting') {
      this.#queue.writeIdentity({ replicaId: this.#settings.id }, this.#clock.nowMs, null)
    }
    if (snapshot === null) this.#takePart(0)
    else this.#beginRestore(snapshot)
  }

  /** One that is under way is given up. */
  #beginRestore(snapshot: StoredSnapshot): void {
    this.#restore = new StateRestore(snapshot, this.#machine.restoring(), (of, chunk) =>
      this.#ports.readChunk(of, chunk),
    )
    this.#restore.begin()
  }

  /** A chunk could not be read: it is asked for again, unless that is no use. */
  #restoreFailed(restore: StateRestore, { code, message, retryable }: BerthError): void {
    if (!retryable) {
      this.#stop({ code, detail: message })
      return
    }
    restore.chunkFailed(this.#tick + this.#settings.electionTicks)
    this.#ports.log('warn', { code }, `The own snapshot cannot be read yet: ${message}`)
  }

  #restoreSlice(): void {
    const roster = this.#restore?.step(new Budget(this.#settings.sliceUnits)) ?? null
    if (this.#restore === null || roster === null) return
    const { index } = this.#restore.snapshot.meta
    this.#restore = null
    this.#applier.restored(index, roster)
    if (this.#core === null) {
      this.#ports.restored(index)
      this.#takePart(index)
    } else this.#restoredFromLeader(this.#core, index)
  }

  /** What a leader's snapshot skipped was never applied here, nor will it be. */
  #restoredFromLeader(core: Raft, index: number): void {
    this.#duties.digests.restored()
    core.restored(index)
    this.#proposals.passedOver(index)
    this.#ports.restored(index)
    this.#tellMembership()
    this.#reads.applied(index)
  }

  #takePart(applied: number): void {
    const configuration = restoredConfiguration(this.#stored)
    const mayVoteAtOnce = isAlone(this.#settings.id, configuration, this.#stored)
    this.#startCore(applied, configuration, mayVoteAtOnce)
    this.#tellMembership()
    const { stage, waitsFor } = this.#identity
    if (stage !== 'member') this.#ports.log('info', {}, waitsFor)
  }

  /** @param mayVoteAtOnce no leader can rely on this replica's silence from before the start */
  #startCore(applied: number, configuration: Configuration, mayVoteAtOnce: boolean): void {
    const start = { applied, configuration, mayVoteAtOnce }
    const random = (bound: number) => this.#ports.random(bound)
    this.#core = restoredCore(this.#settings, this.#stored, start, random)
  }

  /** Acts on a meeting with a peer: begins the cluster if it says so. */
  #meet(meeting: Meeting): void {
    if (meeting.kind === 'wait' || this.#isBeginning) return
    this.#isBeginning = true
    this.#queue.writeIdentity(this.#identity.begin(meeting), this.#clock.nowMs, () => {
      this.#identity.begun()
      const core = this.#core
      // A leader may have been quicker and given this replica its log.
      const isPristine = core?.term === 0 && core.status().lastIndex === 0
      const { voters } = meeting
      // A replica that begins has promised nobody anything.
      if (isPristine) this.#startCore(0, plainConfiguration(voters), true)
      this.#tellMembership()
      this.#ports.log('info', { voters }, 'The cluster begins with these voters.')
    })
  }

  /** The core, where it must be there. */
  get #raft(): Raft {
    if (this.#core === null) throw new InvariantError('the state is not restored yet')
    return this.#core
  }

  // ---- time ----------------------------------------------------------------------------------

  #advance(): void {
    this.#tick += 1
    this.#restore?.tick(this.#tick)
    const core = this.#core
    if (core === null || this.#latching !== null) return
    const [identity, tick] = [this.#identity, this.#tick]
    const { nowMs } = this.#clock
    if (tick >= this.#settings.electionTicks) this.#meet(identity.listened())
    if (identity.stage === 'member') {
      this.#tickCore(core)
      const others = memberIds(core.configuration).filter((id) => id !== this.#settings.id)
      this.#duties.tick(tick, nowMs, others)
      this.#carryOutDuties()
    }
    this.#snapshots.tick(tick, nowMs)
    this.#expire(tick)
    if (!this.#isStopped) this.#divergence.tick()
  }

  /**
   * A follower whose disk does not answer does not campaign (bug L2): its time stands still, and so
   * does the promise that its last leader relies on.
   */
  #tickCore(core: Raft): void {
    if (core.role !== 'leader' && this.#duties.isDiskStalled(this.#clock.nowMs)) return
    core.tick()
    const { voters, votersOutgoing } = core.configuration
    const { id } = this.#settings
    const isAlone = voters.length === 1 && voters[0] === id && votersOutgoing.length === 0
    // There is nobody to wait for, but a leader that has yet to learn that it votes no more: to
    // such a one the core keeps its promise.
    if (isAlone && core.role === 'follower') core.campaign()
  }

  #expire(tick: number): void {
    this.#proposals.expire(tick)
    this.#confirmations.expire(tick)
    this.#reads.tick(tick)
    this.#membership.expire(tick)
    this.#membership.retry()
    if (this.#transfer?.expire(tick) === true) this.#transfer = null
  }

  // ---- what other replicas say ---------------------------------------------------------------

  /**
   * Whoever was not let in by its handshake, or was removed, is not listened to; a replica that
   * takes no part yet listens to a leader's log alone.
   */
  #heard(from: ReplicaId, run: number, frame: Frame): void {
    if (this.#core === null || this.#latching !== null || !this.#isMet(from, run)) return
    const removal = this.#removalOf(from)
    if (removal !== 'none') {
      if (frame.kind === 'removed' || removal !== 'settled') return
      const index = this.#applier.appliedIndex
      this.#ports.send(from, { kind: 'removed', replica: from, index })
      return
    }
    if (frame.kind === 'removed') {
      const { id } = this.#settings
      if (frame.replica !== id) return
      this.#latch('removed', `Replica ${id} was removed by entry ${frame.index}.`)
      return
    }
    if (this.#identity.stage === 'member') this.#heardAsMember(from, frame)
    else this.#heardAsNewcomer(from, frame)
  }

  /** Whether a connection is of the run that was met; a member of whom it is not is noted. */
  #isMet(from: ReplicaId, run: number): boolean {
    const hasMet = this.#identity.hasMet(from, run)
    if (hasMet) this.#ignored.heard(from, 'unmet')
    else if (this.#isMember(from)) this.#ignored.note(from, 'unmet', this.#clock.nowMs)
    return hasMet
  }

  /** Whether an id is in the configuration that is active here. */
  #isMember(id: ReplicaId): boolean {
    return this.#core !== null && hasMember(this.#core.configuration, id)
  }

  /**
   * What this replica may say of a peer's removal. `settled`: it was removed, and no crash would
   * make this replica, or a quorum of the voters that are left, forget that; `unsettled`: it was,
   * but one of those may yet need its vote, or its word that the removal is committed (bug L8);
   * `unknown`: this replica has yet to apply what it knew to be committed when it started, and a
   * removal may be in that, of a replica whose data are gone and of which it keeps no record any
   * more (S16).
   */
  #removalOf(id: ReplicaId): PeerRemoval {
    const [core, applier, identity] = [this.#core, this.#applier, this.#identity]
    if (core === null || applier.appliedIndex < this.#stored.hardState.commit) return 'unknown'
    const index = applier.roster.removedAt(id)
    if (index === null) return 'none'
    if (identity.durableCommit < index) return 'unsettled'
    const { voters, votersOutgoing } = core.configuration
    const { id: own } = this.#settings
    const known = new JointQuorum(voters, votersOutgoing).reached((voter) =>
      voter === own ? identity.durableCommit : this.#duties.durableCommitOf(voter),
    )
    return known >= index ? 'settled' : 'unsettled'
  }

  /**
   * The replica is empty: it takes a leader's log, votes for nobody and answers no questions. One
   * that was to begin the cluster does so as well: the others may have begun while it had lost
   * sight of one of them. If nobody leads, for they need its vote, whoever asks for it is met anew:
   * its handshake is from before it began, and it may recognise this replica.
   */
  #heardAsNewcomer(from: ReplicaId, frame: Frame): void {
    switch (frame.kind) {
      case 'raft': {
        const { kind } = frame.message
        if (kind === 'append' || kind === 'heartbeat') this.#step(from, frame.message)
        else if (kind === 'vote-request' && this.#identity.isOutdated(from)) this.#ports.greet(from)
        break
      }
      case 'snapshot-offer':
      case 'snapshot-chunk':
        this.#heardAsMember(from, frame)
        break
      default:
        break
    }
  }

  #heardAsMember(from: ReplicaId, frame: Frame): void {
    const [snapshots, tick] = [this.#snapshots, this.#tick]
    const { nowMs } = this.#clock
    switch (frame.kind) {
      case 'raft':
        this.#step(from, frame.message)
        break
      case 'snapshot-offer': {
        const { message } = frame
        if (message.from !== from || message.to !== this.#settings.id) return
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
        this.#answerRead(from, frame)
        break
      case 'read-answer':
        if (frame.run !== this.#identity.run || from !== this.#raft.leader) return
        this.#reads.leaderAnswered(frame.number, frame.index, tick)
        break
      case 'health':
        if (this.#duties.heard(from, frame, nowMs)) this.#queue.writeIdentity({}, nowMs, null)
        break
      case 'digests':
        if (!this.#isMember(from)) return
        this.#divergence.told(from, frame.points, this.#applier.appliedIndex)
        break
      case 'removed':
        break
    }
  }

  #step(from: ReplicaId, message: Exclude<Message, InstallSnapshot>): void {
    if (message.from !== from || message.to !== this.#settings.id) return
    const { book } = this.#identity
    const { term } = message
    const core = this.#raft
    if (message.kind === 'append-accepted') book.acknowledged(from, term, message.index)
    if (message.kind === 'vote-response' && message.granted && !message.pre) {
      book.promised(from, term)
    }
    const { farTerms } = core
    core.step(message)
    if (core.farTerms === farTerms) this.#ignored.heard(from, 'far-term')
    else if (this.#isMember(from)) this.#ignored.note(from, 'far-term', this.#clock.nowMs)
  }

  // ---- reads ---------------------------------------------------------------------------------

  /** The commit index under this leader's lease; null without one. */
  get #leasedIndex(): number | null {
    const core = this.#core
    if (core === null || core.role !== 'leader') return null
    return this.#lease.leftMs(this.#clock.nowMs) > 0 ? core.committedIndex : null
  }

  #askLeader(): Question {
    const index = this.#leasedIndex
    if (index !== null) return { kind: 'index', index }
    const core = this.#core
    if (core === null || core.role === 'leader' || core.leader === 0) return null
    this.#questions += 1
    const number = this.#questions
    this.#ports.send(core.leader, { kind: 'read-question', number, run: this.#identity.run })
    return { kind: 'asked', number }
  }

  /** A follower's `default` read: this leader's commit index, under its lease or confirmed. */
  #answerRead(to: ReplicaId, { number, run }: ReadQuestion): void {
    const answer = (index: number | null) => {
      this.#ports.send(to, { kind: 'read-answer', number, run, index })
    }
    const index = this.#leasedIndex
    if (this.#divergence.aside !== null) answer(null)
    else if (index !== null) answer(index)
    else if (this.#raft.role !== 'leader') answer(null)
    else {
      this.#reads.read('consistent', this.#tick, (outcome) => {
        answer(typeof outcome === 'number' ? outcome : null)
      })
    }
  }

  // ---- what the core puts out ----------------------------------------------------------------

  /**
   * Does everything that is to be done now, but only a slice of what is to be applied: after every
   * input. Callbacks may call the node again: what they cause is done before this returns.
   */
  #settle(): void {
    if (this.#isSettling) return
    this.#isSettling = true
    try {
      this.#drain()
      this.#applySlice()
      this.#drain()
    } finally {
      this.#isSettling = false
    }
    if (this.#isStopped || this.#isWoken || !this.#hasWork) return
    this.#isWoken = true
    this.#ports.wake()
  }

  /** Whether `work` would do anything. */
  get #hasWork(): boolean {
    const isRestoring = this.#restore?.hasWork === true
    return isRestoring || this.#mayApply || (this.#core !== null && this.#snapshots.hasWork)
  }

  #drain(): void {
    do {
      const core = this.#core
      while (!this.#isStopped && core !== null && core === this.#core && core.hasOutput) {
        this.#handleOutput(core.takeOutput())
      }
    } while (this.#writeNext() || (this.#core?.hasOutput === true && !this.#isStopped))
  }

  /** Returns whether an operation was handed out, and is durable already. */
  #writeNext(): boolean {
    const [queue, identity] = [this.#queue, this.#identity]
    const { nowMs } = this.#clock
    if (this.#isStopped || queue.isBusy) return false
    if (identity.isUrgent && this.#latching === null) {
      queue.writeIdentity({ peers: identity.book.takeUnsaved() }, nowMs, null)
    }
    const operation = queue.take(nowMs, () => identity.toPiggyback(this.#tick))
    if (operation === null) return false
    this.#ports.store(operation)
    return !queue.isBusy
  }

  get #mayApply(): boolean {
    const { eventsWaiting } = this.#queue
    const isFull =
      eventsWaiting > eventsWaitingMax ||
      (eventsWaiting > 0 && this.#appliedBytes - this.#projectedBytes > eventsBytesMax)
    return this.#core !== null && this.#applier.waiting > 0 && !isFull
  }

  #applySlice(): void {
    if (this.#isStopped || !this.#mayApply) return
    this.#applier.slice(this.#raft, new Budget(this.#settings.sliceUnits))
    this.#reads.applied(this.#applier.appliedIndex)
    this.#membership.retry()
  }

  /**
   * The new standing first, for everything else depends on it; time stamps before the messages that
   * they are about; then messages, disk, applying and answers. Messages that must wait for the disk
   * wait in the core.
   */
  #handleOutput(output: Output): void {
    if (output.standing !== null) this.#standingChanged(output.standing)
    if (output.configuration !== null) this.#tellMembership()
    if (output.round > 0) {
      this.#lease.roundSent(output.round, this.#clock.nowMs)
      this.#confirmations.sent(output.round)
    }
    for (const message of output.messages) this.#send(message)
    if (output.append !== null) this.#append(output.append)
    this.#applier.add(output.committed)
    for (const { read, index } of output.reads) {
      this.#reads.quorumAnswered(read, index, this.#tick)
    }
    for (const read of output.abandonedReads) this.#reads.quorumAbandoned(read)
    if (output.confirmedRound > 0) {
      this.#lease.roundConfirmed(output.confirmedRound)
      this.#confirmations.confirmed(output.confirmedRound)
    }
  }

  #standingChanged(standing: Standing): void {
    const before = this.#standing
    this.#standing = standing
    this.#lease.standingChanged(standing)
    const { role, term, leader } = standing
    const leads = role === 'leader'
    const ledBefore = before.role === 'leader'
    const isOtherTerm = term !== before.term
    if (ledBefore && (!leads || isOtherTerm)) {
      this.#confirmations.lost()
      this.#snapshots.leadershipLost()
      this.#failLeaderCalls()
    }
    if (ledBefore !== leads || isOtherTerm) this.#duties.roleChanged()
    this.#carryOutDuties()
    if (leader !== before.leader || leads !== ledBefore) this.#reads.leaderChanged(this.#tick)
    if (this.#transfer?.standingChanged(standing) === true) this.#transfer = null
    if (role !== before.role || isOtherTerm || leader !== before.leader) {
      this.#ports.roleChanged({ role, term, leader })
    }
  }

  #tellMembership(): void {
    const { configuration } = this.#raft
    const members = this.#applier.roster.members()
    this.#ports.membershipChanged({ configuration, members })
    const unmet = this.#identity.configured(memberIds(configuration))
    for (const id of unmet) this.#ports.greet(id)
  }

  #send(message: Message): void {
    if (this.#latching !== null) return
    if (message.kind === 'snapshot') {
      this.#snapshots.send(message, this.#tick)
      return
    }
    if (message.kind === 'append-accepted') this.#identity.acknowledged(message)
    this.#ports.send(message.to, { kind: 'raft', message })
  }

  #append(record: AppendRecord): void {
    const { nowMs } = this.#clock
    if (record.snapshot === null) {
      this.#queue.append(record, null, nowMs)
      return
    }
    this.#applier.dropWaiting()
    this.#queue.append(record, this.#snapshots.toInstall(record.snapshot.index), nowMs)
  }

  /** A record of the core is durable. */
  #appended({ token, snapshot }: AppendRecord): void {
    if (this.#isStopped) return
    const core = this.#raft
    if (snapshot === null) {
      core.appended(token)
      return
    }
    core.installed(token)
    this.#beginRestore(this.#snapshots.installed(snapshot.index, this.#clock.nowMs))
  }

  /** The state machine has applied an entry. */
  #applied(entry: Entry, result: R): void {
    this.#snapshots.applied(entry.data.length)
    this.#appliedBytes += entry.data.length
    this.#divergence.applied(entry.index)
    if (this.#isStopped) return
    this.#ports.applied(entry, result)
    this.#proposals.applied(entry, result)
  }

  /**
   * A membership change is active. Those that it removed are told when they show themselves again.
   * A replica that finds itself among them goes on until somebody tells it: until a quorum of those
   * that are left has its removal on the disk, they may yet need its word or its vote (bug L8).
   */
  #membersChanged(removed: readonly ReplicaId[]): void {
    for (const id of removed) {
      if (id === this.#settings.id) continue
      this.#identity.book.forget(id)
      this.#duties.forget(id)
      this.#ignored.forget(id)
      this.#snapshots.peerRemoved(id)
    }
    this.#tellMembership()
  }

  // ---- how it ends: nobody who waits is left hanging (bug L17) -------------------------------

  /** Ends because it must not go on; the host hears why. */
  #stop(reason: StopReason): void {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#ports.log('error', { code: reason.code }, `The replica stops: ${reason.detail}`)
    this.#failAll(reason.detail)
    this.#ports.stop(reason)
  }

  /**
   * This replica must never take part again: it says nothing more, writes that down, and stops.
   * @param detail for people; the code is what is written
   */
  #latch(code: 'identity_lost' | 'removed', detail: string): void {
    if (this.#latching !== null) return
    this.#latching = { code, detail }
    this.#ports.log('error', { code }, detail)
    this.#failAll(detail)
    this.#queue.writeIdentity({ latched: code }, this.#clock.nowMs, () => {
      this.#stop({ code, detail })
    })
  }

  /** This leader has a wrong state: whoever waits for an answer out of it gets none. */
  #leaving({ detail, to }: SteppingAside): void {
    this.#ports.log('error', { to }, `This leader hands over and stops: ${detail}`)
    this.#confirmations.lost()
    this.#reads.failAll(new BerthError('unavailable', detail))
    this.#failLeaderCalls()
    this.#ports.leaving()
  }

  /** What only a leader can do will not be done here any more. */
  #failLeaderCalls(): void {
    this.#membership.failAll(new BerthError('not_leader', 'This replica leads no more.'))
  }

  #failAll(detail: string): void {
    const error = new BerthError('unavailable', detail)
    this.#confirmations.lost()
    this.#reads.failAll(error)
    this.#membership.failAll(error)
    this.#proposals.failAll(detail)
    this.#snapshots.failAll(detail)
    this.#transfer?.fail(error)
    this.#transfer = null
  }
}

function leaseLengthOf(settings: NodeSettings): number {
  const { tickMs, electionTicks, driftPpm } = settings
  const toleranceMs = tickToleranceMs(tickMs)
  return leaseLengthMs({ tickMs, electionTicks, driftPpm, toleranceMs })
}
