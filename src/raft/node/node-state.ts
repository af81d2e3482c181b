/**
 * The state of one node: a record that the functions of the neighbouring files read and change,
 * made of the parts that each keep one promise. Nobody outside of src/raft/node sees it.
 */
import { emptyConfiguration, hasMember, plainConfiguration } from '../core/configuration.js'
import type { Configuration, ReplicaId } from '../core/entry.js'
import { InvariantError } from '../core/invariant.js'
import type { Standing } from '../core/output.js'
import { JointQuorum } from '../core/quorum/joint.js'
import type { Raft } from '../core/raft.js'
import { Applier } from './applier.js'
import type { LeadershipTransfer } from './calls/leadership-transfer.js'
import { MembershipRequests } from './calls/membership-requests.js'
import { refusalError } from './calls/refusal-error.js'
import { Proposals } from './calls/waiting-proposals.js'
import type { StoredState } from './disk/storage.js'
import { WriteQueue } from './disk/write-queue.js'
import { IdentityKeeper } from './identity/identity-keeper.js'
import { IgnoredPeers } from './identity/ignored-peers.js'
import type { Removal } from './identity/peer-judgement.js'
import type { NodeSettings } from './node-options.js'
import { electionTimeoutMs } from './node-options.js'
import type { NodePorts, StateMachine, StopReason } from './node-ports.js'
import { Confirmations } from './reads/confirmations.js'
import { Lease, leaseLengthMs } from './reads/lease.js'
import { Reads } from './reads/reads.js'
import { RegularDuties } from './regular-duties.js'
import { Snapshots } from './snapshots/snapshots.js'
import { TickClock, tickToleranceMs } from './tick-clock.js'

export interface NodeState<R> {
  readonly settings: NodeSettings
  readonly ports: NodePorts<R>
  readonly machine: StateMachine<R>
  readonly stored: StoredState
  readonly clock: TickClock
  readonly identity: IdentityKeeper
  readonly queue: WriteQueue
  readonly applier: Applier<R>
  readonly snapshots: Snapshots<R>
  readonly duties: RegularDuties
  readonly lease: Lease
  readonly proposals: Proposals<R>
  readonly confirmations: Confirmations
  readonly reads: Reads
  readonly membership: MembershipRequests
  readonly ignored: IgnoredPeers

  /** null until the state machine is restored. */
  core: Raft | null
  /** Chunks of the own snapshot that were read so far; null once the state is restored. */
  restoring: Uint8Array[] | null
  /** When the next chunk of it is asked for again, for the disk did not answer; null for never. */
  restoreAgainTick: number | null
  /** Ticks since the start. */
  tick: number
  /** As last told to the host. */
  standing: Standing
  /** Events of entries up to here are in the projection. */
  projectedIndex: number
  /** Of entries since the start: applied, and those of them whose events are in the projection. */
  readonly bytes: { applied: number; projected: number }
  /** A hand-over that somebody waits for; null for none. */
  transfer: LeadershipTransfer | null
  /** What is to be durable before a first start goes on is being written. */
  isBeginning: boolean
  /** This leader has a wrong state and hands over; null if it does not. */
  aside: SteppingAside | null
  /** Why this replica must not take part any more, while that is being written. */
  latching: StopReason | null
  /** Ended: no input does anything. */
  isStopped: boolean
  /** The work of this node is going on further up in the call stack. */
  isSettling: boolean
  /** The host was asked to call `work`. */
  isWoken: boolean
}

/** A leader whose state is wrong hands over. */
export interface SteppingAside {
  readonly detail: string
  /** Voters whose state is the one that most have. */
  readonly to: readonly ReplicaId[]
  readonly deadlineTick: number
}

const unknownStanding: Standing = {
  role: 'follower',
  term: 0,
  leader: 0,
  transferee: 0,
  handedOver: false,
  appliedOwnTerm: false,
}

/** What the parts call back: the other files of the node. */
export interface NodeReactions<R> {
  appended(node: NodeState<R>, record: Parameters<WriteQueueTold['appended']>[0]): void
  applied(node: NodeState<R>, ...told: Parameters<ApplierTold<R>['applied']>): void
  membersChanged(node: NodeState<R>, removed: readonly ReplicaId[]): void
}

type WriteQueueTold = ConstructorParameters<typeof WriteQueue>[2]
type ApplierTold<R> = ConstructorParameters<typeof Applier<R>>[2]

