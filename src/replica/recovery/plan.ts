/**
 * What a new history of a cluster begins with, worked out from the database of one of its replicas.
 * Pure: reading and writing is src/raft/store/offline-database.ts.
 *
 * The cluster gets another id. Whoever comes back of the old one (a voter that was thought lost, a
 * backup of another database) holds a log that must never be mixed with this one, whatever its
 * numbers are: by the id every handshake is refused, in both directions, before anything of it is
 * looked at. The replicas' ids count as removed too, so that none is given away again.
 */
import { BerthError } from '../../errors/berth-error.js'
import { PlacementState } from '../../fsm/placement-state.js'
import { stepUp } from '../../fsm/recovered-state.js'
import { plainConfiguration } from '../../raft/core/configuration.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import { termMax } from '../../raft/core/limits.js'
import type { StoredState } from '../../raft/node/disk/storage.js'
import { isEmptyState } from '../../raft/node/identity/bootstrap.js'
import { othersKnown, type Replayed, replay } from '../../raft/node/replay.js'
import type { NewHistory } from '../../raft/store/new-history-sql.js'
import type { TableContext } from '../../table/table-context.js'
import { gapEvent, Projection } from '../machine/projection.js'

/** Whose database it is meant to be. */
export interface Meant {
  readonly id: ReplicaId
  readonly cluster: string
}

/** What a new history is named by, made anew for each. */
export interface NewNames {
  readonly uuid: string
  readonly clusterId: string
  readonly lineage: string
}

export interface RecoveryPlan {
  readonly former: FormerHistory
  readonly history: NewHistory
  /** How long leases of the old history run on after the loss of its last leader, in ms. */
  readonly leasesMs: number
  readonly namespaces: readonly NamespaceChange[]
}

/** What there was. */
export interface FormerHistory {
  readonly clusterId: string
  readonly lineage: string
  /** Of the last entry, all of which are applied. */
  readonly index: number
  readonly term: number
  /** Known to be committed; the entries after it are taken for committed. */
  readonly commit: number
  readonly voters: readonly ReplicaId[]
  /** All other ids that the new history never uses again. */
  readonly others: readonly ReplicaId[]
  /** Why this database was never to be used again; null for no reason. */
  readonly latched: string | null
}

export interface NamespaceChange {
  readonly name: string
  readonly members: number
  readonly cordons: number
  /** Newest generations. */
  readonly before: number
  readonly after: number
}

/**
 * @param chunks of the stored snapshot, all of them
 * @throws BerthError `conflict` without a cluster, `invalid_config` of another replica,
 *   `foreign_cluster` of another name, `storage_damaged`, `newer_version`
 */
export function planRecovery(
  meant: Meant,
  stored: StoredState,
  chunks: readonly Uint8Array[],
  names: NewNames,
  context: TableContext,
  wallMs: number,
): RecoveryPlan {
  checkReplica(meant, stored)
  const state = new PlacementState(context)
  const projection = new Projection(stored.projected)
  const replayed = replay(stored, chunks, {
    restore: (pieces) => {
      state.restore(pieces)
      projection.skipTo(state.appliedIndex, wallMs)
    },
    apply: (entry) => projection.add(entry.index, state.apply(entry)?.events ?? []),
  })
  const former = formerOf(meant, stored, replayed, state)
  const namespaces = [...state.namespaces()].map((namespace) => ({
    name: namespace.name,
    members: namespace.newestTable.size,
    cordons: [...namespace.cordons()].length,
    before: namespace.newest,
    after: stepUp(namespace.newest),
  }))
  const { fenceAfterCeilingMs, fenceMarginCeilingMs } = state.ceilings
  const history = begin(meant.id, former, replayed, { state, projection }, names, stored, wallMs)
  return { former, history, leasesMs: fenceAfterCeilingMs + fenceMarginCeilingMs, namespaces }
}

function checkReplica({ id }: Meant, stored: StoredState): void {
  const { replicaId } = stored.identity
  if (isEmptyState(stored)) throw noCluster()
  if (replicaId === id) return
  const detail = `This database belongs to replica ${replicaId}, not to replica ${id}.`
  throw new BerthError('invalid_config', detail)
}

function formerOf(
  { id, cluster }: Meant,
  stored: StoredState,
  replayed: Replayed,
  { origin, replicas }: PlacementState,
): FormerHistory {
  if (origin === null) throw noCluster()
  if (origin.cluster !== cluster) {
    const detail = `This database is of cluster "${origin.cluster}", not of "${cluster}".`
    throw new BerthError('foreign_cluster', detail)
  }
  const others = new Set(othersKnown(id, stored, replayed))
  for (const { replica } of replicas) if (replica !== id) others.add(replica)
  const { index, term, configuration } = replayed
  return {
    clusterId: origin.clusterId,
    lineage: origin.lineage,
    ...{ index, term, commit: stored.hardState.commit },
    voters: configuration.voters,
    others: [...others].sort((a, b) => a - b),
    latched: stored.identity.latched,
  }
}

function begin(
  id: ReplicaId,
  former: FormerHistory,
  { roster }: Replayed,
  { state, projection }: { readonly state: PlacementState; readonly projection: Projection },
  { uuid, clusterId, lineage }: NewNames,
  stored: StoredState,
  wallMs: number,
): NewHistory {
  // It may have voted in a later term than that of its last entry.
  const term = stepUp(Math.max(former.term, stored.hardState.term))
  if (term > termMax) {
    throw new BerthError('conflict', `Nobody could be elected in a term after ${term}.`)
  }
  const recovered = state.recover({ clusterId, lineage, term }, wallMs)
  const { index } = recovered
  projection.add(index, [
    gapEvent(index, former.index, 'recovery', wallMs),
    { ...recovered, position: 1 },
  ])
  const chunks = [roster.alone(id, former.others, index).encode(), ...state.snapshotChunks()]
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const meta = { index, term, configuration: plainConfiguration([id]) }
  return {
    ...{ uuid, clusterId, initialVoters: [id], chunks },
    hardState: { term, vote: 0, commit: index },
    snapshot: { meta, chunks: chunks.length, bytes },
    events: projection.take()?.events ?? [],
  }
}

function noCluster(): BerthError {
  const detail = 'No cluster has begun on this database: there is nothing to recover.'
  return new BerthError('conflict', detail)
}
