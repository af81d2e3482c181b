/** The rounds of a namespace as REST shows them. */
import type { RoundsStatus } from '../../api/replica-port.js'
import type { Round } from '../../broadcast/round.js'
import type { FinishedRound, Rounds } from '../../broadcast/rounds.js'
import type { Instant } from '../../fsm/instant.js'
import type { Lease } from '../../hosts/lease-ledger.js'

/** Hosts that a running round is shown to wait for. */
const waitingForMax = 100

export function roundsStatus(rounds: Rounds<Lease>, now: Instant): RoundsStatus {
  const { round, finished } = rounds
  return {
    running: round === null ? null : runningRound(round, now),
    recent: finished.map((each) => finishedRound(each, now)),
  }
}

function runningRound(round: Round<Lease>, now: Instant): RoundsStatus['running'] {
  const { span } = round
  const waitingFor = [...take(round.missing(), waitingForMax)]
  return {
    term: span.term,
    from: span.from.generation,
    to: round.to,
    elapsedMs: Math.round(now.monotonicMs - span.startedAtMs),
    deadlineMs: Math.round(round.deadlineAtMs - span.startedAtMs),
    hosts: round.waitCount,
    acknowledged: round.acknowledgedCount,
    waitingFor: waitingFor.map((lease) => {
      const { name, epoch } = lease
      return { name, epoch, losesKeys: round.loses(lease) !== false }
    }),
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

function* take<T>(list: Iterable<T>, most: number): Generator<T> {
  let left = most
  for (const each of list) {
    if (left === 0) return
    left -= 1
    yield each
  }
}
