/** What a host has to let go of: the types that are touched, and a test for each key. */
import { losers } from '../table/losers.js'
import type { Table } from '../table/table.js'
import type { Self } from './table-keeper.js'

export interface MovedKeys {
  /** Actor types of which keys may be among them, in code point order. */
  readonly types: readonly string[]
  /** Whether this key, held until now, moves away. */
  has(type: string, id: string): boolean
}

/** All keys of the host: what a fence takes away. */
export function allKeys(types: readonly string[]): MovedKeys {
  return { types: [...types], has: (type) => types.includes(type) }
}

/** Keys that `self` owns in one table and not in the other; null when there is none. */
export function movedKeys(self: Self, from: Table, to: Table): MovedKeys | null {
  const loses = losers(from, to).some(
    ({ name, epoch }) => name === self.name && epoch === self.epoch,
  )
  if (!loses) return null
  const types = from.types().filter((type) => from.hostOf(type, self.name) !== undefined)
  return {
    types,
    has: (type, id) => isOwner(from, self, type, id) && !isOwner(to, self, type, id),
  }
}

function isOwner(table: Table, self: Self, type: string, id: string): boolean {
  const owner = table.owner(type, id)
  return owner?.name === self.name && owner.epoch === self.epoch
}
