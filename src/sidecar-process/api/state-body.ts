/** The state of this host as sidecar.openapi.yaml has it. Pure. */
import type { SidecarState } from '../../sidecar/state.js'
import type { LocalState } from './local-state.js'
import type { components } from './openapi.generated.js'

type Schemas = components['schemas']

export function stateBody({
  ready,
  host,
  application,
  calls,
  sidecar,
}: LocalState): Schemas['State'] {
  const { running, waiting, forwarded, actors } = calls
  return {
    ready,
    host: host === null ? null : { name: host.name, appId: host.appId, types: host.types },
    application: application === null ? null : applicationBody(application),
    calls: { running, waiting, forwarded, actors },
    sidecar: sidecarBody(sidecar),
  }
}

function applicationBody({
  state,
  forMs,
  reason,
}: NonNullable<LocalState['application']>): Schemas['Application'] {
  return { state, forMs: wholeMs(forMs), reason }
}

function sidecarBody(state: SidecarState): Schemas['Sidecar'] {
  const { replicas, typesWaiting, waiting, failure } = state
  return {
    phase: state.phase,
    broken: state.broken,
    isFenced: state.isFenced,
    leaseLeftMs: wholeMs(state.leaseLeftMs),
    replica: state.replica,
    replicas: replicas.map(({ url, reason }) => ({ url, reason })),
    replicaSilentMs: silenceMs(state.replicaSilentMs),
    nats: state.nats,
    natsReason: state.natsReason,
    natsForbids: state.natsForbids,
    ordersSilentMs: silenceMs(state.ordersSilentMs),
    cluster: state.cluster,
    namespace: state.namespace,
    lineage: state.lineage,
    epoch: state.epoch,
    term: state.term,
    generation: state.generation,
    digest: state.digest,
    members: state.members,
    isMember: state.isMember,
    tableAgeMs: silenceMs(state.tableAgeMs),
    types: state.types,
    typesWaiting: reasonBody(typesWaiting),
    movingTo: state.movingTo,
    movingForMs: silenceMs(state.movingForMs),
    roundDeadlineMs: silenceMs(state.roundDeadlineMs),
    missing: state.missing,
    waiting: reasonBody(waiting),
    failure: reasonBody(failure),
    heldOrders: state.heldOrders,
    heldOrderBytes: state.heldOrderBytes,
    rejectedOrders: { ...state.rejectedOrders },
  }
}

function reasonBody(
  reason: { readonly code: string; readonly detail: string } | null,
): Schemas['Reason'] | null {
  return reason === null ? null : { code: reason.code, detail: reason.detail }
}

function wholeMs(ms: number): number {
  return Math.max(0, Math.round(ms))
}

/** Null for what never was: it is infinitely long ago. */
function silenceMs(ms: number | null): number | null {
  return ms === null || !Number.isFinite(ms) ? null : wholeMs(ms)
}
