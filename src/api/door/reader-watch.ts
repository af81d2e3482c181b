/**
 * Whether the other side of a connection reads. It is judged by what it takes, not by how much
 * waits: a large table is no obstacle to a host that reads steadily. No socket and no clock here.
 */

export interface ReaderLimits {
  /** Bytes that may wait; a message that would come on top of them is too much. */
  readonly bufferedBytesMax: number
  /** Nothing was taken for so long, though something waited. */
  readonly notReadingAfterMs: number
}

export type ReaderVerdict = 'reads' | 'takes_nothing' | 'too_much_waits'

export class ReaderWatch {
  readonly #limits: ReaderLimits
  #takenBytes = 0
  /** When it had taken something last, or nothing waited. */
  #wellAtMs: number

  constructor(limits: ReaderLimits, nowMs: number) {
    this.#limits = limits
    this.#wellAtMs = nowMs
  }

  /**
   * To be asked before each message, and every now and then.
   *
   * @param waitingBytes that it has not taken yet
   * @param takenBytes that it took since the beginning
   * @param moreBytes that are to be sent now. A message alone never is too much
   */
  look(waitingBytes: number, takenBytes: number, nowMs: number, moreBytes = 0): ReaderVerdict {
    if (waitingBytes === 0 || takenBytes > this.#takenBytes) this.#wellAtMs = nowMs
    this.#takenBytes = takenBytes
    const { bufferedBytesMax, notReadingAfterMs } = this.#limits
    if (nowMs - this.#wellAtMs >= notReadingAfterMs) return 'takes_nothing'
    const isTooMuch = waitingBytes > 0 && waitingBytes + moreBytes > bufferedBytesMax
    return isTooMuch ? 'too_much_waits' : 'reads'
  }
}
