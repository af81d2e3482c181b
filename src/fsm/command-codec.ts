/**
 * Commands as bytes: one type byte, then a MessagePack map of the command's fields and, if there is
 * one, its idempotency key. A type byte stands for one layout for ever: a layout that changes takes
 * a new byte. So a byte or a field that is not known here was written by a newer version, and the
 * replica that meets it must stop: to skip an entry would be to disagree about the state.
 */
import { BerthError } from '../errors/berth-error.js'
import { decode, encode } from '../wire/msgpack.js'
import { utf8Bytes } from '../wire/utf8-bytes.js'
import type { Command, LoggedCommand } from './command.js'
import { settingNames } from './settings-check.js'
import { count, flag, list, number, record, type Shape, text, unknownField } from './shape.js'

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
})
const removedHost = record(
  { namespace: text, name: text, epoch: count, reason },
  { refuseMs: count },
)

interface Layout {
  readonly byte: number
  readonly shape: Shape
}

const layouts: Readonly<Record<Command['kind'], Layout>> = {
  genesis: layout(1, { clusterId: text, cluster: text, lineage: text, settings }),
  lead: layout(2, { term: count, replica: count, key: text }),
  upsert: layout(10, { term: count, hosts: list(upsertedHost) }),
  remove: layout(4, { term: count, hosts: list(removedHost) }),
  disseminated: layout(5, { term: count, namespace: text, generation: count }),
  cordon: layout(6, { namespace: text, name: text, cordoned: flag }),
  settings: layout(7, { settings: someSettings }),
  register: layout(11, { replica: count, peer: text, api: text, key: text }),
  drop: layout(12, { namespace: text, spent: flag }),
  unregister: layout(9, { replica: count }),
  lift: layout(13, { namespace: text, name: text }),
  clock: layout(14, { elapsedMs: count }),
}

/** Layouts from before the first release, which are read no more. */
const retiredBytes: ReadonlySet<number> = new Set([3, 8])

const kindsByByte: ReadonlyMap<number, Command['kind']> = new Map(
  Object.entries(layouts).map(([kind, { byte }]) => [byte, kind as Command['kind']]),
)

interface Body {
  readonly key?: string
  readonly command: Omit<Command, 'kind'>
}

/** @throws BerthError `invalid_message` when `decodeCommand` would not take the bytes */
export function encodeCommand({ command, key }: LoggedCommand): Uint8Array {
  const { kind, ...fields } = command
  const { byte, shape } = layouts[kind]
  const body = key === undefined ? { command: fields } : { command: fields, key }
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
export function encodedOrFault(logged: LoggedCommand): Uint8Array | BerthError {
  try {
    return encodeCommand(logged)
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
  const kind = kindsByByte.get(byte)
  if (retiredBytes.has(byte)) {
    const detail = `A command has the type ${byte}, which this version of Berth reads no more.`
    throw new BerthError('older_version', detail)
  }
  if (kind === undefined) throw newer(`A command has the unknown type ${byte}`)
  let body: unknown
  try {
    body = decode(bytes.subarray(1))
  } catch (cause) {
    throw new BerthError('storage_damaged', `The ${kind} command is no MessagePack.`, { cause })
  }
  const fault = layouts[kind].shape(body, kind)
  if (fault?.startsWith(unknownField)) throw newer(`The command has an ${fault}`)
  if (fault !== undefined) throw new BerthError('storage_damaged', `The command ${fault}.`)
  const { command, key } = body as Body
  const decoded = { kind, ...command } as Command
  return key === undefined ? { command: decoded } : { command: decoded, key }
}

function newer(what: string): BerthError {
  return new BerthError(
    'newer_version',
    `${what}: a newer version of Berth wrote it. Start this replica with that version or later.`,
  )
}

function layout(byte: number, fields: Readonly<Record<string, Shape>>): Layout {
  return { byte, shape: record({ command: record({ atMs: count, ...fields }) }, { key }) }
}
