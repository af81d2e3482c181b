/**
 * Tables of a replica as they travel: each copy is made once, for all who are told of it, and lasts
 * as long as the table itself. So there are no more of them than tables that are in use, and
 * whoever encodes them can tell by the object that it has it already.
 */
import type { Budget } from '../jobs/job.js'
import { Table } from '../table/table.js'
import { DifferenceJob, difference, whole } from '../table/table-change.js'
import type { TableChange } from '../wire/messages.js'

export class TableCopies {
  readonly #whole = new WeakMap<Table, TableChange>()
  /** By the later table: the change to it that was asked for last. */
  readonly #changes = new WeakMap<Table, { readonly from: Table; readonly change: TableChange }>()
  /** By the later table: the copy that is being made. */
  readonly #making = new WeakMap<Table, { readonly from: Table | null; job: DifferenceJob }>()

  /** The table as a change from nothing; not to be changed. */
  whole(table: Table): TableChange {
    const known = this.#whole.get(table)
    if (known !== undefined) return known
    const copy = whole(table)
    this.#whole.set(table, copy)
    return copy
  }

  /** What turns `from` into `to`; not to be changed. */
  difference(from: Table, to: Table): TableChange {
    const known = this.#changes.get(to)
    if (known?.from === from) return known.change
    const change = difference(from, to)
    this.#changes.set(to, { from, change })
    return change
  }

  /** Makes a copy of the whole table, in slices. @returns whether `whole` costs nothing now */
  prepareWhole(table: Table, budget: Budget): boolean {
    if (this.#whole.has(table)) return true
    const change = this.#make(null, table, budget)
    if (change !== null) this.#whole.set(table, change)
    return change !== null
  }

  /** Makes a change, in slices. @returns whether `difference` costs nothing now */
  prepareDifference(from: Table, to: Table, budget: Budget): boolean {
    if (this.#changes.get(to)?.from === from) return true
    const change = this.#make(from, to, budget)
    if (change !== null) this.#changes.set(to, { from, change })
    return change !== null
  }

  /** @returns null until the copy is made */
  #make(from: Table | null, to: Table, budget: Budget): TableChange | null {
    const known = this.#making.get(to)
    const isKnown = known !== undefined && known.from === from
    const job = isKnown
      ? known.job
      : new DifferenceJob(from ?? Table.empty(to.context, to.shape), to)
    if (!job.step(budget)) {
      this.#making.set(to, { from, job })
      return null
    }
    this.#making.delete(to)
    return job.result.change
  }
}
