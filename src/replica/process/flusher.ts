/** Calls the machine's `flush` when it asked for it: at once behind waiting input, or later. */
export class Flusher {
  readonly #nowMs: () => number
  #flush: () => void = () => undefined
  #immediate: NodeJS.Immediate | null = null
  #timer: NodeJS.Timeout | null = null
  #timerAtMs = Number.POSITIVE_INFINITY

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  start(flush: () => void): void {
    this.#flush = flush
  }

  at(atMs: number): void {
    const inMs = atMs - this.#nowMs()
    if (inMs <= 0) {
      this.#immediate ??= setImmediate(() => {
        this.#immediate = null
        this.#run()
      })
    } else if (atMs < this.#timerAtMs) {
      if (this.#timer !== null) clearTimeout(this.#timer)
      this.#timerAtMs = atMs
      this.#timer = setTimeout(() => this.#run(), inMs)
    }
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    if (this.#immediate !== null) clearImmediate(this.#immediate)
    this.#flush = () => undefined
  }

  #run(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#timerAtMs = Number.POSITIVE_INFINITY
    this.#flush()
  }
}
