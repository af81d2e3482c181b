/** What the REST plane asks of this replica, answered by its machine and its database. */
import type {
  AdminResult,
  ClusterStatus,
  EventPage,
  EventQuery,
  Health,
  ReplicaPort,
  RoundsStatus,
} from '../../api/replica-port.js'
import { BerthError } from '../../errors/berth-error.js'
import type { Instant } from '../../fsm/instant.js'
import type { PeerTransport } from '../../raft/peers/transport-options.js'
import type { LogStore } from '../../raft/store/log-store.js'
import type { ReplicaMachine } from '../machine/replica-machine.js'
import type { LeaderRequest, RequestOutcome } from '../requests/request.js'
import type { AskOptions } from '../requests/requests.js'
import { clusterStatus, replicaHealth } from './cluster-status.js'
import type { SessionHub } from './session-hub.js'

export interface ApiParts {
  machine(): ReplicaMachine
  store(): LogStore
  sessions(): SessionHub
  peers(): Pick<PeerTransport, 'status'>
  now(): Instant
  /** Called soon after: whoever waits for the projection asks again then. */
  soon(act: () => void): void
}

/** A reader waits at most so long for the event projection, in ms. */
const projectionWaitMs = 5_000

export function createApiPort(parts: ApiParts): ReplicaPort {
  const { machine, sessions } = parts
  const ask = (request: LeaderRequest, options: AskOptions) =>
    new Promise<RequestOutcome>((resolve) => machine().ask(request, options, parts.now(), resolve))
  const read: ReplicaPort['read'] = (consistency) =>
    new Promise((resolve, reject) => {
      machine().read(consistency, parts.now(), (error) => {
        if (error === null) resolve(machine().state)
        else reject(error)
      })
    })
  return {
    read,
    request: async (request, { idempotencyKey, forward }): Promise<AdminResult> => {
      if (request.kind === 'snapshot') return snapshotNow(parts)
      const key = idempotencyKey ?? ''
      return resultOf(await ask(request, { key, forward })) as AdminResult
    },
    events: (query) => events(parts, query),
    view: () => machine().state,
    wallMs: () => parts.now().wallMs,
    knownLeader: () => machine().node.status(parts.now().monotonicMs).leader || null,
    cluster: (): ClusterStatus =>
      clusterStatus(machine(), parts.store(), parts.peers().status(), parts.now()),
    rounds: async (namespace, consistency): Promise<RoundsStatus> => {
      await read(consistency)
      const outcome = await ask({ kind: 'rounds', namespace }, { key: '', forward: true })
      return resultOf(outcome) as RoundsStatus
    },
    health: (): Health => replicaHealth(machine(), parts.store(), parts.now()),
    openSession: (connection) => sessions().open(connection),
  }
}

function resultOf(outcome: RequestOutcome): unknown {
  if (outcome.kind === 'failed') throw outcome.error
  return outcome.result
}

function snapshotNow({ machine, now }: ApiParts): Promise<AdminResult> {
  return new Promise((resolve, reject) => {
    const at = now()
    machine().toNode(at, (node) =>
      node.snapshotNow(at.monotonicMs, (outcome) => {
        if (outcome instanceof BerthError) reject(outcome)
        else {
          const { index, term } = outcome
          resolve({ index, term, changed: true, generation: null })
        }
      }),
    )
  })
}

async function events(parts: ApiParts, query: EventQuery): Promise<EventPage> {
  await projected(parts, query.projectedThrough)
  const { namespace, kind, member, fromIndex, toIndex, after, order, limit } = query
  const page = await parts.store().events({
    order,
    limit,
    ...(namespace === null ? {} : { namespace }),
    ...(kind === null ? {} : { kind }),
    ...(member === null ? {} : { member }),
    ...(fromIndex === null ? {} : { indexFrom: fromIndex }),
    ...(toIndex === null ? {} : { indexTo: toIndex }),
    ...(after === null ? {} : { after }),
  })
  return { events: page.events, more: page.more }
}

/** Waits until the projection has come so far. */
async function projected(parts: ApiParts, index: number): Promise<void> {
  const deadlineMs = parts.now().monotonicMs + projectionWaitMs
  for (;;) {
    const nowMs = parts.now().monotonicMs
    if (parts.machine().node.status(nowMs).storage.projectedIndex >= index) return
    if (nowMs >= deadlineMs) {
      throw new BerthError('timeout', 'The event projection is behind the log; try again.')
    }
    await new Promise<void>((resolve) => parts.soon(resolve))
  }
}
