/**
 * Shapes of the records of a snapshot (snapshot-format.ts). Its digest alone does not tell whether
 * it is right: it is over what the values stand for, and a `null` stands for `false` there.
 */
import { settingNames } from './settings-check.js'
import { count, flag, list, record, type Shape, text, tuple, uint32 } from './shape.js'
import type { SnapshotRecord } from './snapshot-format.js'
import { clockShape } from './state-clock.js'

/** Of two counts: until when a name is refused. */
const sum: Shape = (value, path) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 2 ** 54
    ? undefined
    : `${path} is no sum of counts`
/** Stands in the digest as the bytes that it has. */
const result: Shape = (value, path) =>
  typeof value === 'object' && value !== null ? undefined : `${path} is no result`
const origin: Shape = (value, path) =>
  value === null
    ? undefined
    : record({ clusterId: text, cluster: text, lineage: text })(value, path)

const header = record({
  ...{ appliedIndex: count, appliedTerm: count, origin, level: count },
  settings: record(Object.fromEntries(settingNames.map((name) => [name, count]))),
  ...{ fenceAfterCeilingMs: count, fenceMarginCeilingMs: count, hostTimeoutCeilingMs: count },
  clock: clockShape,
  leaders: list(record({ term: count, replica: count, key: text })),
  replicas: list(record({ replica: count, peer: text, api: text, key: text })),
  ...{ registryIndex: count, generationFloor: count },
})
const member = tuple(text, count, text, uint32, flag)

/** Of what follows the name of each kind. */
const shapes: Readonly<Record<SnapshotRecord[0], readonly Shape[]>> = {
  header: [text, count, header],
  namespace: [text, count, uint32, uint32, uint32],
  types: [uint32, list(text)],
  member: [member],
  step: [count, uint32, uint32, text],
  upsert: [member],
  gone: [text],
  admission: [text, text, text, uint32, count, count],
  retyped: [text, text, text, uint32, count, count, count, flag],
  removal: [text, count, text, uint32, text, count, count],
  cordon: [text],
  refusal: [text, sum],
  result: [text, count, count, count, text, result],
  end: [text],
}
const tuples = new Map(Object.entries(shapes).map(([kind, of]) => [kind, tuple(text, ...of)]))

/** What is wrong with a record of this version; undefined when it is right. */
export function faultInRecord(value: unknown): string | undefined {
  const [kind] = Array.isArray(value) ? value : []
  const shape = typeof kind === 'string' ? tuples.get(kind) : undefined
  return shape === undefined ? 'it has no kind that is known' : shape(value, String(kind))
}
