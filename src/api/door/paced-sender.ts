/**
 * Gives the messages of one connection to its WebSocket, fragment by fragment, the next ones when
 * those before them are taken. So it is known how much the other side has taken of a large message:
 * a socket says only when all that it was given is gone. The bytes are not copied.
 *
 * Gone means into the buffers on the way, which hold megabytes: over a slow link nothing is gone
 * from here for many seconds while it all arrives. So behind each so many bytes goes a ping, whose
 * pong shows that they have come, and no more is on the way than comes in a second or so.
 */
import type { WebSocket } from 'ws'

/** The other side is seen to take so much at a time. */
export const fragmentBytesMax = 64 * 1024

/** Bytes that the socket has at a time: one fragment goes out, and the next one is there. */
export const givenBytesMax = 2 * fragmentBytesMax

/** Bytes on the way that no pong has shown to have come, at first, at least and at most. */
export const windowBytes = {
  first: 4 * fragmentBytesMax,
  least: 2 * fragmentBytesMax,
  most: 8 << 20,
}
/** Of the payload of a ping: its number. */
const markBytes = 4
/** What comes sooner has room for twice as much, what comes later was too much, in ms. */
const soonMs = 250
const lateMs = 1_000

interface Fragment {
  readonly bytes: Uint8Array
  /** The last one of its message. */
  readonly fin: boolean
}

/** Bytes before a ping. */
interface Mark {
  readonly number: number
  readonly bytes: number
  readonly atMs: number
}

type Socket = Pick<WebSocket, 'send' | 'ping' | 'readyState' | 'OPEN'>

export class PacedSender {
  readonly #socket: Socket
  readonly #now: () => number
  readonly #binary: boolean
  /** In order. What waits is bounded by who sends: see `ReaderWatch`. */
  readonly #queue = new Set<Fragment>()
  #queuedBytes = 0
  #givenBytes = 0
  #writtenBytes = 0
  /** Written since the last ping. */
  #unmarkedBytes = 0
  /** Pings that no pong has answered, in order. */
  #marks: Mark[] = []
  #markedBytes = 0
  #markNumber = 0
  #windowBytes = windowBytes.first
  #whenGiven: (() => void) | null = null

  /** @param now monotonic, in ms */
  constructor(socket: Socket, binary: boolean, now: () => number) {
    this.#socket = socket
    this.#binary = binary
    this.#now = now
  }

  /** Not taken yet. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#givenBytes + this.#markedBytes
  }

  /** Since the beginning, as far as is known. */
  get takenBytes(): number {
    return this.#writtenBytes - this.#markedBytes
  }

  /** @returns whether it answers a ping of this sender */
  pong(data: Buffer): boolean {
    const number = data.length === markBytes ? data.readUInt32BE(0) : Number.NaN
    const at = this.#marks.findIndex((mark) => mark.number === number)
    if (at < 0) return false
    // A pong may stand for those before it, too (RFC 6455 §5.5.3).
    const come = this.#marks.splice(0, at + 1)
    this.#markedBytes -= come.reduce((sum, { bytes }) => sum + bytes, 0)
    const tookMs = this.#now() - (come.at(-1)?.atMs ?? 0)
    const { least, most } = windowBytes
    if (tookMs <= soonMs) this.#windowBytes = Math.min(most, 2 * this.#windowBytes)
    else if (tookMs > lateMs) this.#windowBytes = Math.max(least, this.#windowBytes / 2)
    this.#give()
    return true
  }

  /** @param pieces of the frame of one message, in order */
  send(pieces: readonly Uint8Array[]): void {
    const last = pieces.length - 1
    for (const [i, piece] of pieces.entries()) {
      let from = 0
      do {
        const bytes = piece.subarray(from, from + fragmentBytesMax)
        from += fragmentBytesMax
        this.#queue.add({ bytes, fin: i === last && from >= piece.length })
        this.#queuedBytes += bytes.length
      } while (from < piece.length)
    }
    this.#give()
  }

  /** Calls once the socket was given everything, which may be now. Nothing is sent after it. */
  end(whenGiven: () => void): void {
    if (this.#queue.size === 0) whenGiven()
    else this.#whenGiven = whenGiven
  }

  #give(): void {
    for (const fragment of this.#queue) {
      if (this.#isFull || this.#socket.readyState !== this.#socket.OPEN) return
      const { bytes, fin } = fragment
      this.#queue.delete(fragment)
      this.#queuedBytes -= bytes.length
      this.#givenBytes += bytes.length
      this.#socket.send(bytes, { binary: this.#binary, fin }, (error) => {
        this.#givenBytes -= bytes.length
        if (error) return
        this.#written(bytes.length)
        this.#give()
      })
    }
    this.#whenGiven?.()
    this.#whenGiven = null
  }

  get #isFull(): boolean {
    if (this.#givenBytes >= givenBytesMax) return true
    const onTheWay = this.#markedBytes + this.#unmarkedBytes + this.#givenBytes
    return this.#marks.length > 0 && onTheWay >= this.#windowBytes
  }

  #written(bytes: number): void {
    this.#writtenBytes += bytes
    this.#unmarkedBytes += bytes
    if (this.#unmarkedBytes < fragmentBytesMax) return
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#markNumber = (this.#markNumber + 1) >>> 0
    const mark = { number: this.#markNumber, bytes: this.#unmarkedBytes, atMs: this.#now() }
    this.#marks.push(mark)
    this.#markedBytes += mark.bytes
    this.#unmarkedBytes = 0
    const data = Buffer.alloc(markBytes)
    data.writeUInt32BE(mark.number)
    this.#socket.ping(data)
  }
}
