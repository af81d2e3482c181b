/** The two subprotocols of the host WebSocket, and how a frame becomes a message and back. */
import { BerthError } from '../../errors/berth-error.js'
import type { ReplicaMessage } from '../../wire/messages.js'
import { decode, encode, hostValuesMax } from '../../wire/msgpack.js'

/** In the order of preference of a client that offers none: the first. */
export const subprotocols = ['berth.v1+json', 'berth.v1+msgpack'] as const
export type Subprotocol = (typeof subprotocols)[number]

/** A frame's payload and its kind. */
export interface Frame {
  readonly data: Buffer
  readonly binary: boolean
}

/**
 * Picks among what a client offers.
 *
 * @param offered the value of `Sec-WebSocket-Protocol`; undefined for none, which means JSON
 * @throws BerthError `invalid_request` when it offers only others
 */
export function chooseSubprotocol(offered: string | undefined): Subprotocol {
  if (offered === undefined) return subprotocols[0]
  const names = offered.split(',').map((name) => name.trim())
  const chosen = names.find((name): name is Subprotocol => isSubprotocol(name))
  if (chosen !== undefined) return chosen
  throw new BerthError(
    'invalid_request',
    `No subprotocol in common. This replica speaks ${subprotocols.join(' and ')}.`,
  )
}

function isSubprotocol(name: string): boolean {
  return (subprotocols as readonly string[]).includes(name)
}

/** Whether its frames are binary ones. */
export function isBinary(subprotocol: Subprotocol): boolean {
  return subprotocol === 'berth.v1+msgpack'
}

export function encodeFrame(subprotocol: Subprotocol, message: unknown): Frame {
  return subprotocol === 'berth.v1+json'
    ? { data: Buffer.from(JSON.stringify(message)), binary: false }
    : { data: Buffer.from(encode(message)), binary: true }
}

/**
 * The value in a frame, unchecked.
 *
 * @throws BerthError `invalid_message` when the frame is of the wrong kind or cannot be read
 */
export function decodeFrame(subprotocol: Subprotocol, { data, binary }: Frame): unknown {
  const wanted = isBinary(subprotocol)
  if (binary !== wanted) {
    const kind = wanted ? 'MessagePack in binary frames' : 'JSON in text frames'
    throw new BerthError('invalid_message', `${subprotocol} is ${kind}.`)
  }
  if (binary) return decode(data, hostValuesMax)
  try {
    return JSON.parse(data.toString())
  } catch {
    throw new BerthError('invalid_message', 'The frame is not JSON.')
  }
}

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
