/**
 * MessagePack as Berth puts it on every wire: plain maps, arrays, strings, numbers, booleans, nil
 * and binary; no records and no extensions, so that any language can read it. What comes out of
 * `decode` is plain, but unchecked: validate it. Integers of 2^32 and more travel as float64.
 */
import { Packr } from 'msgpackr'
import { BerthError } from '../errors/berth-error.js'
import { messageOf } from '../errors/message-of.js'
import { scanMsgpack } from './msgpack-scan.js'

/**
 * Most values of one message where nothing less is said: as many as a frame between replicas
 * (16 MiB) can hold of what replicas say, whose values take four bytes on average at least.
 */
export const valuesMaxDefault = 1 << 22

/** Most values of what a host says; a hello with all types that it may have has 300. */
export const hostValuesMax = 1_024

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

/**
 * @param valuesMax most values, those in arrays and maps and the keys of maps counted
 * @throws BerthError `invalid_message` when the bytes are not one whole plain value, or hold more
 */
export function decode(bytes: Uint8Array, valuesMax = valuesMaxDefault): unknown {
  scanMsgpack(bytes, valuesMax)
  try {
    return packr.unpack(bytes)
  } catch (error) {
    const reason = messageOf(error)
    throw new BerthError('invalid_message', `The bytes are not MessagePack: ${reason}`)
  }
}
