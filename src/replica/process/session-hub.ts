/** The open WebSockets of hosts by the ids of their sessions: from connections to the machine. */
import { EncodedMessage } from '../../api/door/encoded-message.js'
import type { CloseCode, HostConnection, HostSession } from '../../api/door/host-connection.js'
import { BerthError } from '../../errors/berth-error.js'
import type { SessionId } from '../../hosts/relay-message.js'
import type { HostMessage, ReplicaMessage } from '../../wire/messages.js'

export interface SessionInputs {
  opened(session: SessionId): void
  isAcknowledgement(session: SessionId, message: HostMessage): boolean
  said(session: SessionId, message: HostMessage): void
  closed(session: SessionId): void
}

export class SessionHub {
  readonly #run: number
  readonly #inputs: SessionInputs
  readonly #connections = new Map<SessionId, HostConnection>()
  #count = 0
  #isClosed = false

  /** @param run names this run of the replica, so that no two sessions have the same id */
  constructor(run: number, inputs: SessionInputs) {
    this.#run = run
    this.#inputs = inputs
  }

  get size(): number {
    return this.#connections.size
  }

  /** @throws BerthError `unavailable` once the replica stops */
  open(connection: HostConnection): HostSession {
    if (this.#isClosed) throw new BerthError('unavailable', 'This replica stops; use another one.')
    this.#count += 1
    const session = `${this.#run.toString(36)}.${this.#count.toString(36)}`
    this.#connections.set(session, connection)
    this.#inputs.opened(session)
    return {
      isAcknowledgement: (message) => this.#inputs.isAcknowledgement(session, message),
      receive: (message) => this.#inputs.said(session, message),
      closed: () => {
        this.#connections.delete(session)
        this.#inputs.closed(session)
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
