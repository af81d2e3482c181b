/**
 * MessagePack as Berth puts it on every wire: plain maps, arrays, strings, numbers, booleans, nil
 * and binary; no records and no extensions, so that any language can read it. What comes out of
 * `decode` is unchecked: validate it. Integers of 2^32 and more travel as float64.
 */
import { C1, Packr } from 'msgpackr'
import { BerthError } from '../errors/berth-error.js'

const packr = new Packr({
  useRecords: false,
  variableMapSize: true,
  int64AsType: 'number',
  encodeUndefinedAsNil: true,
})

/** The bytes of a value that holds only what plain MessagePack knows. */
export function encode(value: unknown): Uint8Array {
  return packr.pack(value)
}

/** @throws BerthError `invalid_message` when the bytes are not one whole MessagePack value. */
export function decode(bytes: Uint8Array): unknown {
  let value: unknown
  try {
    value = packr.unpack(bytes)
  } catch (error) {
    throw unreadable(error instanceof Error ? error.message : String(error))
  }
  // The library gives an object of its own for the byte that no value begins with.
  if (value === C1) throw unreadable('0xc1 begins no value')
  return value
}

function unreadable(reason: string): BerthError {
  return new BerthError('invalid_message', `The bytes are not MessagePack: ${reason}`)
}
