/** Replicas and settings: what there is, and the requests that change it. */
import { BerthError } from '../../errors/berth-error.js'
import type { Handlers } from '../operation.js'
import type { AdminRequest, Consistency, ReplicaPort, RequestOptions } from '../replica-port.js'
import { type Asked, requesterOf } from '../requester.js'
import { originOf } from '../view.js'
import { conditionally } from './conditional.js'

type Id =
  | 'getCluster'
  | 'addReplica'
  | 'removeReplica'
  | 'promoteReplica'
  | 'changeReplicas'
  | 'leaveJoint'
  | 'transferLeadership'
  | 'takeSnapshot'
  | 'getSettings'
  | 'changeSettings'

/** The parts of a write request that are the same for all of them. */
export interface WriteRequest extends Asked {
  readonly headers: { readonly 'idempotency-key'?: string }
  readonly query: { readonly forward: boolean }
}

/** How a write is to be done, from its header and query. */
export function requestOptions(request: WriteRequest): RequestOptions {
  const { headers, query } = request
  const idempotencyKey = headers['idempotency-key'] ?? null
  return { idempotencyKey, forward: query.forward, by: requesterOf(request) }
}

export function clusterHandlers(port: ReplicaPort): Handlers<Id> {
  // Done again they change nothing, so no key is needed to repeat them.
  const change = (how: Omit<WriteRequest, 'headers'>, request: AdminRequest) => {
    const { forward } = how.query
    return port.request(request, { idempotencyKey: null, forward, by: requesterOf(how) })
  }
  return {
    getCluster: async ({ query }) => {
      const { view, confirmed } = await readAnyhow(port, query.consistency)
      // Not the cluster's id: by that replicas know one another.
      const { cluster: name = null, lineage = null } = view.origin ?? {}
      return { name, lineage, confirmed, settings: view.settings, status: port.cluster() }
    },
    addReplica: (request) => change(request, { kind: 'add-replica', ...request.body }),
    removeReplica: (request) => change(request, { kind: 'remove-replica', id: request.params.id }),
    promoteReplica: (request) =>
      change(request, { kind: 'promote-replica', id: request.params.id }),
    changeReplicas: (request) => change(request, { kind: 'change-replicas', ...request.body }),
    leaveJoint: (request) => change(request, { kind: 'leave-joint' }),
    transferLeadership: (request) =>
      change(request, { kind: 'transfer', to: request.body?.to ?? null }),
    takeSnapshot: (request) => {
      const by = requesterOf(request)
      return port.request({ kind: 'snapshot' }, { idempotencyKey: null, forward: false, by })
    },
    getSettings: async (request, reply) => {
      const view = await port.read(request.query.consistency)
      const state = [originOf(view).lineage, view.settings]
      const body = () => view.settings
      return conditionally(request, reply, { generation: null, state, body })
    },
    changeSettings: (request) =>
      port.request({ kind: 'settings', settings: request.body }, requestOptions(request)),
  }
}

/**
 * An operator looks when something is wrong: what this replica knows is answered in any case, and
 * whether it is as new as was asked for. At once where no leader is known: only who asks for a
 * quorum waits for one.
 */
async function readAnyhow(port: ReplicaPort, consistency: Consistency) {
  const isLeaderless = consistency === 'default' && port.knownLeader() === null
  if (consistency === 'stale' || isLeaderless) return { view: port.view(), confirmed: false }
  try {
    return { view: await port.read(consistency), confirmed: true }
  } catch (error) {
    if (!(error instanceof BerthError)) throw error
    return { view: port.view(), confirmed: false }
  }
}
