/**
 * The way between the sessions of this replica and the leader, and between the leadership of this
 * replica and the sessions of all: over a link, or straight across when both are here. What a
 * former leader was told, or says, is dropped by its term.
 *
 * Messages are collected for a moment and sent in frames per receiver, cut by bytes so that nobody
 * is held up by one of them. What a round waits for leaves at once, routine heartbeats and their
 * answers wait for company. One frame per receiver is taken at a time; as long as there are more,
 * they are due.
 */
import type { Instant } from '../../fsm/instant.js'
import type { PlacementState } from '../../fsm/placement-state.js'
import type { Downstream, Upstream } from '../../hosts/relay-message.js'
import type { Sessions } from '../../hosts/sessions.js'
import { Queue } from '../../jobs/queue.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import { changeBytesMax } from '../../table/change-parts.js'
import { typeBytes } from '../../table/type-sets.js'
import type { RelayDown, RelayUp } from './frames.js'
import type { LeaderWatch } from './leader-watch.js'

/** Routine messages wait at most this long, in ms. */
const routineDelayMs = 10
/**
 * Messages of one receiver in a frame, in bytes: the leader handles them all before anything else.
 * What is longer alone is a frame alone.
 */
export const relayFrameBytes = 32 * 1024

/** What one flush has brought about. */
export interface Flushed {
  /** How many messages left, those that went straight across among them. */
  readonly messages: number
  /** To be sent, in this order. */
  readonly frames: readonly { readonly to: ReplicaId; readonly frame: RelayUp | RelayDown }[]
}

export class Relay {
  readonly #id: ReplicaId
  readonly #state: PlacementState
  readonly #watch: LeaderWatch
  readonly #sessions: Sessions
  readonly #outbox = new RelayOutbox()

  constructor(id: ReplicaId, state: PlacementState, watch: LeaderWatch, sessions: Sessions) {
    this.#id = id
    this.#state = state
    this.#watch = watch
    this.#sessions = sessions
  }

  /** When the next flush has something to do; null for nothing. */
  get dueAtMs(): number | null {
    return this.#outbox.dueAtMs
  }

  /** From a session here to the leader. */
  up(message: Upstream, nowMs: number): void {
    this.#outbox.up(message, this.#isRoutine(message), nowMs)
  }

  /** From the leadership here to a session. */
  down(to: ReplicaId, message: Downstream, nowMs: number): void {
    this.#outbox.down(to, message, nowMs)
  }

  /** A frame has come. */
  came(from: ReplicaId, frame: RelayUp | RelayDown, now: Instant): void {
    const { known, leadership } = this.#watch
    if (frame.kind === 'relay-up') {
      if (leadership?.term !== frame.term) return
      for (const message of frame.messages) leadership.receive(from, message, now)
      this.#outbox.due(now.monotonicMs)
    } else if (known?.replica === from && known.term === frame.term) {
      for (const message of frame.messages) this.#sessions.fromLeader(frame.term, message)
    }
  }

  /** The leader changed. */
  forget(): void {
    this.#outbox.forget()
  }

  /** A frame for each receiver; as long as there are more they are due. */
  flush(now: Instant): Flushed {
    const { known: leader, leadership } = this.#watch
    const { up, down } = this.#outbox.take()
    const frames: { to: ReplicaId; frame: RelayUp | RelayDown }[] = []
    let messages = up.length
    if (leader?.replica === this.#id) {
      for (const message of up) leadership?.receive(this.#id, message, now)
    } else if (leader !== null && up.length > 0) {
      const { replica: to, term } = leader
      frames.push({ to, frame: { kind: 'relay-up', term, messages: up } })
    }
    for (const { to, messages: told } of down) {
      messages += told.length
      const term = leadership?.term
      if (term === undefined) continue
      if (to !== this.#id) frames.push({ to, frame: { kind: 'relay-down', term, messages: told } })
      else for (const message of told) this.#sessions.fromLeader(term, message)
    }
    return { messages, frames }
  }

  /** Heartbeats that acknowledge nothing new can wait for company. */
  #isRoutine(message: Upstream): boolean {
    if (message.kind !== 'heartbeat') return false
    if (message.name === null) return true
    const disseminated = this.#state.namespace(message.namespace)?.disseminated ?? 0
    return message.acknowledged.generation === disseminated
  }
}

/** What is due: a frame for each receiver that there is something for. */
export interface DueFrames {
  /** Empty for nothing. */
  readonly up: readonly Upstream[]
  readonly down: readonly { readonly to: ReplicaId; readonly messages: readonly Downstream[] }[]
}

export class RelayOutbox {
  readonly #down = new Map<ReplicaId, Queue<Measured<Downstream>>>()
  readonly #up = new Queue<Measured<Upstream>>()
  #dueAtMs: number | null = null

  /** When the next flush has something to do; null for nothing. */
  get dueAtMs(): number | null {
    return this.#dueAtMs
  }

  up(message: Upstream, isRoutine: boolean, nowMs: number): void {
    this.#up.push(measured(message))
    this.due(isRoutine ? nowMs + routineDelayMs : nowMs)
  }

  down(to: ReplicaId, message: Downstream, nowMs: number): void {
    let line = this.#down.get(to)
    if (line === undefined) {
      line = new Queue()
      this.#down.set(to, line)
    }
    line.push(measured(message))
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
    const up = takeFrame(this.#up)
    const down = [...this.#down]
      .sort(([a], [b]) => a - b)
      .map(([to, line]) => ({ to, messages: takeFrame(line) }))
    for (const { to } of down) if (this.#down.get(to)!.size === 0) this.#down.delete(to)
    if (this.#up.size === 0 && this.#down.size === 0) this.#dueAtMs = null
    return { up, down }
  }
}

/** Measured once, when it comes in. */
interface Measured<T> {
  readonly message: T
  readonly bytes: number
}

function measured<T extends Upstream | Downstream>(message: T): Measured<T> {
  return { message, bytes: relayBytes(message) }
}

/** The first ones, as many as a frame holds; empty when there are none. */
function takeFrame<T>(line: Queue<Measured<T>>): readonly T[] {
  const frame: T[] = []
  let left = relayFrameBytes
  for (let next = line.first; next !== undefined; next = line.first) {
    if (frame.length > 0 && next.bytes > left) break
    left -= next.bytes
    frame.push(next.message)
    line.shift()
  }
  return frame
}

/** Most messages are shorter than this; what else there is in the others, too. In bytes. */
const smallBytes = 256
/** Around a text, and for a number, at most. */
const headBytesMax = 9
/** The id of a session in a list of them. */
const sessionBytes = 16

/** About how long it is, in bytes: all that grows with what hosts say or tables hold. */
export function relayBytes(message: Upstream | Downstream): number {
  switch (message.kind) {
    case 'hello': {
      const { types = [] } = message.hello
      return 2 * smallBytes + types.length * headBytesMax + typeBytes(types)
    }
    case 'types': {
      const { types } = message
      return smallBytes + types.length * headBytesMax + typeBytes(types)
    }
    case 'orders': {
      const { order, sessions } = message
      return smallBytes + sessions.length * sessionBytes + orderBytes(order)
    }
    default:
      return smallBytes
  }
}

function orderBytes(order: Extract<Downstream, { kind: 'orders' }>['order']): number {
  if (order.kind === 'update') return changeBytesMax(order.change)
  return order.kind === 'lock' ? order.touched.length * headBytesMax : 0
}
