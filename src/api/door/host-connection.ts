/**
 * What the door and the replica say to each other about one host's connection. The door knows
 * frames and limits; who may be a member, what a heartbeat is worth and what is sent when is the
 * replica's to decide.
 */
import type { Principal } from '../../access/principal.js'
import type { HostMessage, ReplicaMessage } from '../../wire/messages.js'
import type { EncodedMessage, Subprotocol } from './subprotocol.js'

/** Close codes of the host WebSocket, as asyncapi.yaml lists them. */
export const closeCodes = {
  invalidMessage: 4400,
  notAuthorised: 4401,
  noHello: 4408,
  replaced: 4409,
  left: 4410,
  unsupportedVersion: 4426,
  tooManyMessages: 4429,
  goElsewhere: 4503,
} as const

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]

/** An open socket, given to the replica once its host has said a valid hello. */
export interface HostConnection {
  /** Address and port of the other side, for logs. */
  readonly remote: string
  readonly subprotocol: Subprotocol
  /** Who opened it. */
  readonly principal: Principal
  /** Sends in order. Does nothing once the connection closes: `closed()` tells. */
  send(message: ReplicaMessage): void
  /** The same for a message that goes to many: it is encoded once per subprotocol. */
  sendEncoded(message: EncodedMessage): void
  /** Closes after what was sent; nothing is received any more. Further calls do nothing. */
  close(code: CloseCode, reason: string): void
}

/** What the replica makes of a connection. */
export interface HostSession {
  /**
   * Whether the cluster asked for this message, so that it does not count against its sender. Asked
   * once of each message, before `receive`.
   */
  isAcknowledgement(message: HostMessage): boolean
  /**
   * A message that fits asyncapi.yaml; the first is the hello.
   * @throws BerthError what to tell the host before its connection is closed
   */
  receive(message: HostMessage): void
  /** The socket is gone, for whatever reason. Called once; nothing follows. */
  closed(): void
}
