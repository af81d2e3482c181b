/**
 * What the REST plane reads of the replicated state: the least that its bodies are made from. The
 * tables are immutable values and may be kept; everything else is read before anything else runs.
 */
import { BerthError } from '../errors/berth-error.js'
import type { Settings } from '../fsm/settings.js'
import type { Table } from '../table/table.js'

export interface View {
  /** The first three are null until the cluster's first command is applied. */
  readonly cluster: string | null
  readonly clusterId: string | null
  readonly lineage: string | null
  readonly settings: Settings
  /** Index of the last log entry that is in this state. */
  readonly appliedIndex: number
  /** Names in code point order, from the first one behind `after` on. */
  namespaceNames(after?: string): Iterable<string>
  namespace(name: string): NamespaceView | undefined
}

export interface NamespaceView {
  /** The table as last committed; its generation is the newest. */
  readonly table: Table
  /** The table that every host has; its generation is the disseminated one. */
  readonly disseminatedTable: Table
  /** The run of a member that is in `table`. */
  instanceOf(name: string): string
}

/** A view of a cluster that has begun. */
export interface EstablishedView extends View {
  readonly cluster: string
  readonly clusterId: string
  readonly lineage: string
}

/** @throws BerthError `unavailable` before the cluster's first command */
export function established(view: View): EstablishedView {
  const { cluster, clusterId, lineage } = view
  if (cluster !== null && clusterId !== null && lineage !== null) return view as EstablishedView
  throw new BerthError('unavailable', 'The cluster has not begun: it waits for its first leader.')
}

/** @throws BerthError `not_found` */
export function namespaceOf(view: View, name: string): NamespaceView {
  const namespace = view.namespace(name)
  if (namespace !== undefined) return namespace
  const detail = `The namespace "${name}" never had a member; /v1/namespaces lists all.`
  throw new BerthError('not_found', detail)
}
