/**
 * Of which types those who listen are told that this host has gained: compared with what they know
 * it to have. Pure.
 *
 * Whoever is fenced has nothing. It has gained all of its types when it may run actors again, by
 * another table or by the one of before, which still names it when the cluster did not notice.
 */
import type { Table } from '../../table/table.js'
import { gainedTypes } from './gained-types.js'

const none: readonly string[] = []

export class Gains {
  /** By which they know what it has; null for nothing. */
  #known: Table | null = null
  /** Whether it had to stop some actors, and what it has is known by the next table alone. */
  #isStale = false

  /** @param isFinal whether all of this host had to stop */
  fenced(isFinal: boolean): void {
    if (isFinal) this.#known = null
    else this.#isStale = true
  }

  /** @param table that answers @returns what is to be told now, in the order of the types */
  look(table: Table, host: string, mayRun: boolean): readonly string[] {
    const known = this.#known
    if (!mayRun || table.generation === known?.generation) return none
    const types = gainedTypes(this.#isStale ? null : known, table, host)
    this.#known = table
    this.#isStale = false
    return types
  }
}
