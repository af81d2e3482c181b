/** The rounds of a namespace as REST shows them. */
import type { RoundsStatus } from '../api/replica-port.js'
import type { Round } from '../broadcast/round.js'
import type { FinishedRound, Rounds } from '../broadcast/rounds.js'
import type { Instant } from '../fsm/instant.js'

/** Hosts that a running round is shown to wait for. */
const waitingForMax = 100

export function roundsStatus(rounds: Rounds, now: Instant): RoundsStatus {
  const { round, finished } = rounds
  return {
    running: round === null ? null : runningRound(round, now),
    recent: finished.map((each) => finishedRound(each, now)),
  }
}

function runningRound(round: Round, now: Instant): RoundsStatus['running'] {
  const { span } = round
  const waitingFor = [...round.missing()].slice(0, waitingForMax)
  return {
    term: span.term,
    from: span.from.generation,
    to: round.to,
    elapsedMs: Math.round(now.monotonicMs - span.startedAtMs),
    deadlineMs: Math.round(round.deadlineAtMs - span.startedAtMs),
    hosts: round.waitCount,
    acknowledged: count(round.awaited(), ({ state }) => state === 'acknowledged'),
    waitingFor: waitingFor.map(({ name, epoch, loses }) => ({ name, epoch, losesKeys: loses })),
  }
}

function finishedRound(
  { term, from, to, startedAtMs, finishedAtMs, waitedFor, stragglers }: FinishedRound,
  now: Instant,
): RoundsStatus['recent'][number] {
  return {
    term,
    from,
    to,
    finishedAt: new Date(now.wallMs - (now.monotonicMs - finishedAtMs)).toISOString(),
    durationMs: Math.round(finishedAtMs - startedAtMs),
    hosts: waitedFor,
    stragglers: stragglers.map(({ name, epoch }) => ({ name, epoch })),
  }
}

function count<T>(list: Iterable<T>, matches: (each: T) => boolean): number {
  let matching = 0
  for (const each of list) if (matches(each)) matching += 1
  return matching
}
