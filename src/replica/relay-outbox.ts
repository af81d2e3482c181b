/**
 * Messages between sessions and the leader on their way: collected for a moment and sent as one
 * frame per receiver. What a round waits for leaves at once, routine heartbeats and their answers
 * wait for company. Holds only what was put in since the last flush.
 */
import type { Downstream, Upstream } from '../hosts/relay-message.js'
import type { ReplicaId } from '../raft/core/entry.js'

/** Routine messages wait at most this long, in ms. */
export const routineDelayMs = 10
/** Messages of one kind and receiver in a frame; the others go into the next frame. */
const messagesPerFrameMax = 1_024

export interface RelayPorts {
  sendUp(messages: readonly Upstream[]): void
  sendDown(to: ReplicaId, messages: readonly Downstream[]): void
}

export class RelayOutbox {
  readonly #ports: RelayPorts
  readonly #down = new Map<ReplicaId, Downstream[]>()
  #up: Upstream[] = []
  #dueAtMs: number | null = null

  constructor(ports: RelayPorts) {
    this.#ports = ports
  }

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

  /** Sends everything. @returns whether there was anything */
  flush(): boolean {
    this.#dueAtMs = null
    const up = this.#up
    this.#up = []
    for (const part of chunks(up)) this.#ports.sendUp(part)
    const down = [...this.#down].sort(([a], [b]) => a - b)
    this.#down.clear()
    for (const [to, messages] of down) {
      for (const part of chunks(messages)) this.#ports.sendDown(to, part)
    }
    return up.length > 0 || down.length > 0
  }
}

function* chunks<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += messagesPerFrameMax) {
    yield list.slice(at, at + messagesPerFrameMax)
  }
}
