/**
 * CRC-32C (Castagnoli) over what is stored, with the place where it belongs: a row that moved to
 * another index or term does not match either. Integers go in as little-endian uint64.
 */
import { createHasher, type Hasher } from '../../hash/hasher.js'
import type { Entry, EntryKind } from '../core/entry.js'

/** Two integers and a kind, or three integers. */
const headBytes = 24
/** What is longer gets a place of its own, for a while. */
const placeBytes = 64 << 10

const kindNumbers: Readonly<Record<EntryKind, number>> = { command: 0, configuration: 1, noop: 2 }
const kindNames: readonly EntryKind[] = ['command', 'configuration', 'noop']

/** How a kind is stored. */
export function kindToNumber(kind: EntryKind): number {
  return kindNumbers[kind]
}

/** undefined for a number that stands for no kind. */
export function kindFromNumber(number: number): EntryKind | undefined {
  return kindNames[number]
}

/** Not re-entrant. Made asynchronously once, as WebAssembly is compiled. */
export class Checksum {
  readonly #hasher: Hasher
  readonly #place = new Uint8Array(placeBytes)

  private constructor(hasher: Hasher) {
    this.#hasher = hasher
  }

  static async create(): Promise<Checksum> {
    return new Checksum(await createHasher())
  }

  /** Of a log entry, as uint32. */
  ofEntry(entry: Entry): number {
    return this.#of(entry.index, entry.term, kindToNumber(entry.kind), entry.data)
  }

  /** Of a chunk of the snapshot (index, term), as uint32. */
  ofChunk(index: number, term: number, chunk: number, bytes: Uint8Array): number {
    return this.#of(index, term, chunk, bytes)
  }

  #of(first: number, second: number, third: number, bytes: Uint8Array): number {
    const length = headBytes + bytes.length
    const place = length > placeBytes ? new Uint8Array(length) : this.#place
    const view = new DataView(place.buffer)
    view.setBigUint64(0, BigInt(first), true)
    view.setBigUint64(8, BigInt(second), true)
    view.setBigUint64(16, BigInt(third), true)
    place.set(bytes, headBytes)
    return this.#hasher.crc32c(place.subarray(0, length))
  }
}
