/** Where an actor is by a table, and how that follows from the ring. Pure. */
import type { Member } from '../table/member.js'
import type { Table } from '../table/table.js'
import type { components } from './openapi.generated.js'

type Schemas = components['schemas']

/** 64 bits as decimal text: JSON numbers end at 53. */
export function decimal(hi: number, lo: number): string {
  return ((BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0)).toString()
}

/** The hash of an actor's id, by which it is placed. */
export function hashOf(table: Table, id: string): { readonly hi: number; readonly lo: number } {
  const { hasher, position } = table.context
  hasher.hash64(id, position)
  return { hi: position[0]!, lo: position[1]! }
}

/** The owner and the virtual node that makes it so; null when the type has no host. */
export function ringPosition(
  table: Table,
  type: string,
  id: string,
): Schemas['RingPosition'] | null {
  const ring = table.ring(type)
  if (ring === undefined || ring.size === 0) return null
  const { hi, lo } = hashOf(table, id)
  const found = ring.cursor(hi, lo)
  if (found.isAtEnd) found.rewind()
  const { host: member, hi: nodeHi, lo: nodeLo } = found
  const hash = decimal(nodeHi, nodeLo)
  const index = virtualNodeIndex(table, member.name, nodeHi, nodeLo)
  return {
    owner: ownerOf(member),
    virtualNode: { hash, index },
    hosts: ring.hostCount,
    virtualNodes: ring.size,
    generation: table.generation,
  }
}

export function ownerOf({ name, appId, epoch, cordoned }: Member): Schemas['Owner'] {
  return { host: name, appId, epoch, cordoned }
}

/** Which of a host's virtual nodes stands at this position. */
function virtualNodeIndex(table: Table, name: string, hi: number, lo: number): number {
  const nodes = table.context.nodes.of(name, table.factor)
  for (let i = 0; i < table.factor; i += 1) {
    if (nodes[2 * i] === hi && nodes[2 * i + 1] === lo) return i
  }
  throw new Error(`${name} has no virtual node at ${decimal(hi, lo)}`)
}
