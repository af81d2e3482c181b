/** Writes the state as a snapshot; the form stands in snapshot-format.ts. */
import type { Member } from '../table/member.js'
import { encode } from '../wire/msgpack.js'
import type { ClusterState } from './cluster-state.js'
import type { NamespaceState } from './namespace-state.js'
import {
  chunkBytes,
  type MemberRecord,
  type SnapshotRecord,
  snapshotFormat,
} from './snapshot-format.js'

/**
 * The chunks of a snapshot. The state is a value, so nothing has to hold still meanwhile.
 * @param version of the form, by the feature level of the state
 */
export function* snapshotChunks(
  state: ClusterState,
  version: number,
  digest: string,
): Generator<Uint8Array> {
  let records: Uint8Array[] = []
  let bytes = 0
  for (const record of snapshotRecords(state, version, digest)) {
    const encoded = encode(record)
    records.push(encoded)
    bytes += encoded.length
    if (bytes < chunkBytes) continue
    yield asArray(records, bytes)
    records = []
    bytes = 0
  }
  if (records.length > 0) yield asArray(records, bytes)
}

function* snapshotRecords(
  state: ClusterState,
  version: number,
  digest: string,
): Generator<SnapshotRecord> {
  const { namespaces, results, ...header } = state
  yield ['header', snapshotFormat, version, header]
  for (const namespace of namespaces.values()) yield* namespaceRecords(namespace)
  for (const { key, index, term, calmMs, fingerprint, result } of results.list()) {
    yield ['result', key, index, term, calmMs, fingerprint, result]
  }
  yield ['end', digest]
}

function* namespaceRecords({ fields }: NamespaceState): Generator<SnapshotRecord> {
  const { name, table, steps, nextTypeSetId } = fields
  yield ['namespace', name, table.generation, table.factor, table.level, nextTypeSetId]
  const written = new Set<number>()
  function* typesOf({ typeSet: { id, types } }: Member): Generator<SnapshotRecord> {
    if (written.has(id)) return
    written.add(id)
    yield ['types', id, types]
  }
  for (const member of table.list()) {
    yield* typesOf(member)
    yield ['member', memberRecord(member)]
  }
  for (const [generation, { shape, digest, upserts, removes }] of steps.entries()) {
    yield ['step', generation, shape.factor, shape.level, digest]
    for (const member of upserts) {
      yield* typesOf(member)
      yield ['upsert', memberRecord(member)]
    }
    for (const gone of removes) yield ['gone', gone]
  }
  for (const [host, admission] of fields.admissions.entries()) {
    const { instance, secretHash, level, generation, atMs, retyped } = admission
    const said = [host, instance, secretHash, level, generation, atMs] as const
    if (retyped === undefined) yield ['admission', ...said]
    else yield ['retyped', ...said, retyped.number, retyped.withdrawn]
  }
  for (const removal of fields.removals.values()) {
    const { name: host, epoch, secretHash, level, reason, generation, atMs } = removal
    yield ['removal', host, epoch, secretHash, level, reason, generation, atMs]
  }
  for (const host of fields.cordons.keys()) yield ['cordon', host]
  for (const refusal of fields.refusals.entries()) yield ['refusal', ...refusal]
}

function memberRecord({ name, epoch, appId, typeSet, cordoned }: Member): MemberRecord {
  return [name, epoch, appId, typeSet.id, cordoned]
}

/** A MessagePack array of values that are encoded already: its head (array 32), then the values. */
function asArray(values: readonly Uint8Array[], bytes: number): Uint8Array {
  const headBytes = 5
  const array = new Uint8Array(headBytes + bytes)
  array[0] = 0xdd
  new DataView(array.buffer).setUint32(1, values.length, false)
  let at = headBytes
  for (const value of values) {
    array.set(value, at)
    at += value.length
  }
  return array
}
