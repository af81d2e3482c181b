/**
 * Events of applied entries on their way into the projection (design §4): collected in order and
 * written a batch at a time. `EventQueue` never drops any; the node stops applying while more than
 * `eventsWaitingMax` wait (bug L16 is about the log, this one about memory).
 */
import type { ProjectedEvent } from './storage.js'

/** The node applies nothing while more events than this wait. */
export const eventsWaitingMax = 16_384
/** Nor while they wait of entries of more bytes: what an entry brings, its events may hold. */
export const eventsBytesMax = 64 * 1024 * 1024
/**
 * Most events in one storage operation; those of one entry stay together. Appends wait for it, and
 * an event takes Postgres 40 to 100 microseconds: so it is small, unless more come in than go out.
 */
const batchEventsMax = 1024
const calmBatchEvents = 128
/** Of those that wait, the share that goes at once when that is more. */
const batchShare = 1 / 8

export interface EventBatch {
  /** All events of entries up to this index are in this batch or earlier ones. */
  readonly through: number
  readonly events: readonly ProjectedEvent[]
  readonly done: () => void
}

export class EventQueue {
  #batches: EventBatch[] = []
  #count = 0

  /** Batches count as one event at least: an empty one still moves the cursor. */
  get count(): number {
    return this.#count
  }

  add(batch: EventBatch): void {
    this.#batches.push(batch)
    this.#count += Math.max(1, batch.events.length)
  }

  /** The oldest batches as one. Only when `count` > 0. */
  take(): EventBatch {
    const events: ProjectedEvent[] = []
    const most = Math.min(batchEventsMax, Math.max(calmBatchEvents, this.#count * batchShare))
    let end = 0
    while (end < this.#batches.length) {
      const { events: more } = this.#batches[end]!
      if (end > 0 && events.length + more.length > most) break
      for (const event of more) events.push(event)
      this.#count -= Math.max(1, more.length)
      end += 1
    }
    const taken = this.#batches.splice(0, end)
    const done = () => {
      for (const batch of taken) batch.done()
    }
    return { through: taken[taken.length - 1]!.through, events, done }
  }
}
