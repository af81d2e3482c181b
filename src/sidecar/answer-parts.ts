/**
 * Puts together the parts of an answer to a request for a table. One answer at a time, and no more
 * of it than a named limit: over NATS anybody may answer.
 */
import { changeBytesMax, PartCollector } from '../table/change-parts.js'
import type { TableAnswer, TableChange } from '../wire/messages.js'

/** What is collected, in bytes as it travels; a larger table comes over the WebSocket alone. */
export const answerBytesMax = 16 * 1024 * 1024

export class AnswerParts {
  #collector: PartCollector | null = null
  #bytes = 0

  /** What is being collected now, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** @returns the whole change once all its parts are there */
  add({ change, part, parts }: TableAnswer): TableChange | null {
    if (parts === 1) return change
    let outcome = this.#collector?.add(part, parts, change)
    if (outcome === undefined || outcome.kind === 'foreign') {
      this.#begin(new PartCollector(change, parts))
      outcome = this.#collector?.add(part, parts, change)
    }
    if (outcome?.kind === 'missing') {
      this.#bytes += changeBytesMax(change)
      if (this.#bytes > answerBytesMax) this.forget()
    }
    if (outcome?.kind !== 'complete') return null
    this.forget()
    return outcome.change
  }

  /** The table is here, or another one is wanted. */
  forget(): void {
    this.#begin(null)
  }

  #begin(collector: PartCollector | null): void {
    this.#collector = collector
    this.#bytes = 0
  }
}
