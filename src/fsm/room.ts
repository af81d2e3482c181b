/**
 * How much more the replicated state takes of members and their types (limits.ts). Room that a
 * command takes is taken for the rest of it, so that a batch stops at a limit and not behind it.
 */
import type { ClusterState } from './cluster-state.js'
import {
  generationsAheadMax,
  hostTypeBytesMax,
  membersMax,
  namespaceMembersMax,
  namespacesMax,
  namespaceTypeBytesMax,
  typeBytesMax,
} from './limits.js'
import type { NamespaceState } from './namespace-state.js'

/** What is full. */
export type Full =
  | 'generations'
  | 'namespaces'
  | 'namespace_members'
  | 'members'
  | 'host_types'
  | 'namespace_types'
  | 'types'

/** What a host would add. */
export interface Addition {
  /** Whether its name is no member yet. */
  readonly isNew: boolean
  /** Of its types, as UTF-8. */
  readonly typeBytes: number
  /** Whether no member of the namespace has this set of types yet; asked only where it matters. */
  readonly isNewSet: () => boolean
}

/** Of all namespaces together. */
export interface Totals {
  members: number
  /** Of type sets, each counted once in a namespace. */
  typeBytes: number
}

/** Of one namespace. */
interface Occupancy extends Readonly<Totals> {
  /** Why it takes nobody, whatever the host; null for no reason. */
  readonly full: Full | null
}

export function totalsOf({ namespaces }: Pick<ClusterState, 'namespaces'>): Totals {
  const totals = { members: 0, typeBytes: 0 }
  for (const { newestTable } of namespaces.values()) {
    totals.members += newestTable.size
    totals.typeBytes += newestTable.typeSets.bytes
  }
  return totals
}

export class Room {
  readonly #totals: Totals
  readonly #full: Full | null
  #members: number
  #typeBytes: number

  /**
   * @param namespace that it is asked for
   * @param totals counted up by `take`
   */
  constructor(namespace: Occupancy, totals: Totals) {
    this.#full = namespace.full
    this.#totals = totals
    this.#members = namespace.members
    this.#typeBytes = namespace.typeBytes
  }

  static of({ namespaces }: ClusterState, namespace: NamespaceState, totals: Totals): Room {
    const { name, newest, disseminated, newestTable } = namespace
    const isKept = namespaces.has(name) || namespaces.size < namespacesMax
    const isFarAhead = newest - disseminated >= generationsAheadMax
    const full = isKept ? (isFarAhead ? 'generations' : null) : 'namespaces'
    const { size: members, typeSets } = newestTable
    return new Room({ full, members, typeBytes: typeSets.bytes }, totals)
  }

  /** Why there is no room for a host; null when there is. */
  lack({ isNew, typeBytes: bytes, isNewSet }: Addition): Full | null {
    const totals = this.#totals
    if (this.#full !== null) return this.#full
    if (bytes > hostTypeBytesMax) return 'host_types'
    if (isNew && this.#members >= namespaceMembersMax) return 'namespace_members'
    if (isNew && totals.members >= membersMax) return 'members'
    const isNamespaceFull = this.#typeBytes + bytes > namespaceTypeBytesMax
    if (!isNamespaceFull && totals.typeBytes + bytes <= typeBytesMax) return null
    if (!isNewSet()) return null
    return isNamespaceFull ? 'namespace_types' : 'types'
  }

  /** Takes the room that a host needs, if there is. @returns as `lack` */
  take(addition: Addition): Full | null {
    const full = this.lack(addition)
    if (full !== null) return full
    const members = addition.isNew ? 1 : 0
    const bytes = addition.isNewSet() ? addition.typeBytes : 0
    this.#members += members
    this.#totals.members += members
    this.#typeBytes += bytes
    this.#totals.typeBytes += bytes
    return null
  }

  /** In words, for whoever is told so. */
  static describe(full: Full): string {
    switch (full) {
      case 'generations':
        return 'The namespace has as many changes under way as it takes; rounds work them off.'
      case 'namespaces':
        return `The cluster has as many namespaces as it takes (${namespacesMax}).`
      case 'namespace_members':
        return `The namespace has as many members as it takes (${namespaceMembersMax}).`
      case 'members':
        return `The cluster has as many members as it takes (${membersMax}).`
      case 'host_types':
        return `The types of a host take at most ${hostTypeBytesMax} bytes together.`
      case 'namespace_types':
        return `The types in the namespace take ${namespaceTypeBytesMax} bytes: no more room.`
      case 'types':
        return `The types in the cluster take ${typeBytesMax} bytes: no more room.`
    }
  }
}
