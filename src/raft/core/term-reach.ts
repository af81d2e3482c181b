/**
 * How far a message may raise the term (beyond Raft, which trusts every term that it is shown). One
 * forged or damaged message of the last term there is would end all elections for ever: nobody
 * could campaign in a later one, and after a restart the disk still says so.
 *
 * What others say raises the term by at most `termRiseMax` in an election timeout; a message of a
 * later term is ignored, as a lost one would be. Whoever was away for however long is not that far
 * behind, as no more elections can have been held. A replica that has no configuration yet is the
 * exception: it was added to a cluster whose terms may be any (each recovery adds 2^32), knows
 * nothing that it could lose, and takes the term of whoever brings it the log.
 */
import type { CoreState } from './core-state.js'
import { termMax, termRiseMax } from './limits.js'

/** Whether a message of this term may be taken. One that may not is counted. */
export function isWithinReach(core: CoreState, term: number): boolean {
  if (term <= core.term) return true
  const mayTake = term <= termMax && (knowsNobody(core) || term - core.term <= leftOf(core))
  if (!mayTake) core.reach.refused += 1
  return mayTake
}

/** A message has raised the term. Call it before the term is changed. */
export function termRises(core: CoreState, term: number): void {
  if (!knowsNobody(core)) core.reach.risen += term - core.term
}

function leftOf({ reach, tick, settings }: CoreState): number {
  if (tick - reach.sinceTick >= settings.electionTimeoutTicks) {
    reach.sinceTick = tick
    reach.risen = 0
  }
  return termRiseMax - reach.risen
}

function knowsNobody({ configuration }: CoreState): boolean {
  return configuration.voters.length === 0
}
