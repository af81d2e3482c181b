/**
 * A connection within this process, as two ends that behave as sockets do: what one end writes the
 * other one reads, with back-pressure, and when one is destroyed so is the other.
 */
import { Duplex } from 'node:stream'

/** What an end holds for its reader before the writer has to wait, in bytes. */
const highWaterMark = 64 * 1_024

type Written = (error?: Error | null) => void

export class LoopSocket extends Duplex {
  /** As of a caller on this machine. */
  readonly remoteAddress = '127.0.0.1'
  readonly remoteFamily = 'IPv4'
  #other: LoopSocket | null = null
  /** Of the other end, which waits until this one is read. */
  #written: Written | null = null

  /** @returns the end of a client, which emits `connect`, and that of a server */
  static pair(): [client: LoopSocket, server: LoopSocket] {
    const client = new LoopSocket({ highWaterMark })
    const server = new LoopSocket({ highWaterMark })
    client.#other = server
    server.#other = client
    // As of a socket: behind what whoever connects does at once.
    setImmediate(() => {
      if (!client.destroyed) client.emit('connect')
    })
    return [client, server]
  }

  override _read(): void {
    const written = this.#written
    this.#written = null
    written?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Written): void {
    const other = this.#other
    if (other === null) done(closedError())
    // Of an end that is gone nobody hears that it has taken something: this one is ended at once.
    else if (other.destroyed || !other.push(chunk)) other.#written = done
    else done()
  }

  override _final(done: () => void): void {
    if (this.#other?.destroyed === false) this.#other.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const other = this.#other
    this.#other = null
    const written = other === null ? null : other.#written
    if (other !== null) other.#written = null
    setImmediate(() => other?.destroy())
    done(error)
    written?.()
  }

  // ---- what is asked of sockets, and means nothing here ----------------------------------------

  /** Nothing is cut for its silence: a call has a deadline. */
  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

function closedError(): Error {
  return new Error('the connection is closed')
}
