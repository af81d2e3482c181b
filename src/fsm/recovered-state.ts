/**
 * The state that a new history of the same cluster begins with, made of the last one that a replica
 * has (design §4: "Restore and recovery make a new lineage and add 2^32 to index, term and every
 * generation"). A pure function: the same state gives the same one.
 *
 * What is kept: settings, ceilings, namespaces with their members, cordons, refusals and what still
 * lies between their two tables, and the results that retries ask for. What is not: the leaders'
 * keys and the addresses of replicas, for both are of a cluster that is no more.
 *
 * Invariants: every index, term, generation and epoch of the new history lies above all that the
 * old one can have given, also to those who know more of it than this state (2^32 of them fit in
 * between); so fencing tokens go on rising, and no admission of the one is one of the other. That
 * is so of the history that the state is of: one that was begun from it before has the same numbers
 * as this one (docs/operations.md says what to do then). The order of generations, and what each
 * changed, stay as they were.
 */
import { BerthError } from '../errors/berth-error.js'
import { compareText } from '../table/code-point-order.js'
import type { Member } from '../table/member.js'
import { type Edit, SortedMap } from '../table/sorted-map.js'
import type { Table } from '../table/table.js'
import { type ClusterState, withNamespace } from './cluster-state.js'
import { NamespaceState, namespaceDigests, removalKey, type Step } from './namespace-state.js'
import type { Admission, PartDigests, Removal } from './state-digest.js'

/** How far indexes, terms, generations and epochs of one history lie above those of the last. */
export const historyStep = 2 ** 32

/** What names the new history. */
export interface NewOrigin {
  /**
   * Another one than before: former replicas that come back are refused as those of a foreign
   * cluster, whatever they hold and whoever among the new ones they meet.
   */
  readonly clusterId: string
  readonly lineage: string
  /** Term of the state, at least `historyStep` above any that the replica has seen. */
  readonly term: number
}

/**
 * @param state that of a cluster: `origin` is not null
 * @throws BerthError `conflict` when a number would not be exact any more, after two million times
 */
export function recoveredState(
  state: ClusterState,
  { clusterId, lineage, term }: NewOrigin,
  parts: PartDigests,
): ClusterState {
  if (state.origin === null) throw new Error('a state without a cluster cannot be recovered')
  let recovered: ClusterState = {
    ...state,
    appliedIndex: stepUp(state.appliedIndex),
    appliedTerm: term,
    origin: { ...state.origin, clusterId, lineage },
    leaders: [],
    generationFloor: stepUp(state.generationFloor),
    replicas: [],
    registryIndex: stepUp(state.appliedIndex),
    namespaces: SortedMap.empty<string, NamespaceState>(compareText),
  }
  for (const namespace of state.namespaces.values()) {
    recovered = withNamespace(recovered, recoveredNamespace(namespace, parts))
  }
  return recovered
}

/** The number in the new history. @throws BerthError `conflict` */
export function stepUp(number: number): number {
  const raised = number + historyStep
  if (Number.isSafeInteger(raised)) return raised
  throw new BerthError('conflict', `${number} is too large for another history to begin above it.`)
}

function recoveredNamespace(namespace: NamespaceState, parts: PartDigests): NamespaceState {
  const { fields } = namespace
  const table = recoveredTable(fields.table)
  const steps: Edit<number, Step>[] = []
  let newestTable = table
  for (const [before, { shape, upserts, removes }] of fields.steps.entries()) {
    const generation = stepUp(before)
    const members = upserts.map(recoveredMember)
    newestTable = newestTable.edit({ generation, shape, upserts: members, removes })
    steps.push([generation, { shape, digest: newestTable.digest, upserts: members, removes }])
  }
  const kept = {
    ...fields,
    table,
    newestTable,
    steps: SortedMap.empty<number, Step>((a, b) => a - b).edit(steps),
    admissions: fields.admissions.edit([...fields.admissions.entries()].map(recoveredAdmission)),
    removals: SortedMap.empty<string, Removal>(compareText).edit(
      [...fields.removals.values()].map(recoveredRemoval),
    ),
  }
  return new NamespaceState({ ...kept, digests: namespaceDigests(kept, parts) })
}

/** The same members, each under an epoch of the new history: no old message names one of them. */
function recoveredTable(table: Table): Table {
  const upserts = [...table.list()].map(recoveredMember)
  return table.edit({ generation: stepUp(table.generation), upserts, removes: [] })
}

function recoveredMember(member: Member): Member {
  return { ...member, epoch: stepUp(member.epoch) }
}

function recoveredAdmission([name, admission]: readonly [string, Admission]) {
  return [name, { ...admission, generation: stepUp(admission.generation) }] as const
}

function recoveredRemoval(removal: Removal): Edit<string, Removal> {
  const { name, epoch, generation } = removal
  const raised = { ...removal, epoch: stepUp(epoch), generation: stepUp(generation) }
  return [removalKey(name, raised.epoch), raised]
}
