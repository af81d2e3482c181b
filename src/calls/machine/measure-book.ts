/** Counts calls as they end. */
import type { Call } from './call.js'
import {
  type CallEnd,
  type CallHop,
  type CallMeasures,
  callEnds,
  waitBoundsMs,
} from './measures.js'

export class MeasureBook {
  readonly #ended: Record<CallEnd, Record<CallHop, number>>
  readonly #waits: number[] = Array.from({ length: waitBoundsMs.length + 1 }, () => 0)
  #waitedMs = 0
  #sentAgain = 0

  constructor() {
    const entries = callEnds.map((end) => [end, { none: 0, local: 0, remote: 0 }])
    this.#ended = Object.fromEntries(entries) as Record<CallEnd, Record<CallHop, number>>
  }

  over({ hop, waitedMs }: Call, end: CallEnd): void {
    this.#ended[end][hop] += 1
    const place = waitBoundsMs.findIndex((bound) => waitedMs <= bound)
    this.#waits[place < 0 ? waitBoundsMs.length : place]! += 1
    this.#waitedMs += waitedMs
  }

  sentAgain(): void {
    this.#sentAgain += 1
  }

  /** A copy, with what is known elsewhere. */
  with(now: Pick<CallMeasures, 'waiting' | 'running' | 'forwarded' | 'actors'>): CallMeasures {
    const ended = copyOf(this.#ended)
    const { waiting, running, forwarded, actors } = now
    const counted = { ended, waits: [...this.#waits], waitedMs: this.#waitedMs }
    return { ...counted, sentAgain: this.#sentAgain, waiting, running, forwarded, actors }
  }
}

function copyOf(
  ended: Readonly<Record<CallEnd, Readonly<Record<CallHop, number>>>>,
): CallMeasures['ended'] {
  const entries = callEnds.map((end) => [end, { ...ended[end] }])
  return Object.fromEntries(entries) as unknown as CallMeasures['ended']
}
