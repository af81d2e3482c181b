/**
 * The way between the sessions of this replica and the leader, and between the leadership of this
 * replica and the sessions of all: over a link, or straight across when both are here. What a
 * former leader was told, or says, is dropped by its term.
 */
import type { Instant } from '../../fsm/instant.js'
import type { PlacementState } from '../../fsm/placement-state.js'
import type { Downstream, Upstream } from '../../hosts/relay-message.js'
import type { Sessions } from '../../hosts/sessions.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import type { RelayDown, RelayUp } from './frames.js'
import type { LeaderWatch } from './leader-watch.js'
import { RelayOutbox } from './relay-outbox.js'

export interface RelayPorts {
  send(to: ReplicaId, frame: RelayUp | RelayDown): void
  sessions(): Sessions
}

export class Relay {
  readonly #id: ReplicaId
  readonly #state: PlacementState
  readonly #watch: LeaderWatch
  readonly #ports: RelayPorts
  readonly #outbox = new RelayOutbox()

  constructor(id: ReplicaId, state: PlacementState, watch: LeaderWatch, ports: RelayPorts) {
    this.#id = id
    this.#state = state
    this.#watch = watch
    this.#ports = ports
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

  receive(from: ReplicaId, frame: RelayUp | RelayDown, now: Instant): void {
    const { known, leadership } = this.#watch
    if (frame.kind === 'relay-up') {
      if (leadership?.term !== frame.term) return
      for (const message of frame.messages) leadership.receive(from, message, now)
      this.#outbox.due(now.monotonicMs)
    } else if (known?.replica === from && known.term === frame.term) {
      for (const message of frame.messages) this.#ports.sessions().fromLeader(frame.term, message)
    }
  }

  /** The leader changed. */
  forget(): void {
    this.#outbox.forget()
  }

  /**
   * A frame for each receiver; as long as there are more they are due.
   * @returns how many messages were sent
   */
  flush(now: Instant): number {
    const { up, down } = this.#outbox.take()
    if (up.length > 0) this.#sendUp(up, now)
    let count = up.length
    for (const { to, messages } of down) {
      this.#sendDown(to, messages)
      count += messages.length
    }
    return count
  }

  #sendUp(messages: readonly Upstream[], now: Instant): void {
    const { known: leader, leadership } = this.#watch
    if (leader === null) return
    if (leader.replica !== this.#id) {
      this.#ports.send(leader.replica, { kind: 'relay-up', term: leader.term, messages })
      return
    }
    for (const message of messages) leadership?.receive(this.#id, message, now)
  }

  #sendDown(to: ReplicaId, messages: readonly Downstream[]): void {
    const term = this.#watch.leadership?.term
    if (term === undefined) return
    if (to !== this.#id) this.#ports.send(to, { kind: 'relay-down', term, messages })
    else for (const message of messages) this.#ports.sessions().fromLeader(term, message)
  }

  /** Heartbeats that acknowledge nothing new can wait for company. */
  #isRoutine(message: Upstream): boolean {
    if (message.kind !== 'heartbeat') return false
    if (message.name === null) return true
    const disseminated = this.#state.namespace(message.namespace)?.disseminated ?? 0
    return message.acknowledged.generation === disseminated
  }
}
