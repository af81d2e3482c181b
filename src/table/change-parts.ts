/**
 * A table change in parts whose MessagePack stays below a limit, and the putting together of such
 * parts. Each part is a change with the same frame (from, to, digest, factor, level, hash) and a
 * share of the type sets, upserts and removes; none makes sense alone, so none is applied alone.
 */
import { BerthError } from '../errors/berth-error.js'
import type { TableChange, TableMember, TypeSet } from '../wire/messages.js'
import { utf8Bytes } from '../wire/utf8-bytes.js'

/** A change has at most so many parts (asyncapi.yaml). */
export const partsMax = 65_535

/** Longest heads in MessagePack: of a text, a number, an array. */
const textHeadBytesMax = 5
const numberBytesMax = 9
const arrayHeadBytesMax = 5
/** A map of up to 15 entries. */
const mapHeadBytes = 1
/** Keys of up to 31 bytes. */
const keyHeadBytes = 1

interface Share {
  readonly typeSets: TypeSet[]
  readonly upserts: TableMember[]
  readonly removes: string[]
}

/**
 * The change in parts, in linear time; one part when it fits.
 *
 * @param bytesMax limit for the encoded change, without the message around it
 * @throws BerthError `too_large` when one member or type set alone is above the limit
 */
export function split(change: TableChange, bytesMax: number): TableChange[] {
  const parts: Share[] = []
  const frameBytes = changeFrameBytes(change)
  let left = 0
  const room = (bytes: number): Share => {
    if (parts.length === 0 || bytes > left) {
      if (frameBytes + bytes > bytesMax) throw tooLarge(frameBytes + bytes, bytesMax)
      parts.push({ typeSets: [], upserts: [], removes: [] })
      left = bytesMax - frameBytes
    }
    left -= bytes
    return parts.at(-1)!
  }
  room(0)
  for (const set of change.typeSets ?? []) room(typeSetBytes(set)).typeSets.push(set)
  for (const member of change.upserts) room(memberBytesMax(member)).upserts.push(member)
  for (const name of change.removes ?? []) room(textBytes(name)).removes.push(name)
  if (parts.length > partsMax) throw tooLarge(parts.length * bytesMax, partsMax * bytesMax)
  return parts.map((share) => withShare(change, share))
}

/** The encoded change, or a part of one, is at most so long, in bytes. */
export function changeBytesMax(change: TableChange): number {
  const sum = <T>(items: readonly T[], bytes: (item: T) => number) =>
    items.reduce((total, item) => total + bytes(item), 0)
  return (
    changeFrameBytes(change) +
    sum(change.typeSets ?? [], typeSetBytes) +
    sum(change.upserts, memberBytesMax) +
    sum(change.removes ?? [], textBytes)
  )
}

/** What is empty is left out. */
function withShare({ typeSets: _, removes: __, ...frame }: TableChange, share: Share): TableChange {
  const { typeSets, upserts, removes } = share
  return {
    ...frame,
    ...(typeSets.length > 0 ? { typeSets } : {}),
    upserts,
    ...(removes.length > 0 ? { removes } : {}),
  }
}

/** What became of a part: see `PartCollector.add`. */
export type PartOutcome =
  | { readonly kind: 'complete'; readonly change: TableChange }
  | { readonly kind: 'missing'; readonly missing: number }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'foreign' }

/** Collects the parts of one change, in any order; holds no more than it was made for. */
export class PartCollector {
  readonly #parts: (TableChange | undefined)[]
  readonly #first: TableChange
  #missing: number

  /** @param change any part of the change; it is not yet added */
  constructor(change: TableChange, parts: number) {
    this.#parts = new Array<undefined>(parts).fill(undefined)
    this.#first = change
    this.#missing = parts
  }

  /**
   * Takes one part over. A part that was there before is a `duplicate`; one of another change,
   * another number of parts or out of their range is `foreign`. Neither alters anything.
   */
  add(part: number, parts: number, change: TableChange): PartOutcome {
    if (parts !== this.#parts.length || part < 1 || part > parts) return { kind: 'foreign' }
    if (!sameFrame(change, this.#first)) return { kind: 'foreign' }
    if (this.#parts[part - 1] !== undefined) return { kind: 'duplicate' }
    this.#parts[part - 1] = change
    this.#missing -= 1
    if (this.#missing > 0) return { kind: 'missing', missing: this.#missing }
    return { kind: 'complete', change: concatenate(this.#parts as readonly TableChange[]) }
  }
}

/**
 * The change that `split` took apart.
 *
 * @param parts all of them, in any order
 * @throws BerthError `table_mismatch` when they are not of one change
 */
export function join(parts: readonly TableChange[]): TableChange {
  const [first] = parts
  if (first === undefined) throw new BerthError('table_mismatch', 'A change has one part or more.')
  if (!parts.every((part) => sameFrame(part, first))) {
    throw new BerthError('table_mismatch', 'The parts are not of one change.')
  }
  return concatenate(parts)
}

function concatenate(parts: readonly TableChange[]): TableChange {
  return withShare(parts[0]!, {
    typeSets: parts.flatMap((part) => part.typeSets ?? []),
    upserts: parts.flatMap((part) => part.upserts),
    removes: parts.flatMap((part) => part.removes ?? []),
  })
}

function sameFrame(a: TableChange, b: TableChange): boolean {
  return (
    a.from === b.from &&
    a.to === b.to &&
    a.digest === b.digest &&
    a.factor === b.factor &&
    a.level === b.level &&
    a.hash === b.hash
  )
}

function changeFrameBytes(change: TableChange): number {
  const keys = Object.keys(change).reduce((bytes, key) => bytes + keyHeadBytes + key.length, 0)
  const values = 4 * numberBytesMax + textBytes(change.digest) + textBytes(change.hash ?? '')
  return mapHeadBytes + keys + values + 3 * arrayHeadBytesMax
}

function typeSetBytes({ types }: TypeSet): number {
  const frame = mapHeadBytes + 2 * keyHeadBytes + 'id'.length + 'types'.length
  const texts = types.reduce((bytes, type) => bytes + textBytes(type), 0)
  return frame + numberBytesMax + arrayHeadBytesMax + texts
}

function memberBytesMax(member: TableMember): number {
  const keys = Object.keys(member).reduce((bytes, key) => bytes + keyHeadBytes + key.length, 0)
  const cordonedBytes = 1
  const texts = textBytes(member.name) + textBytes(member.appId)
  return mapHeadBytes + keys + texts + 2 * numberBytesMax + cordonedBytes
}

function textBytes(text: string): number {
  return textHeadBytesMax + utf8Bytes(text)
}

function tooLarge(bytes: number, bytesMax: number): BerthError {
  return new BerthError('too_large', `A table part needs ${bytes} bytes, ${bytesMax} are allowed.`)
}
