/**
 * A member of a placement table, and its bytes in the table's digest (asyncapi.yaml gives the
 * layout). A type set is one object for all members that have it.
 */
import type { TableMember, TypeSet } from '../wire/messages.js'
import type { RingHost } from './ring.js'
import type { TableContext } from './table-context.js'

export interface Member extends RingHost {
  /** Address of the host, its key within the namespace. */
  readonly name: string
  /** Names this admission of the host. */
  readonly epoch: number
  readonly appId: string
  readonly typeSet: TypeSet
  /** Keeps its membership, owns nothing. */
  readonly cordoned: boolean
}

/** Whether two members of one name are the same in every respect that a table knows. */
export function sameMember(a: Member, b: Member): boolean {
  return (
    a.epoch === b.epoch &&
    a.cordoned === b.cordoned &&
    a.typeSet.id === b.typeSet.id &&
    a.appId === b.appId
  )
}

/** 32 bytes over all that a table knows of a member. */
export function memberDigest(member: Member, context: TableContext): Uint8Array {
  const types = typesDigest(member.typeSet, context)
  const { hasher, writer } = context
  writer.reset().text(member.name).uint64(member.epoch).text(member.appId)
  return hasher.digest256(
    writer
      .uint8(member.cordoned ? 1 : 0)
      .raw(types)
      .written(),
  )
}

/** Over the types of a set, whatever its id. */
function typesDigest(set: TypeSet, { hasher, writer, typeDigests }: TableContext): Uint8Array {
  let digest = typeDigests.get(set)
  if (digest === undefined) {
    writer.reset().uint32(set.types.length)
    for (const type of set.types) writer.text(type)
    digest = hasher.digest256(writer.written())
    typeDigests.set(set, digest)
  }
  return digest
}

/** As it travels: the type set by its id, and `cordoned` only when it is true. */
export function toWire(member: Member): TableMember {
  const { name, epoch, appId, typeSet } = member
  const sent = { name, epoch, appId, types: typeSet.id }
  return member.cordoned ? { ...sent, cordoned: true } : sent
}
