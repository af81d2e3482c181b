/**
 * Gives the messages of one connection to its WebSocket, fragment by fragment, the next ones when
 * those before them are taken. So it is known how much the other side has taken of a large message:
 * a socket says only when all that it was given is gone. The bytes are not copied.
 */
import type { WebSocket } from 'ws'

/** The other side is seen to take so much at a time. */
export const fragmentBytesMax = 64 * 1024

/** Bytes that the socket has at a time: one fragment goes out, and the next one is there. */
export const givenBytesMax = 2 * fragmentBytesMax

interface Fragment {
  readonly bytes: Uint8Array
  /** The last one of its message. */
  readonly fin: boolean
}

export class PacedSender {
  readonly #socket: Pick<WebSocket, 'send' | 'readyState' | 'OPEN'>
  readonly #binary: boolean
  /** In order. What waits is bounded by who sends: see `ReaderWatch`. */
  readonly #queue = new Set<Fragment>()
  #queuedBytes = 0
  #givenBytes = 0
  #takenBytes = 0
  #whenGiven: (() => void) | null = null

  constructor(socket: Pick<WebSocket, 'send' | 'readyState' | 'OPEN'>, binary: boolean) {
    this.#socket = socket
    this.#binary = binary
  }

  /** Not taken yet. */
  get waitingBytes(): number {
    return this.#queuedBytes + this.#givenBytes
  }

  /** Since the beginning. */
  get takenBytes(): number {
    return this.#takenBytes
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
      if (this.#givenBytes >= givenBytesMax || this.#socket.readyState !== this.#socket.OPEN) return
      const { bytes, fin } = fragment
      this.#queue.delete(fragment)
      this.#queuedBytes -= bytes.length
      this.#givenBytes += bytes.length
      this.#socket.send(bytes, { binary: this.#binary, fin }, (error) => {
        this.#givenBytes -= bytes.length
        if (error) return
        this.#takenBytes += bytes.length
        this.#give()
      })
    }
    this.#whenGiven?.()
    this.#whenGiven = null
  }
}
