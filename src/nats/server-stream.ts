/**
 * What a NATS server sends, looked over before the client of the package sees it: that one keeps
 * whatever comes for as long as no line ends, reserves what a message claims, and stops reading for
 * ever, with the connection open, at what it does not understand. Here a line and a message have
 * bounds, and what breaks the protocol is an error at once.
 *
 * What only strangers can have caused, who publish through a server that does its part, is left out
 * and counted instead: a message above the bounds, or one with too much of a head, for which the
 * client takes time by the square of its fields.
 *
 * Holds no more than one begun line. Pure; knows nothing of sockets.
 */
import { BerthError } from '../errors/berth-error.js'
import type { Forbidden } from './forbidden-subjects.js'

/** Longest line: an INFO with all servers of a cluster, or a message with a long reply subject. */
export const lineBytesMax = 64 * 1024
/** Largest message that is let through; no order or answer of ours is larger. */
export const payloadBytesMax = 8 * 1024 * 1024
/** Largest block of headers that is let through; ours take about 200 bytes. */
export const headerBytesMax = 1_024
/** No NATS server takes larger messages than this. */
const claimBytesMax = 64 * 1024 * 1024

/** Of what a server says of itself, what Berth and the client rest on. */
export interface ServerFacts {
  /** `host:port` of other servers of its cluster. */
  readonly connectUrls: readonly string[]
}

/** Refusals that are kept until somebody asks for them; of more the last are left out. */
const refusalsMax = 64
/** `'Permissions Violation for Subscription to "a.b" using queue "q"'` */
const refusal = /^'Permissions Violation for (Publish|Subscription) to "([!#-~]{1,512})"/

const carriageReturn = 13
const lineFeed = 10

export class ServerStream {
  /** Room for a line that came in pieces, and how much of it has come. */
  #begun = new Uint8Array(0)
  #begunBytes = 0
  /** Of a message and the end of its line, what is still to come. */
  #left = 0
  #isLeftOut = false
  #facts: ServerFacts | null = null
  #leftOut = 0
  #refusals: Forbidden[] = []

  /** What its newest INFO says; null before the first. */
  get facts(): ServerFacts | null {
    return this.#facts
  }

  /** Messages that were left out. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** What it has said since the last call that this client may not do. */
  takeRefusals(): readonly Forbidden[] {
    const refusals = this.#refusals
    if (refusals.length > 0) this.#refusals = []
    return refusals
  }

  /**
   * @returns what the client may see of it
   * @throws BerthError `invalid_message` when this is no NATS server, or not one to listen to
   */
  take(chunk: Uint8Array): Uint8Array[] {
    const passed: Uint8Array[] = []
    for (let at = 0; at < chunk.length; ) {
      at = this.#left > 0 ? this.#payload(chunk, at, passed) : this.#lines(chunk, at, passed)
    }
    return passed
  }

