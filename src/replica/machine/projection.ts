/**
 * Events of applied entries on their way into the projection: collected here and handed to the
 * node a batch at a time. After a restart entries come again whose events are projected already.
 */
import type { ProjectedEvent } from '../../raft/node/disk/storage.js'

export interface EventBatch {
  readonly through: number
  readonly events: readonly ProjectedEvent[]
}

export class Projection {
  #events: ProjectedEvent[] = []
  #through: number
  #taken: number

  /** @param projected index up to which events are in the database */
  constructor(projected: number) {
    this.#through = projected
    this.#taken = projected
  }

  add(index: number, events: readonly ProjectedEvent[]): void {
    if (index <= this.#through) return
    this.#through = index
    this.#events.push(...events)
  }

  /** A snapshot took the place of entries: what they did is not known here, and shown as that. */
  skipTo(index: number, wallMs: number): void {
    if (index <= this.#through) return
    this.#events.push(gapEvent(index, this.#through, 'snapshot', wallMs))
    this.#through = index
  }

  /** What came since the last call; null for nothing. */
  take(): EventBatch | null {
    if (this.#through === this.#taken) return null
    const events = this.#events
    this.#events = []
    this.#taken = this.#through
    return { through: this.#through, events }
  }
}

/**
 * Stands for events that nobody here knows.
 * @param after index of the last entry whose events are known
 */
export function gapEvent(
  index: number,
  after: number,
  reason: 'snapshot' | 'recovery',
  atMs: number,
): ProjectedEvent {
  return {
    ...{ index, position: 0, namespace: null, generation: null, kind: 'gap', member: null },
    ...{ reason, atMs, detail: { after } },
  }
}
