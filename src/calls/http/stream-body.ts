/**
 * A body that is too long to be held, or of a length that nobody knows: it flows once, with
 * back-pressure, to whoever begins it. Until then nothing of it is taken, so that the call can
 * still go elsewhere.
 */
import type { Readable } from 'node:stream'

/** Where a body flows to. */
export interface BodyReader {
  /** @returns whether more may come at once; else `resume` is to be called */
  chunk(chunk: Buffer): boolean
  end(): void
}

export class StreamBody {
  /** In bytes; null when nobody knows. */
  readonly length: number | null
  readonly #source: Readable
  /** Tells the sender to go on, where it waits for that; null where it does not. */
  #goAhead: (() => void) | null
  #isTaken = false
  #isListening = false
  #hasEnded = false
  #reader: BodyReader | null = null
  /** Came before there was a reader. */
  #first: Buffer | null = null
  #whenBegun: (() => void) | null = null

  constructor(source: Readable, length: number | null, goAhead: (() => void) | null) {
    this.#source = source
    this.length = length
    this.#goAhead = goAhead
  }

  /** Whether somebody began to read it: then it cannot be sent again. */
  get isTaken(): boolean {
    return this.#isTaken
  }

  /** Whether its sender sends nothing before it is told to. */
  get waitsForGoAhead(): boolean {
    return this.#goAhead !== null
  }

  /**
   * Has the sender go on, and calls back once the first bytes, or the end, are here. Whoever
   * sent it here knows then that the body was taken: before that it may send it elsewhere.
   */
  begin(whenBegun: () => void): void {
    if (this.#first !== null || this.#hasEnded) whenBegun()
    else {
      this.#whenBegun = whenBegun
      this.#listen()
    }
  }

  /**
   * Once.
   * @param reader who gets all of it, from its first byte on
   * @throws Error when it has flowed to somebody: what that one had is gone
   */
  flow(reader: BodyReader): void {
    if (this.#isTaken) throw new Error('a body flows once, and this one was taken before')
    this.#isTaken = true
    this.#reader = reader
    const first = this.#first
    this.#first = null
    if (first !== null) this.#pass(first)
    else if (this.#isListening && !this.#hasEnded) this.#source.resume()
    this.#listen()
    if (this.#hasEnded) reader.end()
  }

  resume(): void {
    if (this.#reader !== null) this.#source.resume()
  }

  /** Whoever read it, or was to, is gone. What nobody has read yet still stands for the next. */
  stop(): void {
    this.#reader = null
    this.#whenBegun = null
    if (!this.#isListening || this.#hasEnded) return
    this.#source.pause()
    if (this.#isTaken) this.#source.off('data', this.#onData).off('end', this.#onEnd)
  }

  #listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    this.#source.on('data', this.#onData).once('end', this.#onEnd)
    const goAhead = this.#goAhead
    this.#goAhead = null
    goAhead?.()
  }

  readonly #onData = (chunk: Buffer | string): void => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
    if (this.#reader !== null) {
      this.#pass(bytes)
      return
    }
    this.#first = this.#first === null ? bytes : Buffer.concat([this.#first, bytes])
    this.#source.pause()
    this.#tellBegun()
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true
    this.#reader?.end()
    this.#tellBegun()
  }

  #pass(bytes: Buffer): void {
    if (this.#reader?.chunk(bytes) === false) this.#source.pause()
    else this.#source.resume()
  }

  #tellBegun(): void {
    const whenBegun = this.#whenBegun
    this.#whenBegun = null
    whenBegun?.()
  }
}
