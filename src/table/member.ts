/**
 * A member of a placement table, and its bytes in the table's digest (asyncapi.yaml gives the
 * layout). A type set is one object for all members that have it.
 */
import type { ByteWriter } from '../hash/byte-writer.js'
import type { TableMember, TypeSet } from '../wire/messages.js'
import type { RingHost } from './ring.js'

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

/** The bytes whose BLAKE2b-128 goes into the sum of the table's digest. */
export function memberBytes(member: Member, writer: ByteWriter): Uint8Array {
  const { types } = member.typeSet
  writer.reset().text(member.name).uint64(member.epoch).text(member.appId)
  writer.uint8(member.cordoned ? 1 : 0).uint32(types.length)
  for (const type of types) writer.text(type)
  return writer.written()
}

/** As it travels: the type set by its id, and `cordoned` only when it is true. */
export function toWire(member: Member): TableMember {
  const { name, epoch, appId, typeSet } = member
  const sent = { name, epoch, appId, types: typeSet.id }
  return member.cordoned ? { ...sent, cordoned: true } : sent
}
