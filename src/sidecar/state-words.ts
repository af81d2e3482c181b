/** The state of a sidecar in a few words, for logs and for the errors of callers. Pure. */
import type { ReplicaTry } from './replica-link.js'
import type { SidecarState } from './state.js'

/** Of more addresses than this, the others are counted. */
const triesShownMax = 8

/** @param isHost whether it is no observer */
export function describeState(state: SidecarState, isHost: boolean): string {
  const { phase, isFenced, isMember, replica, nats, natsReason, natsForbids } = state
  const { missing, waiting, failure, movingTo, broken } = state
  const words = [`is ${phase}`]
  if (phase === 'waiting' && waiting !== null) words.push(`(${waiting.code})`)
  words.push(replica === null ? withoutReplica(state.replicas) : `at ${replica}`)
  words.push(nats === 'down' && natsReason !== null ? `NATS down [${natsReason}]` : `NATS ${nats}`)
  if (natsForbids.length > 0) words.push(`which forbids it to ${natsForbids.join(' and ')}`)
  if (isFenced) words.push('without a lease')
  else if (isHost && !isMember) words.push('not in the table yet')
  if (hasNobody(state)) words.push(`nobody is in namespace "${state.namespace}"`)
  if (missing !== null) words.push(`missing generation ${missing}`)
  if (movingTo !== null) words.push(`moving to generation ${movingTo}`)
  if (failure !== null && replica !== null) words.push(`refused: ${failure.detail}`)
  if (broken !== null) words.push(broken)
  return words.join(', ').replace(', (', ' (')
}

/** Nobody is in the table: for an observer a sign that it is in the wrong namespace. */
export function hasNobody({ generation, members }: SidecarState): boolean {
  return generation !== null && members === 0
}

function withoutReplica(tries: readonly ReplicaTry[]): string {
  const failed = tries.filter(({ reason }) => reason !== null)
  if (failed.length === 0) return 'without a replica'
  const shown = failed.slice(0, triesShownMax).map(({ url, reason }) => `${url}: ${reason}`)
  if (failed.length > shown.length) shown.push(`${failed.length - shown.length} more`)
  return `without a replica [${shown.join('; ')}]`
}
