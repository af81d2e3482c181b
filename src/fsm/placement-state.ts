/**
 * The replicated state machine: what the committed log says about members, tables and generations.
 * Pure: the same entries give the same state, results, events and digest on every replica.
 *
 * Contract with whoever feeds it: entries in order without gaps, those at or below the applied
 * index may come again and are skipped; when `apply` throws, nothing was changed and the replica
 * must stop, for to skip an entry would be to disagree with the others.
 */
import { Budget } from '../jobs/job.js'
import type { Entry } from '../raft/core/entry.js'
import type { LogPosition } from '../raft/core/log.js'
import { compareText } from '../table/code-point-order.js'
import { sameShape, Table } from '../table/table.js'
import type { TableContext } from '../table/table-context.js'
import {
  type Ceilings,
  type ClusterState,
  initialState,
  type Origin,
  shapeOf,
  stateDigest,
  type TermLeader,
} from './cluster-state.js'
import type { Command, LoggedCommand, ReplicaAddress } from './command.js'
import { decodeCommand } from './command-codec.js'
import type { CommandResult } from './command-result.js'
import { fingerprintOf } from './kept-results.js'
import { NamespaceState } from './namespace-state.js'
import { EventList, type PlacementEvent } from './placement-event.js'
import { type NewOrigin, recoveredState } from './recovered-state.js'
import { Restoring } from './restoring.js'
import { type Full, Room, type Totals, totalsOf } from './room.js'
import { runCommand } from './run-command.js'
import type { SaidTypes } from './said-types.js'
import type { Settings } from './settings.js'
import { SnapshotLoader } from './snapshot-loader.js'
import { snapshotChunks } from './snapshot-writer.js'
import { agedMsAt, clockAfter, type StateClock } from './state-clock.js'
import { PartDigests } from './state-digest.js'
import { Transition } from './transition.js'

/** What an entry did. */
export interface Applied {
  /** What the entry asked for; null for entries that are Raft's own. */
  readonly command: Command | null
  /** null for entries that are Raft's own. */
  readonly result: CommandResult | null
  /** Whether the result is the kept one of an earlier entry with the same idempotency key. */
  readonly repeated: boolean
  /** The entry that the result is of: this one, or that earlier one. */
  readonly of: LogPosition
  readonly events: readonly PlacementEvent[]
  /** Names of the namespaces that are not what they were, sorted. */
  readonly namespaces: readonly string[]
}

const nothingApplied: Omit<Applied, 'of'> = {
  command: null,
  result: null,
  repeated: false,
  events: [],
  namespaces: [],
}

export class PlacementState {
  /** Shared by all tables of this state. */
  readonly context: TableContext
  readonly #parts: PartDigests
  #state: ClusterState
  #empty: Table | undefined
  /** Of the namespaces that they were counted for last. */
  #totals: (Totals & { readonly of: ClusterState['namespaces'] }) | undefined

  constructor(context: TableContext) {
    this.context = context
    this.#parts = new PartDigests(context)
    this.#state = initialState(context)
  }

  /** Index of the last applied entry; 0 for none. */
  get appliedIndex(): number {
    return this.#state.appliedIndex
  }

  /** Term of the last applied entry; 0 for none. */
  get appliedTerm(): number {
    return this.#state.appliedTerm
  }

  /** Cluster id, cluster name and lineage; null until the genesis command. */
  get origin(): Origin | null {
    return this.#state.origin
  }

  /** Feature level of the cluster (src/versions). */
  get level(): number {
    return this.#state.level
  }

