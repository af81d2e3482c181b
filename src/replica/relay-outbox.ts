/**
 * Messages between sessions and the leader on their way: collected for a moment and sent in frames
 * per receiver, cut by bytes so that nobody is held up by one of them. What a round waits for
 * leaves at once, routine heartbeats and their answers wait for company. Holds only what was put in
 * since it was taken last.
 */
import type { Downstream, Upstream } from '../hosts/relay-message.js'
import type { ReplicaId } from '../raft/core/entry.js'
import { relayBytes } from './relay-bytes.js'

/** Routine messages wait at most this long, in ms. */
export const routineDelayMs = 10
/** Messages of one receiver in a frame, in bytes; what is longer alone is a frame alone. */
export const relayFrameBytes = 256 * 1024

/** What is due, in frames: each list is the messages of one. */
export interface DueFrames {
  readonly up: readonly (readonly Upstream[])[]
  readonly down: readonly { readonly to: ReplicaId; readonly messages: readonly Downstream[] }[]
}

export class RelayOutbox {
  readonly #down = new Map<ReplicaId, Downstream[]>()
  #up: Upstream[] = []
  #dueAtMs: number | null = null

  /** When the next flush has something to do; null for nothing. */
  get dueAtMs(): number | null {
    return this.#dueAtMs
  }

  up(message: Upstream, isRoutine: boolean, nowMs: number): void {
    this.#up.push(message)
    this.due(isRoutine ? nowMs + routineDelayMs : nowMs)
  }

  down(to: ReplicaId, message: Downstream, nowMs: number): void {
    const list = this.#down.get(to)
    if (list === undefined) this.#down.set(to, [message])
    else list.push(message)
    this.due(message.kind === 'answer' ? nowMs + routineDelayMs : nowMs)
  }

  /** Something else waits for the next flush. */
  due(atMs: number): void {
    this.#dueAtMs = Math.min(this.#dueAtMs ?? Number.POSITIVE_INFINITY, atMs)
  }

  /** The leader changed: what was meant for the one before is told to the next one by sessions. */
  forget(): void {
    this.#up = []
    this.#down.clear()
  }

  /** Everything, receivers in order of their ids. */
  take(): DueFrames {
    this.#dueAtMs = null
    const up = [...chunks(this.#up)]
    this.#up = []
    const down = [...this.#down]
      .sort(([a], [b]) => a - b)
      .flatMap(([to, list]) => [...chunks(list)].map((messages) => ({ to, messages })))
    this.#down.clear()
    return { up, down }
  }
}

function* chunks<T extends Upstream | Downstream>(list: readonly T[]): Generator<readonly T[]> {
  let chunk: T[] = []
  let left = relayFrameBytes
  for (const message of list) {
    const bytes = relayBytes(message)
    if (chunk.length > 0 && bytes > left) {
      yield chunk
      chunk = []
      left = relayFrameBytes
    }
    chunk.push(message)
    left -= bytes
  }
  if (chunk.length > 0) yield chunk
}
