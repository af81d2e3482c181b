/** A call that is not over: where it is, and what is known of it. */
import type { Timed } from '../../jobs/deadline-heap.js'
import { type CallArrival, timeoutMsMax } from './arrival.js'
import type { CallHop } from './measures.js'
import { StepLog } from './step-log.js'

/** Why its connection was cut. */
export type CutReason = 'deadline' | 'gone' | 'drained' | 'fenced' | 'closed' | 'astray'

export class Call implements Timed {
  readonly number: number
  readonly arrival: CallArrival
  readonly arrivedMs: number
  /** When its answer has to have begun. */
  readonly deadlineMs: number
  dueMs = 0
  heapPlace = -1
  /** `waiting`: in the line of its actor, or nowhere yet. */
  phase: 'waiting' | 'local' | 'remote' = 'waiting'
  /** Where it was sent last. */
  hop: CallHop = 'none'
  /** Host to which it was forwarded last, with the generation that named it. */
  host: string | null = null
  generation: number | null = null
  /** Whether something of it went out to that host that its application may have seen. */
  wasSent = false
  /** Name of its run while it is at the own application. */
  run: string | null = null
  /** The fencing token that this run is given; null before the first. */
  token: number | null = null
  cut: CutReason | null = null
  /** Whether its caller went away while it was sent. */
  isGone = false
  answerBegan = false
  /** Whether an application may have had it, without an answer. */
  mayHaveReached = false
  /** How often it was refused or lost. */
  failures = 0
  /** Table by which the host that still had the actor was asked last; -1 for never. */
  askedHolderAt = -1
  hops = 0
  waitedMs = 0
  /** When it began to wait; null while it does not. */
  waitsSinceMs: number | null = null
  readonly log: StepLog | null

  constructor(number: number, arrival: CallArrival, now: number) {
    this.number = number
    this.arrival = arrival
    this.arrivedMs = now
    this.deadlineMs = now + Math.min(arrival.timeoutMs, timeoutMsMax)
    this.log = arrival.isExplained ? new StepLog(now) : null
  }

  /** Whether another sidecar sent it: it is never forwarded, nor sent again, from here. */
  get isGuest(): boolean {
    return this.arrival.origin === 'sidecar'
  }
}