  /** Feature level of tables that are made now: what hosts have to know. */
  get tableLevel(): number {
    return this.context.levels.ofTables(this.#state.level)
  }

  get settings(): Settings {
    return this.#state.settings
  }

  /** The largest times that ever were in force in this lineage. */
  get ceilings(): Ceilings {
    return this.#state
  }

  /** Time as the commands told it. */
  get clock(): StateClock {
    return this.#state.clock
  }

  /** Age of the cluster at this wall clock, in ms: what refusals are counted by. */
  agedMs(wallMs: number): number {
    return agedMsAt(this.#state.clock, wallMs)
  }

  /** The leader of the newest `lead` command; undefined before the first. */
  get leader(): TermLeader | undefined {
    return this.#state.leaders.at(-1)
  }

  /** The leader of one of the last terms. */
  leaderOf(term: number): TermLeader | undefined {
    return this.#state.leaders.find((leader) => leader.term === term)
  }

  /** Where the replicas are reached, by rising id. */
  get replicas(): readonly ReplicaAddress[] {
    return this.#state.replicas
  }

  /** Which list of replicas this is: higher for a later one. */
  get registryIndex(): number {
    return this.#state.registryIndex
  }

  /** A value that stays as it is; undefined while it has no member, but for `default`. */
  namespace(name: string): NamespaceState | undefined {
    return this.#state.namespaces.get(name)
  }

  /** The namespace, or the empty one that it is without any member. */
  namespaceOrEmpty(name: string): NamespaceState {
    return this.namespace(name) ?? NamespaceState.empty(name, this.#emptyTable())
  }

  /**
   * Why there is no room now for a host that is to join or to change; null when there is.
   *
   * @param types as the host says them
   */
  lackOfRoom(namespace: string, name: string, types: SaidTypes): Full | null {
    const { namespaces } = this.#state
    if (this.#totals?.of !== namespaces) this.#totals = { of: namespaces, ...totalsOf(this.#state) }
    const known = this.namespaceOrEmpty(namespace)
    const isNew = known.newestTable.member(name) === undefined
    const isNewSet = () => !known.hasTypeSet(types.key((set) => this.#parts.typesKey(set)))
    const addition = { isNew, typeBytes: types.bytes, isNewSet }
    return Room.of(this.#state, known, this.#totals).lack(addition)
  }

  /** In code point order of the names, from the first one behind `after` on. */
  *namespaces(after?: string): Generator<NamespaceState> {
    for (const [, namespace] of this.#state.namespaces.entries(after)) yield namespace
  }

  /** 43 characters of base64url; equal on all replicas at an equal applied index. */
  get digest(): string {
    return stateDigest(this.#state, this.#parts)
  }

  /**
   * Applies a committed entry.
   *
   * @returns null for an entry at or below the applied index
   * @throws BerthError `newer_version`, `older_version`, `storage_damaged`: see `decodeCommand`,
   *   and for a feature level that this version does not know
   */
  apply(entry: Entry): Applied | null {
    const { index, term, kind, data } = entry
    const { appliedIndex, appliedTerm } = this.#state
    if (index <= appliedIndex) return null
    if (index !== appliedIndex + 1 || term < appliedTerm) {
      throw new Error(`entry (${index}, ${term}) after (${appliedIndex}, ${appliedTerm})`)
    }
    const position = { appliedIndex: index, appliedTerm: term }
    if (kind !== 'command') {
      this.#state = { ...this.#state, ...position }
      return { ...nothingApplied, of: { index, term } }
    }
    const logged = decodeCommand(data)
    const { atMs } = logged.command
    const step = new Transition(
      { ...this.#state, ...position, clock: clockAfter(this.#state.clock, logged.command) },
      { index, term, atMs },
      this.context,
      this.#parts,
    )
    const once = this.#runOnce(step, logged)
    this.#state = step.state
    const namespaces = [...step.changed].sort(compareText)
    return { command: logged.command, ...once, events: step.events.events, namespaces }
  }

  /**
   * The state as it is now, in chunks of about 256 KiB. Nothing is copied and each chunk is encoded
   * when it is asked for; what is applied meanwhile is not in it.
   */
  snapshotChunks(): Generator<Uint8Array> {
    const { snapshot: version } = this.context.levels.of(this.#state.level)
    return snapshotChunks(this.#state, version, this.digest)
  }

  /**
   * Takes over the state of a snapshot, from all its chunks in order, at once. When it throws, the
   * state is as it was.
   *
   * @throws BerthError `newer_version` or `older_version` when it has a form that this version does
   *   not read, `storage_damaged` when it is not whole or its contents do not give the digest that
   *   it names
   */
  restore(chunks: Iterable<Uint8Array>): void {
    const restoring = this.restoring()
    for (const chunk of chunks) restoring.add(chunk)
    restoring.end()
    restoring.step(new Budget(Number.POSITIVE_INFINITY))
  }

  /** The same in slices, from chunks that come one by one. */
  restoring(): Restoring {
    const loader = new SnapshotLoader(this.context, this.#parts)
    return new Restoring(loader, (state) => {
      this.#state = state
    })
  }

  /**
   * Begins a new history of the cluster with what is here: see recovered-state.ts.
   *
   * @param atMs wall clock for the event
   * @returns the event `recovered`, at the index that the state has from now on
   * @throws BerthError `conflict` when the numbers are exhausted: nothing was changed
   */
  recover(origin: NewOrigin, atMs: number): PlacementEvent {
    const before = this.#state
    this.#state = recoveredState(before, origin, this.#parts)
    const { appliedIndex: index, appliedTerm: term } = before
    const { lineage } = origin
    const events = new EventList(this.#state.appliedIndex, atMs)
    // Not the ids of the clusters: by those replicas know one another, and events are public.
    const former = {
      ...{ cluster: before.origin?.cluster, lineage: before.origin?.lineage },
      ...{ index, term },
    }
    events.add('recovered', {}, { lineage, former })
    return events.events[0]!
  }

  /** Of the namespaces that are not there: made once, for its digest costs more than it. */
  #emptyTable(): Table {
    const { generationFloor } = this.#state
    const shape = shapeOf(this.#state, this.context)
    const empty = this.#empty
    if (empty?.generation === generationFloor && sameShape(empty.shape, shape)) return empty
    this.#empty = Table.empty(this.context, shape, generationFloor)
    return this.#empty
  }

  /** Runs a command, or gives the kept result when its idempotency key was there before. */
  #runOnce(
    step: Transition,
    { command, key }: LoggedCommand,
  ): Pick<Applied, 'repeated' | 'of'> & { readonly result: CommandResult } {
    const { index, term } = step
    const first = { repeated: false, of: { index, term } }
    if (key === undefined) return { result: runCommand(step, command), ...first }
    const results = step.state.results.expire(step.state.clock.calmMs, this.#parts)
    step.state = { ...step.state, results }
    const fingerprint = fingerprintOf(command, this.#parts)
    const kept = results.get(key)
    if (kept !== undefined) {
      if (kept.fingerprint !== fingerprint) {
        return { result: { kind: 'nothing', why: 'key_reused' }, ...first }
      }
      const of = { index: kept.index, term: kept.term }
      return { result: kept.result, repeated: true, of }
    }
    const result = runCommand(step, command)
    // A command that was not decided upon may be tried again under its key.
    if (result.kind !== 'nothing') {
      const { calmMs } = step.state.clock
      const entry = { key, index, term, calmMs, fingerprint, result }
      step.state = { ...step.state, results: results.keep(entry, this.#parts) }
    }
    return { result, ...first }
  }
}
