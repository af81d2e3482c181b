/** A message for many connections: encoded at most once for each subprotocol. */
import type { ReplicaMessage } from '../../wire/messages.js'
import { encodeFrame, type Frame, type Subprotocol } from './subprotocol.js'

export class EncodedMessage {
  readonly message: ReplicaMessage
  readonly #frames = new Map<Subprotocol, Frame>()

  /** @param message must not change afterwards */
  constructor(message: ReplicaMessage) {
    this.message = message
  }

  frame(subprotocol: Subprotocol): Frame {
    const known = this.#frames.get(subprotocol)
    if (known !== undefined) return known
    const frame = encodeFrame(subprotocol, this.message)
    this.#frames.set(subprotocol, frame)
    return frame
  }
}
