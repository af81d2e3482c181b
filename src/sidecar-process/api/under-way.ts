/** Requests that are under way: whoever waits for something hears that it need not any more. */
import type { ServerResponse } from 'node:http'

export class RequestsUnderWay {
  readonly #responses = new Set<ServerResponse>()
  readonly #waiting = new Set<AbortController>()
  #whenNone: (() => void) | null = null

  enter(response: ServerResponse): void {
    this.#responses.add(response)
    response.once('close', () => {
      this.#responses.delete(response)
      if (this.#responses.size === 0) this.#whenNone?.()
    })
  }

  /** @returns aborted when whoever asked went away, or with the reason of `abort` */
  signalOf(response: ServerResponse): AbortSignal {
    const controller = new AbortController()
    this.#waiting.add(controller)
    response.once('close', () => {
      this.#waiting.delete(controller)
      if (!response.writableFinished) controller.abort()
    })
    return controller.signal
  }

  /** Whoever waits is told why this is over. */
  abort(reason: Error): void {
    for (const controller of this.#waiting) controller.abort(reason)
  }

  /** Resolves when none is left; those that are after `limitMs` are broken off. */
  async ended(limitMs: number): Promise<void> {
    if (this.#responses.size === 0) return
    const timer = setTimeout(() => {
      for (const response of this.#responses) response.destroy()
    }, limitMs)
    await new Promise<void>((resolve) => {
      this.#whenNone = resolve
    })
    clearTimeout(timer)
  }
}
