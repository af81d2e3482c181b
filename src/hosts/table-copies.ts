/**
 * Tables of a replica as they travel: each copy is made once, for all who are told of it, and lasts
 * as long as the table itself. So there are no more of them than tables that are in use, and
 * whoever encodes them can tell by the object that it has it already.
 */
import type { Table } from '../table/table.js'
import { difference, whole } from '../table/table-change.js'
import type { TableChange } from '../wire/messages.js'

export class TableCopies {
  readonly #whole = new WeakMap<Table, TableChange>()
  /** By the later table: the change to it that was asked for last. */
  readonly #changes = new WeakMap<Table, { readonly from: Table; readonly change: TableChange }>()

  /** The table as a change from nothing; not to be changed. */
  whole(table: Table): TableChange {
    let copy = this.#whole.get(table)
    if (copy === undefined) {
      copy = whole(table)
      this.#whole.set(table, copy)
    }
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
}
