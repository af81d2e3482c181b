/**
 * The bytes of a snapshot: four bytes of length (big-endian), the roster, then whatever the state
 * machine gave. They are cut into chunks of equal size; the borders mean nothing.
 */
import { BerthError } from '../../errors/berth-error.js'
import { Roster } from './roster.js'

const lengthBytes = 4
/** Cutting looks at so many pieces of the machine at a time; then other work goes on (bug L16). */
const piecesPerStep = 64

/** Cuts the pieces of a state machine into chunks, a few pieces at a step. */
export class ChunkCutter {
  readonly #pieces: Iterator<Uint8Array>
  readonly #chunkBytes: number
  #parts: Uint8Array[]
  #partBytes: number
  #ended = false

  constructor(roster: Roster, pieces: Iterator<Uint8Array>, chunkBytes: number) {
    this.#pieces = pieces
    this.#chunkBytes = chunkBytes
    const head = roster.encode()
    const length = new Uint8Array(lengthBytes)
    new DataView(length.buffer).setUint32(0, head.length)
    this.#parts = [length, head]
    this.#partBytes = lengthBytes + head.length
  }

  /** Everything has been cut. */
  get hasEnded(): boolean {
    return this.#ended && this.#partBytes === 0
  }

  /** The next chunk; null when this step has not come to its end. */
  step(): Uint8Array | null {
    for (let left = piecesPerStep; left > 0 && !this.#isFull && !this.#ended; left -= 1) {
      const { done, value } = this.#pieces.next()
      if (done === true) this.#ended = true
      else this.#push(value)
    }
    return this.#isFull || (this.#ended && this.#partBytes > 0) ? this.#cut() : null
  }

  get #isFull(): boolean {
    return this.#partBytes >= this.#chunkBytes
  }

  #push(piece: Uint8Array): void {
    this.#parts.push(piece)
    this.#partBytes += piece.length
  }

  /** Only the last part can reach beyond the chunk. */
  #cut(): Uint8Array {
    const last = this.#parts.pop()!
    const before = this.#partBytes - last.length
    const chunkBytes = Math.min(this.#chunkBytes, this.#partBytes)
    const end = chunkBytes - before
    const chunk = joined([...this.#parts, last.subarray(0, end)], chunkBytes)
    const rest = last.subarray(end)
    this.#parts = rest.length > 0 ? [rest] : []
    this.#partBytes = rest.length
    return chunk
  }
}

/**
 * Takes a snapshot apart.
 * @returns the roster, and the chunks of the state machine
 * @throws BerthError `snapshot_damaged`
 */
export function openSnapshot(chunks: readonly Uint8Array[]): {
  readonly roster: Roster
  readonly machine: readonly Uint8Array[]
} {
  const length = taken(chunks, lengthBytes)
  const view = new DataView(length.head.buffer, length.head.byteOffset, lengthBytes)
  const { head, rest } = taken(length.rest, view.getUint32(0))
  return { roster: Roster.decode(head), machine: rest }
}

/** The first `count` bytes, and the rest as chunks. */
function taken(chunks: readonly Uint8Array[], count: number) {
  const parts: Uint8Array[] = []
  let missing = count
  let at = 0
  for (; at < chunks.length && missing > chunks[at]!.length; at += 1) {
    parts.push(chunks[at]!)
    missing -= chunks[at]!.length
  }
  const last = chunks[at]
  if (last === undefined) {
    throw new BerthError('snapshot_damaged', 'The snapshot ends before its state begins.')
  }
  parts.push(last.subarray(0, missing))
  const rest = [last.subarray(missing), ...chunks.slice(at + 1)]
  return { head: joined(parts, count), rest: rest.filter(({ length }) => length > 0) }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
