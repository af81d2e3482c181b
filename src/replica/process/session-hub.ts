/** The open WebSockets of hosts by the ids of their sessions: from connections to the machine. */

import type { CloseCode, HostConnection, HostSession } from '../../api/door/host-connection.js'
import { EncodedMessage } from '../../api/door/subprotocol.js'
import { BerthError } from '../../errors/berth-error.js'
import type { Instant } from '../../fsm/instant.js'
import type { SessionId } from '../../hosts/relay-message.js'
import type { ReplicaMessage } from '../../wire/messages.js'
import type { ReplicaMachine } from '../machine/replica-machine.js'

export class SessionHub {
  readonly #run: number
  readonly #now: () => Instant
  #machine: ReplicaMachine | null = null
  readonly #connections = new Map<SessionId, HostConnection>()
  #count = 0
  #isClosed = false

  /** @param run names this run of the replica, so that no two sessions have the same id */
  constructor(run: number, now: () => Instant) {
    this.#run = run
    this.#now = now
  }

  /** From now on sessions are taken, which speak to this machine. */
  attach(machine: ReplicaMachine): void {
    this.#machine = machine
  }

  get size(): number {
    return this.#connections.size
  }

  /** @throws BerthError `unavailable` while the replica starts, and once it stops */
  open(connection: HostConnection): HostSession {
    if (this.#isClosed) throw new BerthError('unavailable', 'This replica stops; use another one.')
    const machine = this.#machine
    if (machine === null) throw new BerthError('unavailable', 'This replica is starting.')
    this.#count += 1
    const session = `${this.#run.toString(36)}.${this.#count.toString(36)}`
    this.#connections.set(session, connection)
    machine.hostOpened(session)
    return {
      isAcknowledgement: (message) => machine.isAcknowledgement(session, message),
      receive: (message) => machine.hostSaid(session, message, this.#now()),
      closed: () => {
        this.#connections.delete(session)
        machine.hostClosed(session, this.#now())
      },
    }
  }

  tell(sessions: readonly SessionId[], message: ReplicaMessage): void {
    const [only] = sessions
    if (sessions.length === 1 && only !== undefined) {
      this.#connections.get(only)?.send(message)
      return
    }
    const encoded = new EncodedMessage(message)
    for (const session of sessions) this.#connections.get(session)?.sendEncoded(encoded)
  }

  close(session: SessionId, code: number, reason: string): void {
    this.#connections.get(session)?.close(code as CloseCode, reason)
  }

  /** No further sessions are taken. */
  stop(): void {
    this.#isClosed = true
  }
}
