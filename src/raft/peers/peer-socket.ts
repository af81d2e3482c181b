/**
 * One TCP (or TLS) connection between two replicas, from either side: frames in, frames out, and a
 * sign of life in both directions. Knows nothing of handshakes; whoever owns it decides which
 * frames it takes and when to close. Before the first bytes only the owner knows how long to wait.
 *
 *   preamble   8 bytes, once in each direction: "BERTHP", then one byte each for the oldest and the
 *              newest version of the protocol that the sender speaks
 *   frame      length as uint32, counting what follows; one byte of type; a MessagePack value
 *
 * Integers are big-endian. Preamble and `refuse` never change, so that replicas of any two versions
 * can tell each other why they do not talk. Otherwise they speak the highest version of both. A
 * frame that claims more than the limit is an error at once; nothing is reserved for what was only
 * claimed.
 *
 * Frames of one turn of the event loop leave together. What cannot leave waits in a bounded queue;
 * what exceeds it is dropped, as Raft repeats. Both sides send a ping at every interval, and close
 * when nothing at all has arrived for a number of intervals: intervals and not time, so that a
 * pause of this process, whose input waits unread, is not taken for silence.
 */
import type { X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { TLSSocket } from 'node:tls'
import { BerthError } from '../../errors/berth-error.js'
import { isRange } from '../../versions/range.js'
import { peerProtocol, type VersionRange } from '../../versions/versions.js'
import { decode, encode } from '../../wire/msgpack.js'

export interface SocketLimits {
  /** Largest frame to be taken; the owner raises it once the peer is known. */
  frameBytesMax: number
  /** Waiting frames and bytes beyond which more are dropped. */
  readonly queueFramesMax: number
  readonly queueBytesMax: number
  /** Time between two pings, in ms. */
  readonly pingEveryMs: number
  /** Intervals without a byte after which the connection is closed. */
  readonly quietIntervalsMax: number
}

export interface SocketEvents {
  /** The first bytes, before any frame; false while more are needed. @throws to close */
  onStart(reader: FrameReader): boolean
  /** A frame other than ping and pong. @throws FrameError or BerthError to close */
  onFrame(frame: WireFrame): void
  /** Is to call `read`, which hands out all frames that came at once. */
  together?(read: () => void): void
  /** Called once, with the reason in words. */
  onClose(reason: string): void
}

/** More than this in the socket's own buffer, and frames wait in the queue instead. */
const socketBytesMax = 1 << 20
/** A number. */
const pingBytesMax = 9
/** How long the other side may take to read what is written last. */
const farewellMs = 1_000

export class PeerSocket {
  readonly limits: SocketLimits
  readonly #socket: Socket
  readonly #events: SocketEvents
  readonly #reader = new FrameReader()
  readonly #pinging: NodeJS.Timeout
  /** Head and body of each waiting frame. */
  #queue: { readonly head: Buffer; readonly body: Uint8Array }[] = []
  #queueBytes = 0
  #flushing = false
  #begun = false
  #started = false
  #closed = false
  #quietIntervals = 0
  #quietSince = 0
  #roundTripMs: number | null = null

  /** @param socket connected, or (for TLS) secured */
  constructor(socket: Socket, limits: SocketLimits, events: SocketEvents) {
    this.#socket = socket
    this.limits = limits
    this.#events = events
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#onData(chunk))
    socket.on('drain', () => this.#flush())
    socket.on('error', (error) => this.close(error.message))
    socket.on('end', () => this.close('the other side closed the connection'))
    socket.on('close', () => this.close('the connection ended'))
    this.#pinging = setInterval(() => this.#onInterval(), limits.pingEveryMs).unref()
  }

  /** Says that this is a peer of Berth, before anything else is sent. */
  begin(): void {
    this.#begun = true
    this.#socket.write(encodePreamble())
  }

  get remoteAddress(): string {
    return `${this.#socket.remoteAddress}:${this.#socket.remotePort}`
  }

  /** What the other side has shown; undefined where it has none, or nobody asked for it. */
  get certificate(): X509Certificate | undefined {
    return this.#socket instanceof TLSSocket ? this.#socket.getPeerX509Certificate() : undefined
  }

  /** Time of the last ping to and fro, in ms; null before. */
  get rttMs(): number | null {
    return this.#roundTripMs
  }

  get receivedBytes(): number {
    return this.#socket.bytesRead
  }

  get sentBytes(): number {
    return this.#socket.bytesWritten
  }

  /** False when it was dropped: the queue is full, or the connection closed. */
  send(type: FrameType, body: Uint8Array): boolean {
    if (this.#closed) return false
    const bytes = frameHeadBytes + body.length
    const waiting = this.#queueBytes + this.#socket.writableLength
    const { queueBytesMax, queueFramesMax } = this.limits
    if (waiting + bytes > queueBytesMax || this.#queue.length >= queueFramesMax) return false
    this.#queue.push({ head: encodeFrameHead(type, body.length), body })
    this.#queueBytes += bytes
    this.#flushLater()
    return true
  }

  /** Sends one last frame or text and closes once it has left. */
  farewell(reason: string, last: { type: FrameType; body: Uint8Array } | string): void {
    if (this.#closed) return
    if (typeof last === 'string') this.#socket.write(last)
    else
      this.#socket.write(Buffer.concat([encodeFrameHead(last.type, last.body.length), last.body]))
    this.#leave(reason)
  }

  /** Closes once what waits has left, or the other side has taken too long to read it. */
  end(reason: string): void {
    if (this.#closed) return
    const socket = this.#socket
    const queue = this.#queue
    socket.cork()
    for (const { head, body } of queue) {
      socket.write(head)
      if (body.length > 0) socket.write(body)
    }
    socket.uncork()
    this.#leave(reason)
  }

  close(reason: string): void {
    if (this.#closed) return
    this.#socket.destroy()
    this.#markClosed(reason)
  }

  /** Ends this side; the other one has a moment to read what was written. */
  #leave(reason: string): void {
    const socket = this.#socket
    socket.end()
    const timer = setTimeout(() => socket.destroy(), farewellMs).unref()
    socket.once('close', () => clearTimeout(timer))
    this.#markClosed(reason)
  }

  #markClosed(reason: string): void {
    this.#closed = true
    clearInterval(this.#pinging)
    this.#queue = []
    this.#queueBytes = 0
    this.#events.onClose(reason)
  }

  #onData(chunk: Buffer): void {
    // Unread input would turn the end into a reset, and a farewell might never be read.
    if (this.#closed) return
    this.#quietIntervals = 0
    this.#reader.push(chunk)
    if (this.#events.together === undefined) this.#read()
    else this.#events.together(() => this.#read())
  }

  #read(): void {
    try {
      this.#started ||= this.#events.onStart(this.#reader)
      if (this.#started) this.#readFrames()
    } catch (error) {
      const foreign = error instanceof FrameError || error instanceof BerthError
      if (!foreign) throw error
      this.close(error.message)
    }
  }

  #readFrames(): void {
    while (!this.#closed) {
      const frame = this.#reader.readFrame(this.limits.frameBytesMax)
      if (frame === null) return
      this.#onFrame(frame)
    }
  }

  #onFrame(frame: WireFrame): void {
    switch (frame.type) {
      case 'ping':
        if (frame.body.length > pingBytesMax) throw new FrameError('a ping is too large')
        this.#sendFirst('pong', frame.body)
        break
      case 'pong': {
        const sentAt = decode(frame.body, 1)
        const tookMs = typeof sentAt === 'number' ? performance.now() - sentAt : Number.NaN
        if (tookMs >= 0) this.#roundTripMs = tookMs
        break
      }
      default:
        this.#events.onFrame(frame)
    }
  }

  #onInterval(): void {
    if (this.#started && this.#isQuiet()) return
    // From the beginning: over a long way the other side hears nothing else for a while.
    if (this.#begun) this.#sendFirst('ping', encode(performance.now()))
  }

  /** Whether it was for too long: then it is closed now. */
  #isQuiet(): boolean {
    if (this.#quietIntervals === 0) this.#quietSince = performance.now()
    this.#quietIntervals += 1
    if (this.#quietIntervals <= this.limits.quietIntervalsMax) return false
    const quietMs = Math.round(performance.now() - this.#quietSince)
    this.close(`nothing was heard for ${quietMs} ms`)
    return true
  }

  /** Ahead of what waits, which may be much. Never more than one of its type. */
  #sendFirst(type: 'ping' | 'pong', body: Uint8Array): void {
    const head = encodeFrameHead(type, body.length)
    const waiting = this.#queue.findIndex((frame) => frame.head[4] === head[4])
    if (waiting >= 0) return
    this.#queue.unshift({ head, body })
    this.#queueBytes += frameHeadBytes + body.length
    this.#flushLater()
  }

  #flushLater(): void {
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#closed || this.#queue.length === 0) return
    const socket = this.#socket
    let sent = 0
    socket.cork()
    for (const { head, body } of this.#queue) {
      if (socket.writableLength >= socketBytesMax) break
      socket.write(head)
      if (body.length > 0) socket.write(body)
      this.#queueBytes -= head.length + body.length
      sent += 1
    }
    socket.uncork()
    this.#queue.splice(0, sent)
  }
}

const preambleBytes = 8
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
