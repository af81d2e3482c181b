/**
 * A host that only joins: one WebSocket, a hello, and a bye once it is welcome. It reads of a
 * welcome what the bye needs and leaves the table alone, so that it costs its process little.
 */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Hello, Welcome } from '../../src/wire/messages.js'
import { decode, encode } from '../../src/wire/msgpack.js'

/** In MessagePack: the key `kind` with its value, at the beginning of each message. */
const welcomeMark = Buffer.from(encode({ kind: 'welcome' })).subarray(1)
const markedBytes = 64
/** The key `epoch`: a number follows. */
const epochMark = Buffer.from(encode({ epoch: 0 })).subarray(1, -1)
/** The longest number. */
const numberBytesMax = 9

export class JoiningHost {
  readonly #socket: WebSocket

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('error', () => {})
  }

  /** Connected; nothing is said yet. @param url ws:// address of a replica */
  static async open(url: string): Promise<JoiningHost> {
    const socket = new WebSocket(`${url}/v1/host`, 'berth.v1+msgpack', { perMessageDeflate: false })
    await once(socket, 'open')
    return new JoiningHost(socket)
  }

  /**
   * @param hello encoded
   * @returns the welcome as it came
   * @throws Error when something else is said instead
   */
  join(hello: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket
      socket.on('message', (data: Buffer) => {
        if (data.subarray(0, markedBytes).includes(welcomeMark)) resolve(data)
        else if (isRefusal(data)) reject(new Error(JSON.stringify(decode(data))))
      })
      socket.once('close', (code, reason) => reject(new Error(`closed: ${code} ${reason}`)))
      socket.send(hello)
    })
  }

  /** It ends now, and its place is kept for its next instance. */
  bye(lineage: string, welcome: Buffer): void {
    this.#socket.send(encode({ kind: 'bye', lineage, epoch: epochOf(welcome) }))
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }
}

/** The leader and the registry are news that come as well. */
function isRefusal(data: Buffer): boolean {
  const { kind } = decode(data) as { kind: string }
  return kind === 'waiting' || kind === 'error' || kind === 'stop'
}

export function helloOf(hello: Omit<Hello, 'kind'>): Uint8Array {
  return encode({ kind: 'hello', ...hello })
}

export function lineageOf(welcome: Buffer): string {
  return (decode(welcome) as Welcome).lineage
}

function epochOf(welcome: Buffer): number {
  const at = welcome.indexOf(epochMark) + epochMark.length
  return numberAt(welcome.subarray(at, at + numberBytesMax))
}

/** A MessagePack number of the kinds that `encode` writes for whole ones. */
function numberAt(bytes: Buffer): number {
  const [kind = 0] = bytes
  if (kind < 0x80) return kind
  if (kind === 0xcc) return bytes.readUInt8(1)
  if (kind === 0xcd) return bytes.readUInt16BE(1)
  if (kind === 0xce) return bytes.readUInt32BE(1)
  if (kind === 0xcb) return bytes.readDoubleBE(1)
  throw new Error(`no whole number: ${bytes.toString('hex')}`)
}
