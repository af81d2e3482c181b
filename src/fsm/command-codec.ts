/**
 * Commands as bytes: one type byte, then a MessagePack map of the command's fields and, if there is
 * one, its idempotency key. A type byte stands for one layout for ever: a layout that changes takes
 * a new byte, and is written from a feature level on (src/versions). So a byte or a field that is
 * not known here was written by a newer version, in a cluster that has reached a level that is not
 * known here, and the replica that meets it must stop: to skip an entry would be to disagree about
 * the state.
 */
import { BerthError } from '../errors/berth-error.js'
import { typesLevel } from '../versions/versions.js'
import { decode, encode } from '../wire/msgpack.js'
import { utf8Bytes } from '../wire/utf8-bytes.js'
import type { Command, LoggedCommand } from './command.js'
import { newerVersion } from './level-errors.js'
import { settingNames } from './settings-check.js'
import {
  count,
  flag,
  list,
  number,
  record,
  type Shape,
  text,
  uint32,
  unknownField,
} from './shape.js'

/** In bytes of UTF-8. */
export const idempotencyKeyBytesMax = 128

const reason: Shape = (value, path) =>
  ['left', 'expired', 'evicted', 'straggler'].includes(value as string)
    ? undefined
    : `${path} is no reason`
const key: Shape = (value, path) => {
  const fault = text(value, path)
  if (fault !== undefined) return fault
  const bytes = utf8Bytes(value as string)
  return bytes > 0 && bytes <= idempotencyKeyBytesMax ? undefined : `${path} has ${bytes} bytes`
}

const hash: Shape = (value, path) =>
  typeof value === 'string' && /^[\w-]{43}$/.test(value) ? undefined : `${path} is no hash`

const settings = record(Object.fromEntries(settingNames.map((name) => [name, number])))
const someSettings = record({}, Object.fromEntries(settingNames.map((name) => [name, number])))
const upsertedHost = record({
  namespace: text,
  name: text,
  instance: text,
  secretHash: hash,
  appId: text,
  types: list(text),
  level: uint32,
})
const removedHost = record(
  { namespace: text, name: text, epoch: count, reason },
  { refuseMs: count },
)
const retypedHost = record({
  namespace: text,
  name: text,
  epoch: count,
  number: count,
  types: list(text),
})

interface Layout {
  readonly byte: number
  /** The fields that it has, beside the time. */
  readonly names: ReadonlySet<string>
  readonly shape: Shape
  /** The feature level from which on it may be written. */
  readonly since: number
}

/** Of a kind, by rising level: the last one that the cluster may have is written, all are read. */
type Layouts = readonly [Layout, ...Layout[]]

const layouts: Readonly<Record<Command['kind'], Layouts>> = {
  genesis: [layout(17, { clusterId: text, cluster: text, lineage: text, level: uint32, settings })],
  lead: [layout(2, { term: count, replica: count, key: text })],
  upsert: [layout(16, { term: count, hosts: list(upsertedHost) })],
  remove: [layout(4, { term: count, hosts: list(removedHost) })],
  retype: [layout(19, { term: count, hosts: list(retypedHost) }, typesLevel)],
  disseminated: [layout(5, { term: count, namespace: text, generation: count })],
  cordon: [layout(6, { namespace: text, name: text, cordoned: flag })],
  settings: [layout(18, { settings: someSettings })],
  register: [layout(11, { replica: count, peer: text, api: text, key: text })],
  drop: [layout(12, { namespace: text, spent: flag })],
  unregister: [layout(9, { replica: count })],
  lift: [layout(13, { namespace: text, name: text })],
  clock: [layout(14, { elapsedMs: count })],
  level: [layout(15, { level: uint32, tableLevel: uint32 })],
}

/** Layouts from before the first release, which are read no more. */
const retiredBytes: ReadonlySet<number> = new Set([1, 3, 7, 8, 10])

const layoutsByByte = new Map(
  Object.entries(layouts).flatMap(([kind, list]) =>
    list.map((each) => [each.byte, { ...each, kind: kind as Command['kind'] }] as const),
  ),
)

interface Body {
  readonly key?: string
  readonly command: Omit<Command, 'kind'>
}

/**
 * @param level of the cluster
 * @throws BerthError `invalid_message` when `decodeCommand` would not take the bytes,
 *   `level_too_low` when some replica of this level might not
 */
export function encodeCommand({ command, key }: LoggedCommand, level: number): Uint8Array {
  const { kind, ...fields } = command
  const chosen = layouts[kind].findLast(({ since }) => since <= level)
  if (chosen === undefined) throw levelTooLow(kind, layouts[kind][0].since, level)
  const { byte, shape } = chosen
  const written = withoutLater(fields, chosen, layouts[kind])
  const body = key === undefined ? { command: written } : { command: written, key }
  const fault = shape(body, kind)
  if (fault !== undefined) throw new BerthError('invalid_message', `The command ${fault}.`)
  const packed = encode(body)
  const bytes = new Uint8Array(1 + packed.length)
  bytes[0] = byte
  bytes.set(packed, 1)
  return bytes
}

/**
 * The bytes of a command, or what `encodeCommand` would throw: for whoever proposes it. A command
 * that cannot be written fails by itself and takes nobody with it.
 */
export function encodedOrFault(logged: LoggedCommand, level: number): Uint8Array | BerthError {
  try {
    return encodeCommand(logged, level)
  } catch (error) {
    if (error instanceof BerthError) return error
    throw error
  }
}

/**
 * @throws BerthError `newer_version` for a type byte or a field that this version does not know,
 *   `older_version` for a type byte that it knows no more, `storage_damaged` for all else that
 *   `encodeCommand` did not make; each must stop the replica
 */
export function decodeCommand(bytes: Uint8Array): LoggedCommand {
  const [byte] = bytes
  if (byte === undefined) throw new BerthError('storage_damaged', 'A command has no bytes.')
  const layout = layoutsByByte.get(byte)
  if (retiredBytes.has(byte)) {
    const detail = `A command has the type ${byte}, which this version of Berth reads no more.`
    throw new BerthError('older_version', detail)
  }
  if (layout === undefined) throw newerVersion(`A command has the unknown type ${byte}`)
  const { kind, shape } = layout
  let body: unknown
  try {
    body = decode(bytes.subarray(1))
  } catch (cause) {
    throw new BerthError('storage_damaged', `The ${kind} command is no MessagePack.`, { cause })
  }
  const fault = shape(body, kind)
  if (fault?.startsWith(unknownField)) throw newerVersion(`The command has an ${fault}`)
  if (fault !== undefined) throw new BerthError('storage_damaged', `The command ${fault}.`)
  const { command, key } = body as Body
  const decoded = { kind, ...command } as Command
  return key === undefined ? { command: decoded } : { command: decoded, key }
}

/** The fields, but for those that only later layouts have. */
function withoutLater(fields: object, { names, since }: Layout, all: Layouts): object {
  const later = all.filter((each) => each.since > since)
  const isLater = (name: string) => !names.has(name) && later.some((each) => each.names.has(name))
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !isLater(name)))
}

function levelTooLow(kind: string, since: number, level: number): BerthError {
  return new BerthError(
    'level_too_low',
    `"${kind}" needs feature level ${since}, the cluster is at ${level}: not all of it is ` +
      'upgraded yet. GET /v1/cluster says who is not.',
  )
}

function layout(byte: number, fields: Readonly<Record<string, Shape>>, since = 1): Layout {
  const shape = record({ command: record({ atMs: count, ...fields }) }, { key })
  return { byte, names: new Set(Object.keys(fields)), shape, since }
}
