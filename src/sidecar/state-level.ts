/** Whether a state is told as a warning or as what is normal. Pure. */
import type { SidecarState } from './state.js'
import { hasNobody } from './state-words.js'

/** A start takes no longer than this where all is well, in ms. */
export const startMs = 5_000

/**
 * @param wantsNats whether it is to hear orders over NATS
 * @param startingMs since it was made, in ms, as long as it was not well yet; null once it was
 */
export function levelOf(
  state: SidecarState,
  wantsNats: boolean,
  startingMs: number | null,
): 'info' | 'warn' {
  const { phase, isFenced, broken, failure, natsForbids } = state
  if (isWell(state, wantsNats)) return 'info'
  if (broken !== null || failure !== null || natsForbids.length > 0) return 'warn'
  if (phase === 'leaving') return isFenced ? 'warn' : 'info'
  if (phase === 'waiting' || phase === 'fencing' || isRefused(state)) return 'warn'
  return startingMs !== null && startingMs < startMs ? 'info' : 'warn'
}

/** Whether all is as it is to be: lookups are answered, and orders come as they should. */
export function isWell(state: SidecarState, wantsNats: boolean): boolean {
  const { phase, isFenced, missing, nats, natsForbids } = state
  const isSafe = phase === 'serving' && !isFenced && missing === null
  const isHeard = nats === 'listening' || !wantsNats
  return isSafe && isHeard && natsForbids.length === 0 && !hasNobody(state)
}

/** Whether no replica is reached, and not only not yet. */
function isRefused({ replica, replicas }: SidecarState): boolean {
  return replica === null && replicas.some(({ reason }) => reason !== null)
}
