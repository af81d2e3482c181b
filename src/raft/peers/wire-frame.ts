/**
 * Frames on the wire between replicas. Pure.
 *
 *   preamble   8 bytes, once in each direction: "BERTHP", then one byte each for the oldest and the
 *              newest version of the protocol that the sender speaks
 *   frame      length as uint32, counting what follows; one byte of type; a MessagePack value
 *
 * Integers are big-endian. Preamble and `refuse` never change, so that replicas of any two versions
 * can tell each other why they do not talk. Otherwise they speak the highest version of both. A
 * frame that claims more than the limit is an error at once; nothing is reserved for what was only
 * claimed.
 */
import { isRange } from '../../versions/range.js'
import { peerProtocol, type VersionRange } from '../../versions/versions.js'

export const preambleBytes = 8
/** Length and type. */
export const frameHeadBytes = 5

const lengthBytes = 4
const magic = Buffer.from('BERTHP', 'latin1')

const typeNumbers = { hello: 0, accept: 1, refuse: 2, ping: 3, pong: 4, message: 5 } as const
export type FrameType = keyof typeof typeNumbers
const typeNames = Object.keys(typeNumbers) as readonly FrameType[]

export interface WireFrame {
  readonly type: FrameType
  /** MessagePack, unchecked. A copy of its own: small frames keep no large chunk alive. */
  readonly body: Uint8Array
}

/** What arrived is no frame of Berth, or too large a one. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

export function encodePreamble({ oldest, newest }: VersionRange = peerProtocol): Buffer {
  return Buffer.concat([magic, Uint8Array.of(oldest, newest)])
}

/** Length and type of a frame with a body of this many bytes. */
export function encodeFrameHead(type: FrameType, bodyBytes: number): Buffer {
  const head = Buffer.allocUnsafe(frameHeadBytes)
  head.writeUInt32BE(bodyBytes + 1, 0)
  head[lengthBytes] = typeNumbers[type]
  return head
}

/** Smaller pieces than this are put together: one for each byte would take a hundred times more. */
const smallPieceBytes = 4096

/** Cuts what arrives into preamble and frames, whatever the pieces it comes in. */
export class FrameReader {
  #chunks: Buffer[] = []
  #bytes = 0

  push(chunk: Buffer): void {
    this.#bytes += chunk.length
    let piece = chunk
    // No smaller than the piece before: so each byte is copied a few times at most.
    for (let last = this.#chunks.at(-1); last !== undefined; last = this.#chunks.at(-1)) {
      if (last.length >= smallPieceBytes || last.length > piece.length) break
      this.#chunks.pop()
      piece = Buffer.concat([last, piece])
    }
    this.#chunks.push(piece)
  }

  /** Pieces that are held until they are a frame. */
  get pieces(): number {
    return this.#chunks.length
  }

  /** The first bytes that have not been read, at most this many. */
  peek(bytes: number): Buffer {
    const first = this.#chunks[0] ?? Buffer.alloc(0)
    if (first.length >= bytes || this.#chunks.length < 2) return first.subarray(0, bytes)
    this.#join()
    return this.#chunks[0]!.subarray(0, bytes)
  }

  /** The versions that the other side speaks; null while not there. @throws FrameError */
  readPreamble(): VersionRange | null {
    const preamble = this.peek(preambleBytes)
    const known = Math.min(preamble.length, magic.length)
    if (preamble.compare(magic, 0, known, 0, known) !== 0) {
      throw new FrameError('it does not begin as a peer of Berth does')
    }
    if (preamble.length < preambleBytes) return null
    this.#take(preambleBytes)
    const [oldest, newest] = preamble.subarray(magic.length)
    const range = { oldest, newest }
    if (!isRange(range)) throw new FrameError(`it speaks no version: from ${oldest} to ${newest}`)
    return range
  }

  /**
   * The next frame; null while it has not arrived whole.
   * @param bytesMax largest length that a frame may claim
   * @throws FrameError
   */
  readFrame(bytesMax: number): WireFrame | null {
    if (this.#bytes < lengthBytes) return null
    const length = this.peek(lengthBytes).readUInt32BE(0)
    if (length > bytesMax) {
      throw new FrameError(`a frame claims ${length} bytes, the limit is ${bytesMax}`)
    }
    if (length === 0) throw new FrameError('a frame is empty')
    if (this.#bytes < lengthBytes + length) return null
    const frame = this.#take(lengthBytes + length)
    const type = typeNames[frame[lengthBytes]!]
    if (type === undefined) throw new FrameError(`a frame has the type ${frame[lengthBytes]}`)
    return { type, body: new Uint8Array(frame.subarray(frameHeadBytes)) }
  }

  #take(bytes: number): Buffer {
    if (this.#chunks.length > 1 && this.#chunks[0]!.length < bytes) this.#join()
    const first = this.#chunks[0]!
    this.#bytes -= bytes
    if (first.length === bytes) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(bytes)
    return first.subarray(0, bytes)
  }

  #join(): void {
    this.#chunks = [Buffer.concat(this.#chunks, this.#bytes)]
  }
}
