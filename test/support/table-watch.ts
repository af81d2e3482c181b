/**
 * Looks at the tables of many parts of a cluster, again and again while a test does harm, and keeps
 * what none of them may ever show: a generation that goes back, two tables of one generation, a
 * table of fewer members than there are.
 */
import type { Owner } from './owner.js'

/** What an observer shows of its table. */
export interface TableView {
  readonly generation: number
  readonly digest: string
  readonly memberCount: number
}

const pauseMs = 40

export class TableWatch {
  /** One sentence each. */
  readonly faults: string[] = []
  readonly #membersMin: number
  readonly #digests = new Map<number, string>()
  readonly #generations = new Map<string, number>()
  readonly #looks = new Map<string, number>()
  readonly #loops: Promise<void>[] = []
  #isOver = false

  /** @param membersMin how many members every table has at least */
  constructor(owner: Owner, membersMin: number) {
    this.#membersMin = membersMin
    owner.onTestFinished(() => this.stop())
  }

  /** Looks until `stop`; a look that fails, because the observer is dead, is none. */
  observe(observer: string, look: () => Promise<TableView>): void {
    this.#loops.push(this.#loop(observer, look))
  }

  /** How often an observer was looked at with success. */
  looks(observer: string): number {
    return this.#looks.get(observer) ?? 0
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#loops)
  }

  async #loop(observer: string, look: () => Promise<TableView>): Promise<void> {
    while (!this.#isOver) {
      const view = await look().catch(() => null)
      if (view !== null) this.#see(observer, view)
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  #see(observer: string, { generation, digest, memberCount }: TableView): void {
    this.#looks.set(observer, this.looks(observer) + 1)
    const before = this.#generations.get(observer) ?? 0
    if (generation < before) {
      this.faults.push(`${observer} went back from generation ${before} to ${generation}`)
    }
    this.#generations.set(observer, generation)
    const known = this.#digests.get(generation) ?? digest
    this.#digests.set(generation, known)
    if (known !== digest) this.faults.push(`${observer} has another generation ${generation}`)
    if (memberCount < this.#membersMin) {
      this.faults.push(`${observer} shows ${memberCount} members at generation ${generation}`)
    }
  }
}
