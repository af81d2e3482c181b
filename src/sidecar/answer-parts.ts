/** Puts together the parts of an answer to a request for a table. One answer at a time. */
import { PartCollector } from '../table/change-parts.js'
import type { TableAnswer, TableChange } from '../wire/messages.js'

export class AnswerParts {
  #collector: PartCollector | null = null

  /** @returns the whole change once all its parts are there */
  add({ change, part, parts }: TableAnswer): TableChange | null {
    if (parts === 1) return change
    let outcome = this.#collector?.add(part, parts, change)
    if (outcome === undefined || outcome.kind === 'foreign') {
      this.#collector = new PartCollector(change, parts)
      outcome = this.#collector.add(part, parts, change)
    }
    if (outcome.kind !== 'complete') return null
    this.#collector = null
    return outcome.change
  }
}
