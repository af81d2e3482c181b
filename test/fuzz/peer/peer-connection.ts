/** A connection to or from a peer port, of which every frame is kept for whoever looks. */
import { connect, type Socket } from 'node:net'
import { frameBytesMax } from '../../../src/raft/node/frame-limits.js'
import {
  encodeFrameHead,
  FrameError,
  FrameReader,
  type FrameType,
  type WireFrame,
} from '../../../src/raft/peers/peer-socket.js'
import { Changes } from '../cluster/changes.js'

/** Of what comes before the first frame, in bytes; a refusal is far smaller. */
const rawBytesMax = 64 * 1024
const closedWithinMs = 15_000

export class PeerConnection {
  readonly socket: Socket
  /** The first bytes that came, whatever they are. */
  raw = Buffer.alloc(0)
  /** Why what came is no frame; null while it is. */
  strange: string | null = null
  isClosed = false
  readonly #reader = new FrameReader()
  readonly #onFrame: (frame: WireFrame) => void
  readonly #changes = new Changes()
  #hasBegun = false

  static to(port: number, onFrame: (frame: WireFrame) => void): PeerConnection {
    return new PeerConnection(connect({ host: '127.0.0.1', port, allowHalfOpen: true }), onFrame)
  }

  constructor(socket: Socket, onFrame: (frame: WireFrame) => void) {
    this.socket = socket
    this.#onFrame = onFrame
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('close', () => {
      this.isClosed = true
      this.#changes.happened()
    })
    socket.on('end', () => socket.end())
  }

  send(type: FrameType, body: Uint8Array): void {
    this.write(Buffer.concat([encodeFrameHead(type, body.length), body]))
  }

  write(bytes: Uint8Array): void {
    if (!this.socket.destroyed && this.socket.writable) this.socket.write(bytes)
  }

  /** @returns whether it holds, or became so in time */
  until(holds: () => boolean, withinMs: number): Promise<boolean> {
    return this.#changes.until(holds, withinMs)
  }

  /** Whether the other side has ended it in time; then it is closed in any case. */
  async end(withinMs = closedWithinMs): Promise<boolean> {
    const isOver = await this.until(() => this.isClosed, withinMs)
    this.socket.destroy()
    return isOver
  }

  #read(chunk: Buffer): void {
    if (this.raw.length < rawBytesMax) this.raw = Buffer.concat([this.raw, chunk])
    if (this.strange !== null) return
    try {
      this.#reader.push(chunk)
      this.#hasBegun ||= this.#reader.readPreamble() !== null
      while (this.#hasBegun) {
        const frame = this.#reader.readFrame(frameBytesMax)
        if (frame === null) break
        this.#onFrame(frame)
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      this.strange = error.message
    }
    this.#changes.happened()
  }
}
