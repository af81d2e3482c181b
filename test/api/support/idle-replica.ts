/** A replica that serves host sessions only: enough for what never asks for its state. */
import type { HostConnection, HostSession } from '../../../src/api/door/host-connection.js'
import type { ReplicaPort } from '../../../src/api/replica-port.js'
import { BerthError } from '../../../src/errors/berth-error.js'

export function idleReplica(
  openSession: (connection: HostConnection) => HostSession = () => {
    throw new BerthError('unavailable', 'No sessions here.')
  },
): ReplicaPort {
  const nobody = async () => {
    throw new BerthError('no_leader')
  }
  return {
    read: nobody,
    view: () => {
      throw new BerthError('unavailable', 'No state here.')
    },
    request: nobody,
    events: nobody,
    rounds: nobody,
    wallMs: () => 0,
    knownLeader: () => null,
    cluster: () => ({
      ...{ answeredBy: 1, leader: null, term: 0, replicas: [], alarms: [] },
      level: { active: 1, waitsFor: [] },
    }),
    health: () => ({ live: [], ready: [] }),
    openSession,
  }
}
