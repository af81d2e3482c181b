/**
 * Reads short bodies as a whole, so that they can be sent again. One timer for all: nearly all of
 * them are here at once.
 */
import type { IncomingMessage } from 'node:http'

interface Waiting {
  readonly dueMs: number
  readonly late: () => void
}

export class HeldBodies {
  readonly #timeoutMs: number
  /** In the order in which they are due. */
  readonly #waiting = new Map<IncomingMessage, Waiting>()
  #timer: NodeJS.Timeout | null = null

  /** @param timeoutMs for all of a body to arrive, in ms */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /**
   * @param done with the whole body
   * @param failed once when it does not come: not in time, or the caller broke off
   */
  hold(
    request: IncomingMessage,
    done: (body: Buffer) => void,
    failed: (why: 'late' | 'broken') => void,
  ): void {
    let first: Buffer | null = null
    let chunks: Buffer[] | null = null
    request.on('data', (chunk: Buffer) => {
      if (first === null) first = chunk
      else if (chunks === null) chunks = [first, chunk]
      else chunks.push(chunk)
    })
    request.on('end', () => {
      if (!this.#waiting.delete(request)) return
      done(chunks === null ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks))
    })
    request.on('close', () => {
      if (this.#waiting.delete(request)) failed('broken')
    })
    const late = () => failed('late')
    this.#waiting.set(request, { dueMs: performance.now() + this.#timeoutMs, late })
    this.#timer ??= setTimeout(() => this.#ring(), this.#timeoutMs).unref()
  }

  #ring(): void {
    this.#timer = null
    const now = performance.now()
    for (const [request, { dueMs, late }] of this.#waiting) {
      if (dueMs > now) {
        this.#timer = setTimeout(() => this.#ring(), Math.ceil(dueMs - now)).unref()
        return
      }
      this.#waiting.delete(request)
      late()
    }
  }
}
