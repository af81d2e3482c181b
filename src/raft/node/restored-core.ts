/**
 * The core that a database holds: whether a replica may start on it at all, the configuration that
 * its state machine starts from, and the core itself. Pure.
 */
import { BerthError } from '../../errors/berth-error.js'
import { emptyConfiguration, plainConfiguration } from '../core/configuration.js'
import type { Configuration } from '../core/entry.js'
import { Raft } from '../core/raft.js'
import type { StoredState } from './disk/storage.js'
import type { NodeSettings } from './node-options.js'

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

/** The configuration that the state machine starts from. */
export function restoredConfiguration({ snapshot, identity }: StoredState): Configuration {
  if (snapshot !== null) return snapshot.meta.configuration
  const { initialVoters } = identity
  return initialVoters === null ? emptyConfiguration : plainConfiguration(initialVoters)
}

/** Whether this replica is the only voter, now and in all that its log may still change. */
export function isAlone(id: number, configuration: Configuration, stored: StoredState): boolean {
  const { voters, votersOutgoing } = configuration
  const votesAlone = voters.length === 1 && voters[0] === id && votersOutgoing.length === 0
  const mayChange = stored.entries.some(({ index, kind }) => kind === 'configuration' && index > 1)
  return votesAlone && !mayChange
}

/** What a core is made of beside what is stored. */
export interface CoreStart {
  /** What the state machine has applied. */
  readonly applied: number
  /** Active there. */
  readonly configuration: Configuration
  /** No leader can rely on this replica's silence from before the start. */
  readonly mayVoteAtOnce: boolean
}

/** @param random see `NodePorts` */
export function restoredCore(
  settings: NodeSettings,
  stored: StoredState,
  { applied, configuration, mayVoteAtOnce }: CoreStart,
  random: (bound: number) => number,
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
      random: () => random(randomSteps) / randomSteps,
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
