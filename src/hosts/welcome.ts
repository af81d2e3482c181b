/** Composes from a replica's own state what a sidecar needs to begin, or to catch up. */

import { getSubject, pulseSubject, tableSubject } from '../broadcast/subjects.js'
import type { NamespaceState } from '../fsm/namespace-state.js'
import type { PlacementState } from '../fsm/placement-state.js'
import { answerTimeoutMs, type Settings } from '../fsm/settings.js'
import type { Budget } from '../jobs/job.js'
import type { Table } from '../table/table.js'
import { highestCommon } from '../versions/range.js'
import { hostProtocol } from '../versions/versions.js'
import type {
  Get,
  Held,
  Hello,
  NatsAddress,
  Registry,
  RunningRound,
  TableAnswer,
  Times,
  Welcome,
} from '../wire/messages.js'
import type { TableCopies } from './table-copies.js'

/** Where sidecars find the rest of the cluster. */
export interface WelcomeAddresses {
  /** NATS servers, as URLs. */
  readonly natsServers: readonly string[]
}

/**
 * @param epoch of the admission, 0 for an observer
 * @param roundTo newest generation of the running round, null for none
 */
export function composeWelcome(
  state: PlacementState,
  hello: Pick<Hello, 'namespace' | 'resume' | 'protocol'>,
  epoch: number,
  roundTo: number | null,
  addresses: WelcomeAddresses,
  copies: TableCopies,
): Welcome {
  const { leader, origin } = state
  if (leader === undefined || origin === null) throw new Error('a welcome before any leader')
  const { cluster, lineage } = origin
  const { namespace, resume } = hello
  const { table } = state.namespaceOrEmpty(namespace)
  const { generation, digest } = table
  const resumed = resume?.lineage === lineage ? resume.held : undefined
  const hasTable = isHeld(table, resumed)
  const round = composeRound(state, state.namespace(namespace), roundTo, copies)
  const nats: NatsAddress = {
    servers: addresses.natsServers,
    table: tableSubject(cluster, namespace),
    pulse: pulseSubject(cluster),
    get: getSubject(cluster, namespace),
  }
  return {
    kind: 'welcome',
    // The door lets nobody in with whom there is none.
    protocol: highestCommon(hostProtocol, hello.protocol) ?? hostProtocol.oldest,
    cluster,
    namespace,
    lineage,
    epoch,
    term: leader.term,
    key: leader.key,
    times: timesOf(state.settings),
    nats,
    registry: composeRegistry(state),
    disseminated: { generation, digest },
    ...(hasTable ? {} : { table: copies.whole(table) }),
    ...(round === null ? {} : { round }),
  }
}

/**
 * Makes the copies of tables that a welcome, or an answer with a table, takes; in slices.
 * @returns whether all are there: composing costs little then
 */
export function prepareCopies(
  state: PlacementState,
  namespace: string,
  roundTo: number | null,
  copies: TableCopies,
  budget: Budget,
): boolean {
  const { table } = state.namespaceOrEmpty(namespace)
  if (!copies.prepareWhole(table, budget)) return false
  const to = roundTo === null ? undefined : state.namespace(namespace)?.tableAt(roundTo)
  return to === undefined || to === table || copies.prepareDifference(table, to, budget)
}

/** The replicas of the cluster, as the log has them. */
export function composeRegistry({ replicas, registryIndex }: PlacementState): Registry {
  return {
    version: registryIndex,
    replicas: replicas.map(({ replica: id, api, key }) => ({
      id,
      ...(api === '' ? {} : { url: api.replace(/^http/, 'ws') }),
      ...(key === '' ? {} : { key }),
    })),
  }
}

/** @returns null while this replica is behind the generation that is asked for */
export function composeTableAnswer(
  state: PlacementState,
  namespace: string,
  get: Get,
  roundTo: number | null,
  copies: TableCopies,
): TableAnswer | null {
  const { leader, origin } = state
  if (leader === undefined || origin === null) return null
  const { table } = state.namespaceOrEmpty(namespace)
  if (table.generation < get.generation) return null
  const known = state.namespace(namespace)
  const round = composeRound(state, known, roundTo, copies)
  return {
    kind: 'table',
    namespace,
    lineage: origin.lineage,
    part: 1,
    parts: 1,
    change: sinceHeld(table, get, copies),
    ...(round === null ? {} : { round }),
    ...registrySince(state, get.registry),
  }
}

/** Who has no session hears of other replicas only so, and only if it says what it has. */
function registrySince(state: PlacementState, known: number | undefined) {
  const isNews = known !== undefined && known < state.registryIndex
  return isNews ? { registry: composeRegistry(state) } : {}
}

/** A holder of the same table gets an empty difference; of every other one, the whole table. */
function sinceHeld(table: Table, { held }: Get, copies: TableCopies) {
  return isHeld(table, held) ? copies.difference(table, table) : copies.whole(table)
}

function isHeld({ generation, digest }: Table, held: Held | undefined): boolean {
  return held !== undefined && held.generation === generation && held.digest === digest
}

function composeRound(
  { leader, settings }: PlacementState,
  namespace: NamespaceState | undefined,
  roundTo: number | null,
  copies: TableCopies,
): RunningRound | null {
  if (leader === undefined || namespace === undefined || roundTo === null) return null
  if (roundTo <= namespace.disseminated) return null
  const to = namespace.tableAt(roundTo)
  if (to === undefined) return null
  const { term } = leader
  const change = copies.difference(namespace.table, to)
  return { term, deadlineMs: settings.roundDeadlineMs, change }
}

function timesOf(settings: Settings): Times {
  const { heartbeatMs, fenceAfterMs, roundDeadlineMs, beaconMs } = settings
  const patienceMs = answerTimeoutMs(settings)
  return { heartbeatMs, fenceAfterMs, roundDeadlineMs, beaconMs, answerTimeoutMs: patienceMs }
}
