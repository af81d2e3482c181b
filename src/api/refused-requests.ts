/** What a replica says of requests that fail: to the log, and beside the problem of its leader. */
import type { FastifyRequest } from 'fastify'
import type { BerthError } from '../errors/berth-error.js'
import type { LimitedLog } from '../log/limited-log.js'
import type { ErrorHandling } from '../rest/error-handling.js'
import type { components } from './openapi.generated.js'
import type { ReplicaPort } from './replica-port.js'

type Leader = NonNullable<components['schemas']['Problem']['leader']>

/** @param refused tells that hosts, or whoever came under a foreign name, were refused */
export function errorHandling(
  port: Pick<ReplicaPort, 'cluster'>,
  refused: LimitedLog,
): ErrorHandling {
  return {
    note: (error, request) => noteRefusal(refused, error, request),
    extrasOf: ({ code }) => (code === 'not_leader' ? { leader: leaderOf(port) } : {}),
  }
}

/** Longest text of a request in a line of the log, in UTF-16 units. */
const shownUnitsMax = 200

/**
 * What its operator has to mend: a name of this replica that it was not told of, or something on
 * the way of a host that makes another request of it. Anybody can cause it.
 */
function noteRefusal(
  refused: LimitedLog,
  { code, message: detail }: BerthError,
  { headers, socket, url }: FastifyRequest,
): void {
  const isUpgrade = headers.upgrade?.toLowerCase() === 'websocket'
  // A host whose proxy did not pass its upgrade on asks as nobody else does.
  const isHost = isUpgrade || code === 'upgrade_required'
  if (code !== 'foreign_origin' && !isHost) return
  const shown = (text: string | undefined) => text?.slice(0, shownUnitsMax)
  const { host, origin } = headers
  const fields = { remote: socket.remoteAddress, host: shown(host), origin: shown(origin) }
  const more = { path: shown(url.split('?', 1)[0]), code, detail: shown(detail) }
  const message = isHost ? 'a host is refused' : 'a request is refused'
  refused.add('warn', { ...fields, ...more }, message, `${message} ${code}`)
}

function leaderOf(port: Pick<ReplicaPort, 'cluster'>): Leader | null {
  const { leader, replicas } = port.cluster()
  if (leader === null) return null
  const address = replicas.find(({ id }) => id === leader)?.addresses.api ?? null
  return { id: leader, address }
}
