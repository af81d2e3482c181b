/**
 * Who owns an actor by a table, computed from the definition alone: virtual
 * node i of a host is hash(name + i), the owner the first at or above hash(id). Shares no code with
 * the product.
 */
import { createHash } from 'node:crypto'

export interface TableView {
  readonly factor: number
  /** Names of the hosts that have the actor's type and are not cordoned. */
  readonly hosts: readonly string[]
}

/** null: nobody. */
export function expectedOwner({ factor, hosts }: TableView, id: string): string | null {
  const nodes = hosts.flatMap((host) =>
    Array.from({ length: factor }, (_, i) => ({ host, at: hash(host + i) })),
  )
  if (nodes.length === 0) return null
  const wanted = hash(id)
  const after = nodes.filter(({ at }) => at >= wanted)
  return (after.length > 0 ? after : nodes).reduce((a, b) =>
    b.at < a.at || (b.at === a.at && b.host < a.host) ? b : a,
  ).host
}

function hash(text: string): bigint {
  return createHash('blake2b512').update(text, 'utf8').digest().readBigUInt64LE(0)
}
