/**
 * What all tables of a process share: the hashes, and memory that is used again. Passed to the
 * empty table; every table made from it carries it on.
 */
import { ByteWriter } from '../hash/byte-writer.js'
import type { Hasher } from '../hash/hasher.js'
import { VirtualNodes } from './virtual-nodes.js'

export interface TableContext {
  readonly hasher: Hasher
  readonly nodes: VirtualNodes
  readonly writer: ByteWriter
  /** Upper and lower half of the hash that was asked for last. */
  readonly position: Uint32Array
}

export function createTableContext(hasher: Hasher): TableContext {
  return {
    hasher,
    nodes: new VirtualNodes(hasher),
    writer: new ByteWriter(),
    position: new Uint32Array(2),
  }
}
