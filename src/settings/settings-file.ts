/**
 * Settings from a file in YAML, or in JSON, which is YAML too: one mapping from names of settings
 * to texts, numbers, switches and lists of these. What a message shows of a file are its keys and
 * lines, never its values: they may be secrets.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { isMap, isScalar, isSeq, LineCounter, type Pair, parseDocument, type Scalar } from 'yaml'
import { BerthError } from '../errors/berth-error.js'
import { messageOf } from '../errors/message-of.js'
import type { GivenSetting } from './read-settings.js'

/** Longest file that is read, in bytes. */
export const settingsFileBytesMax = 1024 * 1024

/**
 * @param names keys that it may have
 * @throws BerthError `invalid_config` that names the file, and the key or line
 */
export function readSettingsFile(
  path: string,
  names: readonly string[],
): ReadonlyMap<string, GivenSetting> {
  return parseSettings(path, textOf(path, readBytes(path)), names)
}

// ---- the file ------------------------------------------------------------------------------

function readBytes(path: string): Uint8Array {
  let file: number
  try {
    // A pipe that nobody writes to would be waited for.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw wrong(path, `it cannot be opened (${messageOf(error)})`)
  }
  try {
    if (!fstatSync(file).isFile()) throw wrong(path, 'it is no file')
    return readAll(path, file)
  } catch (error) {
    if (error instanceof BerthError) throw error
    throw wrong(path, `it cannot be read (${messageOf(error)})`)
  } finally {
    closeSync(file)
  }
}

function readAll(path: string, file: number): Uint8Array {
  const { size } = fstatSync(file)
  // Some files do not say how long they are; a byte more shows that there is more.
  const bytes = new Uint8Array(Math.min(Math.max(size, 65_536), settingsFileBytesMax) + 1)
  let length = 0
  for (;;) {
    const read = readSync(file, bytes, length, bytes.length - length, null)
    if (read === 0) return bytes.subarray(0, length)
    length += read
    if (length > settingsFileBytesMax) {
      throw wrong(path, `it is longer than ${settingsFileBytesMax} bytes`)
    }
    if (length === bytes.length) throw wrong(path, 'it grew while it was read')
  }
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw wrong(path, 'it is no text in UTF-8')
  }
}

// ---- what is in it -------------------------------------------------------------------------

function parseSettings(
  path: string,
  text: string,
  names: readonly string[],
): ReadonlyMap<string, GivenSetting> {
  const lines = new LineCounter()
  // Of a key that is there twice, the key is named below.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  })
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined) {
    const { line } = lines.linePos(fault.pos[0])
    throw wrong(path, `line ${line} is not YAML (${fault.code.toLowerCase().replaceAll('_', ' ')})`)
  }
  const { contents } = document
  const given = new Map<string, GivenSetting>()
  // Of a file that has comments alone.
  if (contents === null || (isScalar(contents) && contents.value === null)) return given
  if (!isMap(contents)) throw wrong(path, 'it holds no mapping from names of settings to values')
  for (const pair of contents.items) {
    const key = keyOf(path, pair, names)
    if (given.has(key)) throw wrong(path, `"${key}" stands in it twice`)
    given.set(key, { text: writtenOf(path, key, pair.value), source: `${path}: ${key}` })
  }
  return given
}

function keyOf(path: string, { key }: Pair, names: readonly string[]): string {
  const name = isScalar(key) && typeof key.value === 'string' ? key.value : null
  if (name === null) throw wrong(path, 'a key of it is no text')
  if (names.includes(name)) return name
  // What is no name may be a value that stands in the wrong place.
  const shown = /^[A-Za-z][\w-]{0,40}$/.test(name) ? `"${name}"` : 'one of its keys'
  throw wrong(path, `${shown} is no setting; there are: ${names.join(', ')}`)
}

/** As it would be written behind a flag. */
function writtenOf(path: string, key: string, value: unknown): string {
  if (isScalar(value)) return textOfScalar(path, key, value)
  if (!isSeq(value)) {
    throw wrong(path, `"${key}" is neither a text, a number, true or false, nor a list of these`)
  }
  const parts = value.items.map((item) => {
    if (!isScalar(item)) throw wrong(path, `"${key}" is a list of what is neither text nor number`)
    return textOfScalar(path, key, item)
  })
  if (parts.some((part) => part === '' || part.includes(','))) {
    throw wrong(path, `"${key}" is a list, and one of it is empty or has a comma in it`)
  }
  return parts.join(',')
}

function textOfScalar(path: string, key: string, { value, source }: Scalar): string {
  switch (typeof value) {
    case 'string':
      return value
    case 'boolean':
      return String(value)
    // As it is written: 1.0 and 010 are no whole numbers here either.
    case 'number':
    case 'bigint':
      return source ?? String(value)
    default:
      throw wrong(path, `"${key}" has no value; for none leave it out, or write ""`)
  }
}

function wrong(path: string, detail: string): BerthError {
  return new BerthError('invalid_config', `--config ${path}: ${detail}.`)
}
