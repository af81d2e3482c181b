/**
 * Messages in which tables stand, as pieces of one frame. Each table is encoded once for all
 * connections of a subprotocol, and those that wait to be sent share its bytes: a thousand hosts
 * that come at once cost one table, not a thousand. The pieces go out as fragments of one message
 * (RFC 6455 §5.4); put together they are what `encodeFrame` gives.
 *
 * An encoded table lasts as long as the object that was encoded, which must not change.
 */
import type { ReplicaMessage, TableAnswer, TableChange, Welcome } from '../../wire/messages.js'
import { encode } from '../../wire/msgpack.js'
import type { Subprotocol } from './subprotocol.js'

/** A message with tables in it. */
export type TableMessage = Welcome | TableAnswer

/** A table of fewer bytes is copied into the piece around it. */
const sharedBytesMin = 4 * 1024

export function hasTables(message: ReplicaMessage): message is TableMessage {
  return message.kind === 'welcome' || message.kind === 'table'
}

export class TableFrames {
  readonly #encoded: Readonly<Record<Subprotocol, WeakMap<TableChange, Buffer>>> = {
    'berth.v1+json': new WeakMap(),
    'berth.v1+msgpack': new WeakMap(),
  }

  /** At least one; in order they are the frame. */
  pieces(subprotocol: Subprotocol, message: TableMessage): readonly Buffer[] {
    const pieces = new Pieces()
    const writer = subprotocol === 'berth.v1+json' ? json : messagePack
    this.#writeMap(pieces, subprotocol, writer, message)
    return pieces.take()
  }

  #writeMap(pieces: Pieces, subprotocol: Subprotocol, writer: Writer, map: object): void {
    const entries = Object.entries(map)
    pieces.add(writer.begin(entries.length))
    entries.forEach(([key, value], i) => {
      pieces.add(writer.key(key, i))
      if (key === 'table' || key === 'change') pieces.add(this.#table(subprotocol, writer, value))
      else if (key === 'round') this.#writeMap(pieces, subprotocol, writer, value)
      else pieces.add(writer.value(value))
    })
    pieces.add(writer.end)
  }

  #table(subprotocol: Subprotocol, writer: Writer, table: TableChange): Buffer {
    let bytes = this.#encoded[subprotocol].get(table)
    if (bytes === undefined) {
      bytes = writer.value(table)
      this.#encoded[subprotocol].set(table, bytes)
    }
    return bytes
  }
}

/** Small parts are put together, large ones stand alone and are shared. */
class Pieces {
  readonly #pieces: Buffer[] = []
  #small: Buffer[] = []

  add(part: Buffer): void {
    if (part.length < sharedBytesMin) this.#small.push(part)
    else {
      this.#close()
      this.#pieces.push(part)
    }
  }

  take(): readonly Buffer[] {
    this.#close()
    return this.#pieces
  }

  #close(): void {
    const whole = Buffer.concat(this.#small)
    if (whole.length > 0) this.#pieces.push(whole)
    this.#small = []
  }
}

/** How a map is written bit by bit. */
interface Writer {
  begin(entries: number): Buffer
  key(key: string, at: number): Buffer
  value(value: unknown): Buffer
  readonly end: Buffer
}

const json: Writer = {
  begin: () => Buffer.from('{'),
  key: (key, at) => Buffer.from(`${at === 0 ? '' : ','}${JSON.stringify(key)}:`),
  value: (value) => Buffer.from(JSON.stringify(value)),
  end: Buffer.from('}'),
}

const messagePack: Writer = {
  begin: (entries) => {
    // fixmap, else map 16
    if (entries < 16) return Buffer.of(0x80 | entries)
    return Buffer.of(0xde, entries >> 8, entries & 0xff)
  },
  key: (key) => Buffer.from(encode(key)),
  value: (value) => Buffer.from(encode(value)),
  end: Buffer.alloc(0),
}
