/**
 * Messages between sessions and the leader on their way: collected for a moment and sent in frames
 * per receiver, cut by bytes so that nobody is held up by one of them. What a round waits for
 * leaves at once, routine heartbeats and their answers wait for company. One frame per receiver is
 * taken at a time; as long as there are more, they are due.
 */
import type { Downstream, Upstream } from '../../hosts/relay-message.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import { relayBytes } from './relay-bytes.js'

/** Routine messages wait at most this long, in ms. */
export const routineDelayMs = 10
/**
 * Messages of one receiver in a frame, in bytes: the leader handles them all before anything else.
 * What is longer alone is a frame alone.
 */
export const relayFrameBytes = 32 * 1024

/** What is due: a frame for each receiver that there is something for. */
export interface DueFrames {
  /** Empty for nothing. */
  readonly up: readonly Upstream[]
  readonly down: readonly { readonly to: ReplicaId; readonly messages: readonly Downstream[] }[]
}

export class RelayOutbox {
  readonly #down = new Map<ReplicaId, Line<Downstream>>()
  readonly #up = new Line<Upstream>()
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
    let line = this.#down.get(to)
    if (line === undefined) {
      line = new Line()
      this.#down.set(to, line)
    }
    line.push(message)
    this.due(message.kind === 'answer' ? nowMs + routineDelayMs : nowMs)
  }

  /** Something else waits for the next flush. */
  due(atMs: number): void {
    this.#dueAtMs = Math.min(this.#dueAtMs ?? Number.POSITIVE_INFINITY, atMs)
  }

  /** The leader changed: what was meant for the one before is told to the next one by sessions. */
  forget(): void {
    this.#up.clear()
    this.#down.clear()
  }

  /** The next frame for each receiver, receivers in order of their ids. */
  take(): DueFrames {
    const up = this.#up.takeFrame()
    const down = [...this.#down]
      .sort(([a], [b]) => a - b)
      .map(([to, line]) => ({ to, messages: line.takeFrame() }))
    for (const { to } of down) if (this.#down.get(to)!.isEmpty) this.#down.delete(to)
    if (this.#up.isEmpty && this.#down.size === 0) this.#dueAtMs = null
    return { up, down }
  }
}

/** Messages for one receiver, in order, each measured once. */
class Line<T extends Upstream | Downstream> {
  #messages: { readonly message: T; readonly bytes: number }[] = []
  #next = 0

  get isEmpty(): boolean {
    return this.#next === this.#messages.length
  }

  push(message: T): void {
    this.#messages.push({ message, bytes: relayBytes(message) })
  }

  clear(): void {
    this.#messages = []
    this.#next = 0
  }

  /** The first ones, as many as a frame holds; empty when there are none. */
  takeFrame(): readonly T[] {
    const frame: T[] = []
    for (let left = relayFrameBytes; !this.isEmpty; this.#next += 1) {
      const { message, bytes } = this.#messages[this.#next]!
      if (frame.length > 0 && bytes > left) break
      left -= bytes
      frame.push(message)
    }
    if (this.isEmpty) this.clear()
    return frame
  }
}
