/**
 * How far a message may raise the term (beyond Raft, which trusts every term that it is shown). One
 * forged or damaged message of the last term there is would end all elections for ever: nobody
 * could campaign in a later one, and after a restart the disk still says so.
 *
 * What others say raises the term by at most `termRiseMax` in an election timeout. A message of a
 * later term is not taken, nothing of it is believed; but the term goes towards its own by what is
 * left of that reach. So a replica that is further behind than one message may raise it, for the
 * terms were forged meanwhile, arrives after a few election timeouts of hearing of them; and a
 * forger gains no more than by terms within reach. To raise a term is always safe: it is as if
 * somebody had campaigned in it whom nobody else heard.
 *
 * Two kinds of terms are not gone towards. Beyond `termMax` nobody is. And what lies further above
 * than `termWalkMax` only a leader can speak of truly, for a majority came there with it. In any
 * other mouth it is damage of that one replica, for which the others would go without a leader for
 * as long as they are on the way.
 *
 * A replica that has no configuration yet is the exception to all of this but `termMax`: it was
 * added to a cluster whose terms may be any (each recovery adds 2^32), knows nothing that it could
 * lose, and takes the term of whoever brings it the log.
 */
import type { CoreState } from './core-state.js'
import { termMax, termRiseMax, termWalkMax } from './limits.js'

/** Whether a message of this term may be taken. One that may not is counted. */
export function isWithinReach(core: CoreState, term: number): boolean {
  if (term <= core.term) return true
  const mayTake = term <= termMax && (knowsNobody(core) || term - core.term <= leftOf(core))
  if (!mayTake) core.reach.refused += 1
  return mayTake
}

/** The term to rise to on the way to one beyond reach; the own one to stay where it is. */
export function termTowards(core: CoreState, far: number, isLed: boolean): number {
  const isGoal = far <= termMax && (isLed || far - core.term <= termWalkMax)
  return isGoal ? core.term + leftOf(core) : core.term
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
