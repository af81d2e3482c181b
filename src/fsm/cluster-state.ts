/**
 * The replicated state as one immutable value. `apply` makes the next one, a snapshot is a walk
 * over one of them, and both can go on at the same time.
 */
import { base64Url } from '../hash/byte-writer.js'
import { compareText } from '../table/code-point-order.js'
import { SortedMap } from '../table/sorted-map.js'
import { Table, type TableShape } from '../table/table.js'
import type { TableContext } from '../table/table-context.js'
import type { ReplicaAddress } from './command.js'
import { KeptResults } from './kept-results.js'
import { NamespaceState } from './namespace-state.js'
import { defaultSettings, type Settings } from './settings.js'
import { settingNames } from './settings-check.js'
import { newClock, type StateClock } from './state-clock.js'
import type { PartDigests } from './state-digest.js'

/** The leader of a term, by its own word in the log. */
export interface TermLeader {
  readonly term: number
  readonly replica: number
  /** Ed25519 public key that signs the orders of the term, base64url. */
  readonly key: string
}

/**
 * The largest times that ever were in force. A lease that was granted under earlier settings may
 * still run, so whoever must outwait it goes by these. They never fall within a lineage.
 */
export interface Ceilings {
  readonly fenceAfterCeilingMs: number
  readonly fenceMarginCeilingMs: number
  readonly hostTimeoutCeilingMs: number
}

/** Who the cluster is. */
export interface Origin {
  /**
   * By that its replicas know one another, where they have no certificates: nobody else is ever
   * shown it, in no answer, event or log. People know a cluster by its name and its lineage.
   */
  readonly clusterId: string
  /** Name of the cluster. */
  readonly cluster: string
  /**
   * Names this history. A recovery by hand begins another one (recovered-state.ts).
   */
  readonly lineage: string
}

export interface ClusterState extends Ceilings {
  /** Index and term of the last applied entry; 0 for none. */
  readonly appliedIndex: number
  readonly appliedTerm: number
  /** null until the genesis command. */
  readonly origin: Origin | null
  /** Feature level (src/versions): what came with a later one is not done yet. Never falls. */
  readonly level: number
  readonly settings: Settings
  readonly clock: StateClock
  /** Of the last terms, oldest first. */
  readonly leaders: readonly TermLeader[]
  /** Where the replicas are reached, by rising id. */
  readonly replicas: readonly ReplicaAddress[]
  /** Index of the entry that changed `replicas` last; 0 for none. */
  readonly registryIndex: number
  readonly namespaces: SortedMap<string, NamespaceState>
  /**
   * The generation from which a namespace that is not there begins: at or above the last one of
   * every namespace that was dropped, so that generations rise when it comes back.
   */
  readonly generationFloor: number
  readonly results: KeptResults
}

/** The namespace that every cluster has. */
export const defaultNamespace = 'default'

/** The state before the first entry. */
export function initialState(context: TableContext): ClusterState {
  const bare = {
    appliedIndex: 0,
    appliedTerm: 0,
    origin: null,
    // The same for every build, until the genesis says what it is.
    level: 1,
    settings: { ...defaultSettings, levelMax: 1 },
    ...raiseCeilings(noCeilings, defaultSettings),
    clock: newClock,
    leaders: [],
    replicas: [],
    registryIndex: 0,
    namespaces: SortedMap.empty<string, NamespaceState>(compareText),
    generationFloor: 0,
    results: KeptResults.empty(),
  }
  const table = Table.empty(context, shapeOf(bare, context))
  return withNamespace(bare, NamespaceState.empty(defaultNamespace, table))
}

/** What the next table of a state has, beside its members. */
export function shapeOf(
  { settings, level }: Pick<ClusterState, 'settings' | 'level'>,
  { levels }: TableContext,
): TableShape {
  return { factor: settings.factor, level: levels.ofTables(level) }
}

export const noCeilings: Ceilings = {
  fenceAfterCeilingMs: 0,
  fenceMarginCeilingMs: 0,
  hostTimeoutCeilingMs: 0,
}

export function raiseCeilings(ceilings: Ceilings, settings: Settings): Ceilings {
  return {
    fenceAfterCeilingMs: Math.max(ceilings.fenceAfterCeilingMs, settings.fenceAfterMs),
    fenceMarginCeilingMs: Math.max(ceilings.fenceMarginCeilingMs, settings.fenceMarginMs),
    hostTimeoutCeilingMs: Math.max(ceilings.hostTimeoutCeilingMs, settings.hostTimeoutMs),
  }
}

/** The state with a namespace added or replaced. */
export function withNamespace(state: ClusterState, namespace: NamespaceState): ClusterState {
  return { ...state, namespaces: state.namespaces.with(namespace.name, namespace) }
}

/** The state without an empty namespace, whose generations are over. */
export function withoutNamespace(state: ClusterState, { name, newest }: NamespaceState) {
  const generationFloor = Math.max(state.generationFloor, newest)
  return { ...state, namespaces: state.namespaces.without(name), generationFloor }
}

/** 43 characters of base64url over the whole state. Replicas at the same index have the same. */
export function stateDigest(state: ClusterState, parts: PartDigests): string {
  const { origin, level, settings, leaders, replicas, namespaces, results } = state
  // Taken first: they use the same writer.
  const digests = [...namespaces.values()].map((namespace) => namespace.digest(parts))
  const kept = results.digest(parts)
  const writer = parts.beginState(level).uint64(state.appliedIndex).uint64(state.appliedTerm)
  writer
    .text(origin?.clusterId ?? '')
    .text(origin?.cluster ?? '')
    .text(origin?.lineage ?? '')
    .uint32(level)
  for (const name of settingNames) writer.uint64(settings[name])
  writer.uint64(state.fenceAfterCeilingMs).uint64(state.fenceMarginCeilingMs)
  const { atMs, agedMs, calmMs } = state.clock
  writer.uint64(state.hostTimeoutCeilingMs).uint64(atMs).uint64(agedMs).uint64(calmMs)
  writer.uint32(leaders.length)
  for (const { term, replica, key } of leaders) writer.uint64(term).uint64(replica).text(key)
  writer.uint64(state.registryIndex).uint32(replicas.length)
  for (const { replica, peer, api, key } of replicas) {
    writer.uint64(replica).text(peer).text(api).text(key)
  }
  writer.uint64(state.generationFloor).uint32(digests.length)
  for (const digest of digests) writer.raw(digest)
  writer.uint32(results.size).raw(kept)
  return base64Url(parts.end(writer))
}
