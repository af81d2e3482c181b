/**
 * From what was stored to a replica that takes part: restore the state machine, make the core, and,
 * at the very first start, wait until the cluster may begin (bootstrap.ts).
 */
import { BerthError } from '../../errors/berth-error.js'
import { plainConfiguration } from '../core/configuration.js'
import type { Configuration } from '../core/entry.js'
import { Raft } from '../core/raft.js'
import type { StoredSnapshot, StoredState } from './disk/storage.js'
import type { Meeting } from './identity/bootstrap.js'
import { tellMembership } from './node-output.js'
import { type NodeState, restoredConfiguration } from './node-state.js'
import { stop } from './node-stop.js'
import { openSnapshot } from './snapshots/snapshot-maker.js'

const randomSteps = 2 ** 32

/** @throws BerthError when the database says that this replica must not start */
export function checkMayStart(id: number, { identity }: StoredState): void {
  const { latched, replicaId } = identity
  if (latched !== null) {
    const code = latched === 'removed' ? 'removed' : 'identity_lost'
    const detail = `This database is marked as "${latched}": it must never take part again.`
    throw new BerthError(code, `${detail} Start a new replica, with a new id, on an empty one.`)
  }
  if (replicaId !== 0 && replicaId !== id) {
    const detail = `This database belongs to replica ${replicaId}, not to replica ${id}.`
    throw new BerthError('invalid_config', detail)
  }
}

/** Begins. With a snapshot, the rest follows when its chunks have been read. */
export function start<R>(node: NodeState<R>): void {
  const { identity, queue, settings, clock, stored } = node
  if (stored.identity.replicaId === 0 && identity.stage === 'waiting') {
    queue.writeIdentity({ replicaId: settings.id }, clock.nowMs, null)
  }
  if (stored.snapshot === null) takePart(node, 0)
  else node.ports.readChunk(stored.snapshot, 0)
}

/** A chunk of the own snapshot was read. */
export function restoreChunk<R>(
  node: NodeState<R>,
  snapshot: StoredSnapshot,
  chunk: number,
  bytes: Uint8Array,
): void {
  const { restoring, machine, applier, ports } = node
  if (restoring === null || restoring.length !== chunk) return
  restoring.push(bytes)
  if (restoring.length < snapshot.chunks) {
    ports.readChunk(snapshot, restoring.length)
    return
  }
  const { index } = snapshot.meta
  const opened = openSnapshot(restoring)
  machine.restore(opened.machine)
  applier.restored(index, opened.roster)
  ports.restored(index)
  takePart(node, index)
}

/** A chunk could not be read: it is asked for again, unless that is no use. */
export function restoreFailed<R>(node: NodeState<R>, error: BerthError): void {
  const { ports, settings, tick } = node
  if (error.retryable) {
    node.restoreAgainTick = tick + settings.electionTicks
    ports.log('warn', { code: error.code }, `The own snapshot cannot be read yet: ${error.message}`)
  } else stop(node, { code: error.code, detail: error.message })
}

/** Call at every tick. */
export function restoreAgain<R>(node: NodeState<R>): void {
  const { restoring, restoreAgainTick, stored, ports, tick } = node
  if (restoring === null || restoreAgainTick === null || tick < restoreAgainTick) return
  node.restoreAgainTick = null
  if (stored.snapshot !== null) ports.readChunk(stored.snapshot, restoring.length)
}

function takePart<R>(node: NodeState<R>, appliedIndex: number): void {
  node.restoring = null
  const configuration = restoredConfiguration(node.stored)
  const mayVoteAtOnce = isAlone(node.settings.id, configuration, node.stored)
  node.core = createCore(node, appliedIndex, configuration, mayVoteAtOnce)
  tellMembership(node)
  if (node.identity.stage !== 'member') node.ports.log('info', {}, node.identity.waitsFor)
}

/** Acts on a meeting with a peer: begins the cluster if it says so. */
export function meet<R>(node: NodeState<R>, meeting: Meeting): void {
  if (meeting.kind === 'wait' || node.isBeginning) return
  node.isBeginning = true
  const { identity, queue, clock, ports } = node
  queue.writeIdentity(identity.begin(meeting), clock.nowMs, () => {
    identity.begun()
    const { core } = node
    // A leader may have been quicker and given this replica its log.
    const isPristine = core?.term === 0 && core.status().lastIndex === 0
    // A replica that begins has promised nobody anything.
    if (isPristine) node.core = createCore(node, 0, plainConfiguration(meeting.voters), true)
    tellMembership(node)
    ports.log('info', { voters: meeting.voters }, 'The cluster begins with these voters.')
  })
}

/** @param mayVoteAtOnce no leader can rely on this replica's silence from before the start */
function createCore<R>(
  { settings, stored, ports }: NodeState<R>,
  applied: number,
  configuration: Configuration,
  mayVoteAtOnce: boolean,
): Raft {
  const { hardState, entries, compacted, snapshot } = stored
  const { electionTicks, heartbeatTicks } = settings
  const restored = {
    ...{ hardState, entries, compacted, applied, configuration },
    snapshot: snapshot?.meta ?? null,
  }
  return new Raft(
    {
      ...settings.raft,
      id: settings.id,
      session: stored.identity.incarnation,
      random: () => ports.random(randomSteps) / randomSteps,
      electionTimeoutTicks: electionTicks,
      heartbeatTicks,
      preVote: true,
      checkQuorum: true,
      leaseReads: true,
      suppressVotesAtStart: !mayVoteAtOnce,
    },
    restored,
  )
}

/** Whether this replica is the only voter, now and in all that its log may still change. */
export function isAlone(id: number, configuration: Configuration, stored: StoredState): boolean {
  const { voters, votersOutgoing } = configuration
  const votesAlone = voters.length === 1 && voters[0] === id && votersOutgoing.length === 0
  const mayChange = stored.entries.some(({ index, kind }) => kind === 'configuration' && index > 1)
  return votesAlone && !mayChange
}