  #payload(chunk: Uint8Array, from: number, passed: Uint8Array[]): number {
    const end = Math.min(chunk.length, from + this.#left)
    for (let at = Math.max(from, from + this.#left - 2); at < end; at += 1) {
      const wanted = at === from + this.#left - 1 ? lineFeed : carriageReturn
      if (chunk[at] !== wanted) throw foreign('a message is longer than it claims')
    }
    this.#left -= end - from
    if (!this.#isLeftOut) pass(chunk.subarray(from, end), passed)
    return end
  }

  #lines(chunk: Uint8Array, from: number, passed: Uint8Array[]): number {
    const found = chunk.indexOf(lineFeed, from)
    const end = found < 0 ? chunk.length : found + 1
    const piece = chunk.subarray(from, end)
    const bytes = this.#begunBytes + piece.length
    if (bytes > lineBytesMax) throw foreign(`a line has over ${lineBytesMax} bytes`)
    if (found < 0 || this.#begunBytes > 0) this.#keep(piece)
    if (found < 0) return end
    const line = this.#begunBytes > 0 ? this.#begun.slice(0, bytes) : piece
    this.#begunBytes = 0
    this.#read(textOf(line))
    if (!this.#isLeftOut || this.#left === 0) pass(line, passed)
    return end
  }

  #keep(piece: Uint8Array): void {
    const bytes = this.#begunBytes + piece.length
    if (bytes > this.#begun.length) {
      const larger = new Uint8Array(Math.min(lineBytesMax, 2 * bytes))
      larger.set(this.#begun.subarray(0, this.#begunBytes))
      this.#begun = larger
    }
    this.#begun.set(piece, this.#begunBytes)
    this.#begunBytes = bytes
  }

  /** @param line without its end */
  #read(line: string): void {
    const [operation = '', ...args] = line.split(/[ \t]+/)
    if (this.#facts === null && operation !== 'INFO') throw foreign('it does not begin with INFO')
    switch (operation) {
      case 'INFO':
        this.#facts = readFacts(line.slice(operation.length))
        return
      case 'MSG':
        if (args.length !== 3 && args.length !== 4) throw foreign('a message has no such head')
        count(args[1])
        this.#begin(0, count(args.at(-1)))
        return
      case 'HMSG':
        if (args.length !== 4 && args.length !== 5) throw foreign('a message has no such head')
        count(args[1])
        this.#begin(count(args.at(-2)), count(args.at(-1)))
        return
      case '-ERR':
        this.#readRefusal(line.slice(operation.length).trim())
        return
      case 'PING':
      case 'PONG':
      case '+OK':
        if (args.length === 0) return
    }
    throw foreign('it says what no NATS server says')
  }

  #readRefusal(text: string): void {
    const [, kind, subject] = refusal.exec(text) ?? []
    if (subject === undefined || this.#refusals.length >= refusalsMax) return
    this.#refusals.push({ operation: kind === 'Publish' ? 'publish' : 'subscribe', subject })
  }

  #begin(headerBytes: number, bytes: number): void {
    if (bytes > claimBytesMax) throw foreign(`a message claims ${bytes} bytes`)
    if (headerBytes > bytes) throw foreign('a message claims more headers than bytes')
    this.#isLeftOut = bytes > payloadBytesMax || headerBytes > headerBytesMax
    if (this.#isLeftOut) this.#leftOut += 1
    this.#left = bytes + 2
  }
}

/** Adds a piece, to the one before where it goes on: the parser copies less of a whole one. */
function pass(piece: Uint8Array, passed: Uint8Array[]): void {
  const last = passed.at(-1)
  const goesOn = last?.buffer === piece.buffer && last.byteOffset + last.length === piece.byteOffset
  if (!goesOn) passed.push(piece)
  else
    passed.splice(-1, 1, new Uint8Array(last.buffer, last.byteOffset, last.length + piece.length))
}

/** A line without its end; each byte is a character. */
function textOf(line: Uint8Array): string {
  const end = line.length - 2
  if (line[end] !== carriageReturn || line.indexOf(carriageReturn) !== end) {
    throw foreign('a line does not end as lines of NATS do')
  }
  return Buffer.from(line.buffer, line.byteOffset, end).toString('latin1')
}

function count(digits: string | undefined): number {
  if (digits !== undefined && /^\d{1,10}$/.test(digits)) return Number(digits)
  throw foreign('a number in the head of a message is none')
}

/** The client throws where it does not find these as it wants them, and reads no further. */
function readFacts(json: string): ServerFacts {
  let info: unknown
  try {
    info = JSON.parse(json)
  } catch {
    info = null
  }
  const { version, connect_urls: urls = [] } = (info ?? {}) as Readonly<Record<string, unknown>>
  if (typeof version !== 'string' || !/^\d+\.\d+\.\d+/.test(version) || !Array.isArray(urls)) {
    throw foreign('its INFO is none')
  }
  return { connectUrls: urls.filter((url): url is string => typeof url === 'string') }
}

function foreign(what: string): BerthError {
  return new BerthError('invalid_message', `This is no NATS server to listen to: ${what}.`)
}
