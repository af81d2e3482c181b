/** Keys of this host that it has to let go of, or to stop: as data, told by tables. */
import type { Table } from '../table/table.js'
import { type Position, positionOf } from '../table/table-context.js'

/** This host as the tables name it. */
export interface Self {
  readonly name: string
  readonly epoch: number
}

/** `all`: every key of these types. `moved`: what `self` owns in one table and not in the other. */
export type KeySet =
  | { readonly kind: 'all'; readonly types: readonly string[] }
  | {
      readonly kind: 'moved'
      /** Actor types of which keys may be among them, in code point order. */
      readonly types: readonly string[]
      readonly self: Self
      readonly from: Table
      readonly to: Table
    }

/** All keys of the host: what a fence takes away. */
export function allKeys(types: readonly string[]): KeySet {
  return { kind: 'all', types }
}

export function hasKey(keys: KeySet, type: string, id: string): boolean {
  if (keys.kind === 'all') return keys.types.includes(type)
  const { self, from, to } = keys
  const at = positionOf(from.context, id)
  return isOwner(from, self, type, at) && !isOwner(to, self, type, at)
}

/** @param at of the actor on any ring */
export function isOwner(table: Table, self: Self, type: string, at: Position): boolean {
  const owner = table.ownerAt(type, at)
  return owner !== undefined && owner.name === self.name && owner.epoch === self.epoch
}
