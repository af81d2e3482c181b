/**
 * CRC-32C (Castagnoli) over what is stored, with the place where it belongs: a row that moved to
 * another index or term does not match either. Integers go in as little-endian uint64.
 */
import { createCRC32, type IHasher } from 'hash-wasm'
import type { Entry, EntryKind } from '../core/entry.js'

/** The Castagnoli polynomial in the reversed form that hash-wasm takes. */
const castagnoli = 0x82f63b78
/** Two integers and a kind, or three integers. */
const headBytes = 24

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
  private readonly hasher: IHasher
  private readonly head = new Uint8Array(headBytes)
  private readonly view = new DataView(this.head.buffer)

  private constructor(hasher: IHasher) {
    this.hasher = hasher
  }

  static async create(): Promise<Checksum> {
    return new Checksum(await createCRC32(castagnoli))
  }

  /** Of a log entry, as uint32. */
  ofEntry(entry: Entry): number {
    return this.of(entry.index, entry.term, kindToNumber(entry.kind), entry.data)
  }

  /** Of a chunk of the snapshot (index, term), as uint32. */
  ofChunk(index: number, term: number, chunk: number, bytes: Uint8Array): number {
    return this.of(index, term, chunk, bytes)
  }

  private of(first: number, second: number, third: number, bytes: Uint8Array): number {
    this.view.setBigUint64(0, BigInt(first), true)
    this.view.setBigUint64(8, BigInt(second), true)
    this.view.setBigUint64(16, BigInt(third), true)
    const sum = this.hasher.init().update(this.head).update(bytes).digest('binary')
    return ((sum[0]! << 24) | (sum[1]! << 16) | (sum[2]! << 8) | sum[3]!) >>> 0
  }
}
