/**
 * Which event streams there are, and what each of them is sent. Pure: what is to be done
 * `takeEffects` gives out, in order, and the edge says what came of it.
 *
 * Invariants:
 * - There are at most `streamsMax` streams.
 * - What a stream has not taken is at most `untakenBytesMax`, but for its first text; one that
 *   would have more is cut.
 */
import { BerthError } from '../../errors/berth-error.js'
import { utf8Bytes } from '../../wire/utf8-bytes.js'

export interface FeedLimits {
  readonly streamsMax: number
  /** What may wait for the reader of one stream, in bytes. */
  readonly untakenBytesMax: number
}

export const defaultFeedLimits: FeedLimits = { streamsMax: 64, untakenBytesMax: 256 * 1_024 }

export type FeedEffect =
  /** Answered by `taken` with the same number of bytes, or by `closed`. */
  | {
      readonly kind: 'send'
      readonly stream: number
      readonly text: string
      readonly bytes: number
    }
  /** Ends it; `isBehind`: at once, whatever it has not taken. Nothing more comes of it. */
  | { readonly kind: 'end'; readonly stream: number; readonly isBehind: boolean }

export class EventFeed {
  readonly #limits: FeedLimits
  /** Bytes that each stream has not taken. */
  readonly #untaken = new Map<number, number>()
  #opened = 0
  #effects: FeedEffect[] = []

  constructor(limits: FeedLimits) {
    this.#limits = limits
  }

  get count(): number {
    return this.#untaken.size
  }

  takeEffects(): readonly FeedEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** @throws BerthError `overloaded` when there are as many as may be */
  refuseMore(): void {
    const { streamsMax } = this.#limits
    if (this.#untaken.size < streamsMax) return
    const detail = `There are ${streamsMax} event streams already: close one that is not needed.`
    throw new BerthError('overloaded', detail)
  }

  /**
   * @param first what it begins with
   * @returns its number
   * @throws BerthError `overloaded`
   */
  open(first: string): number {
    this.refuseMore()
    this.#opened += 1
    this.#untaken.set(this.#opened, 0)
    this.#send(this.#opened, first, utf8Bytes(first))
    return this.#opened
  }

  /** To all streams. */
  say(text: string): void {
    const bytes = utf8Bytes(text)
    for (const [stream, untaken] of this.#untaken) {
      if (untaken + bytes <= this.#limits.untakenBytesMax) this.#send(stream, text, bytes)
      else this.#end(stream, true)
    }
  }

  taken(stream: number, bytes: number): void {
    const untaken = this.#untaken.get(stream)
    if (untaken !== undefined) this.#untaken.set(stream, untaken - bytes)
  }

  /** Its reader went away. */
  closed(stream: number): void {
    this.#untaken.delete(stream)
  }

  /** Ends all streams: those that have not taken what they were sent at once. */
  close(): void {
    for (const [stream, untaken] of this.#untaken) this.#end(stream, untaken > 0)
  }

  #send(stream: number, text: string, bytes: number): void {
    this.#untaken.set(stream, (this.#untaken.get(stream) ?? 0) + bytes)
    this.#effects.push({ kind: 'send', stream, text, bytes })
  }

  #end(stream: number, isBehind: boolean): void {
    this.#untaken.delete(stream)
    this.#effects.push({ kind: 'end', stream, isBehind })
  }
}
