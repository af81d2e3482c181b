/**
 * Makes a table ready to answer by it: its rings, and which keys of this host move away for it. A
 * job, since at ten thousand hosts a ring has a million pairs.
 */
import type { Budget, Job } from '../jobs/job.js'
import { SlicedJob } from '../jobs/sliced-job.js'
import type { Table } from '../table/table.js'
import type { KeySet, Self } from './key-set.js'
import { MovedKeysSearch } from './moved-keys.js'

/** What is prepared. */
export interface Prepared {
  readonly table: Table
  /** The table from which keys move away; null when nobody asks which. */
  readonly from: Table | null
  /** Whose keys; null for an observer. */
  readonly self: Self | null
}

export class Preparation implements Job {
  readonly #prepared: Prepared
  readonly #rings: Job
  readonly #moved: MovedKeysSearch | null
  /** Whether all rings are ready. */
  #isWarm = false

  /** @param types of which the rings are made ready */
  constructor(prepared: Prepared, types: readonly string[]) {
    const { table, from, self } = prepared
    this.#prepared = prepared
    // Those that it withdraws are looked at too.
    const own = self === null ? undefined : from?.member(self.name)?.typeSet.types
    this.#rings = new SlicedJob(table.warmRingsOf(new Set([...types, ...(own ?? [])])))
    this.#moved = from === null || self === null ? null : new MovedKeysSearch(self, from, table)
  }

  /** Whether this is what it prepares. */
  is({ table, from, self }: Prepared): boolean {
    const mine = this.#prepared
    const isOfSelf = mine.self?.name === self?.name && mine.self?.epoch === self?.epoch
    return isOfSelf && mine.table === table && mine.from === from
  }

  /** Once it is done: what moves away; null for nothing. */
  get keys(): KeySet | null {
    return this.#moved?.keys ?? null
  }

  step(budget: Budget): boolean {
    const wasWarm = this.#isWarm
    this.#isWarm ||= this.#rings.step(budget)
    if (this.#moved === null || !this.#isWarm) return this.#isWarm
    // One step of either is done, however small the budget is.
    return (wasWarm || !budget.isSpent) && this.#moved.step(budget)
  }
}
