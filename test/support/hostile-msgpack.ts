/** Bytes of MessagePack that cost whoever decodes them far more than their number. */

const extensionOf = (type: number, id: number) => [0xd6, type, 0, 0, id >> 8, id & 0xff]
/** Names the value that follows. */
const named = (id: number) => extensionOf(0x69, id)
/** Stands for the value of that name. */
const same = (id: number) => extensionOf(0x70, id)

/**
 * A list of pairs, each of which holds the one before twice: 19 bytes more, and what it spells out
 * to is twice as large.
 */
export function doublingGraph(pairs: number, trailing: readonly number[] = []): Uint8Array {
  const list = [0xdc, (pairs + 1) >> 8, (pairs + 1) & 0xff, ...named(0), 0x91, 0x01]
  for (let id = 1; id <= pairs; id += 1)
    list.push(...named(id), 0x92, ...same(id - 1), ...same(id - 1))
  return Uint8Array.from([...list, ...trailing])
}

/** A map whose key is a bigint of so many bytes: the decoder writes it out in decimal. */
export function bigintKey(bytes: number): Uint8Array {
  const key = new Uint8Array(bytes).fill(0x5a)
  const length = [bytes >>> 24, (bytes >> 16) & 0xff, (bytes >> 8) & 0xff, bytes & 0xff]
  return Uint8Array.from([0x81, 0xc9, ...length, 0x42, ...key, 0xc0])
}

/** An error with this text, as the extension that the decoder makes an `Error` of. */
export function errorExtension(text: string): Uint8Array {
  const name = Buffer.from('TypeError')
  const head = [0xc7, 0x00, 0x65, 0x92, 0xa0 + name.length, ...name]
  return Uint8Array.from([
    ...head,
    0xda,
    text.length >> 8,
    text.length & 0xff,
    ...Buffer.from(text),
  ])
}

/** A message behind an extension that names it: whoever knows extensions sees no difference. */
export function underAName(message: Uint8Array): Uint8Array {
  return Uint8Array.from([...named(0), ...message])
}

/** All of them, small enough that a decoder which takes them takes seconds at most. */
export const hostileMessages: readonly (readonly [string, Uint8Array])[] = [
  ['a graph that doubles with each pair', doublingGraph(20)],
  ['such a graph with a byte behind it', doublingGraph(20, [0x00])],
  ['a bigint for a key', bigintKey(60_000)],
  ['an error', errorExtension('x'.repeat(1_000))],
]
