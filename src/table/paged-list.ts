/**
 * An immutable list in pages. The next one shares all pages that were not touched, so a few changes
 * cost a few pages and the list of pages, however long the list is.
 */

/** Items of a page, as a power of two: few to copy, and the pages few enough to stay in caches. */
const pageBits = 8
const pageItems = 1 << pageBits
const inPage = pageItems - 1

export class PagedList<T> {
  readonly length: number
  readonly #pages: readonly (readonly T[])[]

  constructor(pages: readonly (readonly T[])[], length: number) {
    this.#pages = pages
    this.length = length
  }

  static of<T>(items: readonly T[]): PagedList<T> {
    const pages: T[][] = []
    for (let at = 0; at < items.length; at += pageItems) pages.push(items.slice(at, at + pageItems))
    return new PagedList(pages, items.length)
  }

  /** @param at below the length */
  get(at: number): T {
    return this.#pages[at >>> pageBits]![at & inPage]!
  }

  *values(): Generator<T> {
    for (const page of this.#pages) yield* page
  }

  edit(): PagedListDraft<T> {
    return new PagedListDraft(this.#pages, this.length)
  }
}

export class PagedListDraft<T> {
  readonly #pages: T[][]
  /** Pages that are of this draft alone. */
  readonly #own = new Set<number>()
  #length: number

  constructor(pages: readonly (readonly T[])[], length: number) {
    // None of them is written to before it is copied.
    this.#pages = pages.slice() as T[][]
    this.#length = length
  }

  get length(): number {
    return this.#length
  }

  get(at: number): T {
    return this.#pages[at >>> pageBits]![at & inPage]!
  }

  /** @param at below the length, or the length: then the list grows by one */
  set(at: number, item: T): void {
    const page = at >>> pageBits
    if (!this.#own.has(page)) {
      this.#pages[page] = this.#pages[page]?.slice() ?? []
      this.#own.add(page)
    }
    this.#pages[page]![at & inPage] = item
    if (at >= this.#length) this.#length = at + 1
  }

  /** The list as it is now; the draft is of no use afterwards. */
  finish(): PagedList<T> {
    return new PagedList(this.#pages, this.#length)
  }
}
