/**
 * What all tables of a process share: the hashes, and memory that is used again. Passed to the
 * empty table; every table made from it carries it on.
 */
import { ByteWriter } from '../hash/byte-writer.js'
import type { Hasher } from '../hash/hasher.js'
import { type Levels, levels as ownLevels } from '../versions/levels.js'
import type { TypeSet } from '../wire/messages.js'
import { VirtualNodes } from './virtual-nodes.js'

export interface TableContext {
  readonly hasher: Hasher
  /** The feature levels that tables and the state can be of. */
  readonly levels: Levels
  readonly nodes: VirtualNodes
  readonly writer: ByteWriter
  /** Digests of type sets; a set is one object for all members that have it. */
  readonly typeDigests: WeakMap<TypeSet, Uint8Array>
  /** Upper and lower half of the hash that was asked for last. */
  readonly position: Uint32Array
}

/** A place on rings: upper and lower half of a hash. */
export interface Position {
  readonly hi: number
  readonly lo: number
}

/** Where an actor is on the ring of its type, whatever that type is. */
export function positionOf({ hasher, position }: TableContext, id: string): Position {
  hasher.hash64(id, position)
  return { hi: position[0]!, lo: position[1]! }
}

export function createTableContext(hasher: Hasher, levels: Levels = ownLevels): TableContext {
  return {
    hasher,
    levels,
    nodes: new VirtualNodes(hasher),
    writer: new ByteWriter(),
    typeDigests: new WeakMap(),
    position: new Uint32Array(2),
  }
}