export function createNodeState<R>(
  settings: NodeSettings,
  stored: StoredState,
  machine: StateMachine<R>,
  ports: NodePorts<R>,
  reactions: NodeReactions<R>,
  nowMs: number,
): NodeState<R> {
  const clock = new TickClock(
    { tickMs: settings.tickMs, stallMs: electionTimeoutMs(settings) / 2 },
    nowMs,
  )
  const run = ports.random(Number.MAX_SAFE_INTEGER)
  const identity = new IdentityKeeper(settings, stored, run, (id) => isMember(node, id))
  const lastIndex = stored.entries.at(-1)?.index ?? stored.compacted.index
  const queue = new WriteQueue(stored.hardState, lastIndex, {
    appended: (record) => reactions.appended(node, record),
    durable: (hardState, index) => identity.durable(hardState, index),
  })
  const applier = new Applier<R>(machine, settings.applySliceEntries, {
    applied: (entry, result) => reactions.applied(node, entry, result),
    membersChanged: (removed) => reactions.membersChanged(node, removed),
  })
  const core = () => coreOf(node)
  const parts = { machine, applier, core }
  const snapshots = createSnapshots(settings, stored, parts, ports, queue, nowMs)
  const duties = new RegularDuties(
    settings,
    { core, identity, queue, applier, digest: () => machine.digest },
    {
      send: (to, frame) => ports.send(to, frame),
      warn: (fields, message) => ports.log('warn', fields, message),
      info: (fields, message) => ports.log('info', fields, message),
    },
  )
  const node: NodeState<R> = {
    ...{ settings, ports, machine, stored, clock, identity, queue, applier, snapshots, duties },
    lease: new Lease(leaseLengthOf(settings)),
    proposals: new Proposals<R>(settings.proposalTimeoutTicks),
    confirmations: new Confirmations(
      settings.confirmationTimeoutTicks,
      settings.confirmationsMax,
      () => core().heartbeat(),
    ),
    reads: createReads(settings, () => node),
    membership: createMembership(settings, () => node),
    ignored: new IgnoredPeers(),
    core: null,
    restoring: [],
    restoreAgainTick: null,
    tick: 0,
    standing: unknownStanding,
    projectedIndex: stored.projected,
    bytes: { applied: 0, projected: 0 },
    transfer: null,
    isBeginning: false,
    aside: null,
    latching: null,
    isStopped: false,
    isSettling: false,
    isWoken: false,
  }
  return node
}

function createSnapshots<R>(
  settings: NodeSettings,
  stored: StoredState,
  parts: ConstructorParameters<typeof Snapshots<R>>[2],
  ports: NodePorts<R>,
  queue: WriteQueue,
  nowMs: number,
): Snapshots<R> {
  return new Snapshots<R>(
    settings,
    { snapshot: stored.snapshot, compactedIndex: stored.compacted.index },
    parts,
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

/** The core, where it must be there. */
export function coreOf<R>(node: NodeState<R>): Raft {
  if (node.core === null) throw new InvariantError('the state is not restored yet')
  return node.core
}

/** Whether an id is in the configuration that is active here. */
export function isMember<R>({ core }: NodeState<R>, id: ReplicaId): boolean {
  return core !== null && hasMember(core.configuration, id)
}

/**
 * What this replica may say of a peer's removal. `settled`: it was removed, and no crash would make
 * this replica, or a quorum of the voters that are left, forget that; `unsettled`: it was, but one
 * of those may yet need its vote, or its word that the removal is committed (bug L8); `unknown`:
 * this replica has yet to apply what it knew to be committed when it started, and a removal may be
 * in that, of a replica whose data are gone and of which it keeps no record any more (S16).
 */
export function removalOf<R>(node: NodeState<R>, id: ReplicaId): Removal {
  const { core, applier, identity, duties, settings, stored } = node
  if (core === null || applier.appliedIndex < stored.hardState.commit) return 'unknown'
  const index = applier.roster.removedAt(id)
  if (index === null) return 'none'
  if (identity.durableCommit < index) return 'unsettled'
  const { voters, votersOutgoing } = core.configuration
  const known = new JointQuorum(voters, votersOutgoing).reached((voter) =>
    voter === settings.id ? identity.durableCommit : duties.durableCommitOf(voter),
  )
  return known >= index ? 'settled' : 'unsettled'
}

/** The configuration that the state machine starts from. */
export function restoredConfiguration({ snapshot, identity }: StoredState): Configuration {
  if (snapshot !== null) return snapshot.meta.configuration
  const { initialVoters } = identity
  return initialVoters === null ? emptyConfiguration : plainConfiguration(initialVoters)
}

function leaseLengthOf(settings: NodeSettings): number {
  const { tickMs, electionTicks, driftPpm } = settings
  const toleranceMs = tickToleranceMs(tickMs)
  return leaseLengthMs({ tickMs, electionTicks, driftPpm, toleranceMs })
}

/** The commit index under this leader's lease; null without one. */
export function leasedIndex<R>({ core, lease, clock }: NodeState<R>): number | null {
  if (core === null || core.role !== 'leader') return null
  return lease.leftMs(clock.nowMs) > 0 ? core.committedIndex : null
}

function createReads<R>(settings: NodeSettings, node: () => NodeState<R>): Reads {
  let questions = 0
  return new Reads(
    {
      askQuorum: () => {
        const asked = coreOf(node()).readIndex()
        return asked.kind === 'accepted' ? { kind: 'asked', number: asked.read } : null
      },
      askLeader: () => {
        const { core, ports, identity } = node()
        const index = leasedIndex(node())
        if (index !== null) return { kind: 'index', index }
        if (core === null || core.role === 'leader' || core.leader === 0) return null
        questions += 1
        const { run } = identity
        ports.send(core.leader, { kind: 'read-question', number: questions, run })
        return { kind: 'asked', number: questions }
      },
      isLeader: () => node().core?.role === 'leader',
      isLeaderKnown: () => (node().core?.leader ?? 0) !== 0,
      appliedIndex: () => node().applier.appliedIndex,
    },
    {
      timeoutTicks: settings.readTimeoutTicks,
      retryTicks: settings.electionTicks + 1,
      readsMax: settings.readsMax,
    },
  )
}

function createMembership<R>(settings: NodeSettings, node: () => NodeState<R>): MembershipRequests {
  return new MembershipRequests(
    {
      propose: (proposal) => coreOf(node()).proposeConfChange(proposal),
      configuration: () => coreOf(node()).configuration,
      roster: () => node().applier.roster,
      hasCaughtUp: (id) => node().duties.hasCaughtUp(id),
      toError: ({ reason, detail }) => refusalError(reason, coreOf(node()).leader, detail),
    },
    settings.proposalTimeoutTicks,
  )
}
