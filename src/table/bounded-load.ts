/**
 * Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2016), for planning: how
 * would actors be spread if no host were to carry more than `loadFactor` times the average? The
 * answer depends on the loads, so it is nobody's owner: `where`, `owns` and rounds never use it.
 */
import type { Member } from './member.js'
import type { Ring, RingHost } from './ring.js'
import type { Table } from './table.js'

/** No host gets more than this many times the average load. */
export const loadFactor = 1.25

/**
 * The first host at or above a position that has room for one more.
 *
 * @param loadOf what a host carries now; a host that is not on the ring is never asked for
 * @param total the sum of all loads
 * @returns undefined on an empty ring
 */
export function boundedOwnerAt<H extends RingHost>(
  ring: Ring<H>,
  hi: number,
  lo: number,
  loadOf: (host: H) => number,
  total: number,
): H | undefined {
  if (ring.size === 0) return undefined
  // With the average below the bound some host has room, so the walk ends within one turn.
  const loadMax = Math.ceil((loadFactor * (total + 1)) / ring.hostCount)
  for (const host of ring.hostsFrom(hi, lo)) if (loadOf(host) < loadMax) return host
  throw new Error('every host is at its bound: the total is less than the sum of the loads')
}

/**
 * Where these actors would be, taken one after the other.
 * @returns a member for each of them; null when no host has the type
 */
export function planOwners(table: Table, type: string, ids: readonly string[]): Member[] | null {
  const ring = table.ring(type)
  if (ring === undefined) return null
  const { hasher, position } = table.context
  const loads = new Map<Member, number>()
  const loadOf = (member: Member) => loads.get(member) ?? 0
  return ids.map((id, total) => {
    hasher.hash64(id, position)
    const member = boundedOwnerAt(ring, position[0]!, position[1]!, loadOf, total)!
    loads.set(member, loadOf(member) + 1)
    return member
  })
}
