/**
 * The types of a host as it says them, in any order: measured once and named once, however often
 * somebody asks whether there is room for them.
 */
import { sortedSet } from '../table/code-point-order.js'
import { typeBytes } from '../table/type-sets.js'

export class SaidTypes {
  readonly texts: readonly string[]
  /** Of the texts, as UTF-8. */
  readonly bytes: number
  #key: string | null = null

  constructor(texts: readonly string[]) {
    this.texts = texts
    this.bytes = typeBytes(texts)
  }

  /** @param keyOf names a set in code point order; asked at most once */
  key(keyOf: (set: readonly string[]) => string): string {
    this.#key ??= keyOf(sortedSet(this.texts))
    return this.#key
  }
}
