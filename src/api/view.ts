/**
 * What the REST plane reads of the replicated state. A namespace of it is an immutable value and
 * may be kept; the view itself goes on changing, so it is read before anything else runs.
 */
import { BerthError } from '../errors/berth-error.js'
import type { Origin } from '../fsm/cluster-state.js'
import type { NamespaceState } from '../fsm/namespace-state.js'
import type { PlacementState } from '../fsm/placement-state.js'

export type View = Pick<
  PlacementState,
  'origin' | 'settings' | 'appliedIndex' | 'namespace' | 'namespaces' | 'agedMs'
>

/** @throws BerthError `unavailable` before the cluster's first command */
export function originOf(view: View): Origin {
  if (view.origin !== null) return view.origin
  throw new BerthError('unavailable', 'The cluster has not begun: it waits for its first leader.')
}

/** @throws BerthError `not_found` */
export function namespaceOf(view: View, name: string): NamespaceState {
  const namespace = view.namespace(name)
  if (namespace !== undefined) return namespace
  const detail = `The namespace "${name}" has no members now; /v1/namespaces lists all.`
  throw new BerthError('not_found', detail)
}
