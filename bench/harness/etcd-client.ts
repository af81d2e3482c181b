/**
 * One connection to a member of etcd: a load generator's client of gRPC, of the least cost. It
 * writes HTTP/2 frames (RFC 9113) itself, because any client of gRPC for Node takes several times
 * the processor time, which the members then lack: etcd would look slower than it is.
 *
 * It knows what etcd's unary calls send: a message, or a failure without one.
 */
import { connect, type Socket } from 'node:net'

const frameHeadBytes = 9
const messageHeadBytes = 5
const frame = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, window: 8 } as const
const flag = { ack: 1, endStream: 1, endHeaders: 4 } as const
/** As large as it gets: answers are some dozens of bytes, and this is never filled. */
const windowBytes = 2 ** 31 - 1
const firstWindowBytes = 65_535
const headerTableSize = 1
const initialWindowSize = 4

interface Call {
  message: Buffer | null
  resolve(message: Buffer): void
  reject(error: Error): void
}

export class EtcdClient {
  readonly #address: string
  readonly #put: Buffer
  readonly #status: Buffer
  readonly #calls = new Map<number, Call>()
  #socket: Socket | null = null
  #received: Buffer = Buffer.alloc(0)
  #nextStream = 1

  /** @param address `host:port` */
  constructor(address: string) {
    this.#address = address
    this.#put = headersOf('/etcdserverpb.KV/Put', address)
    this.#status = headersOf('/etcdserverpb.Maintenance/Status', address)
  }

  /** @throws Error when etcd refuses it or the connection ends */
  async put(key: Buffer, value: Buffer): Promise<void> {
    await this.#call(this.#put, Buffer.concat([bytesField(1, key), bytesField(2, value)]))
  }

  /** Ids of the member and of whom it takes for the leader; 0 for nobody. */
  async status(): Promise<{ readonly member: bigint; readonly leader: bigint }> {
    const answer = await this.#call(this.#status, Buffer.alloc(0))
    const fields = fieldsOf(answer)
    const header = fieldsOf(fields.get(1) as Buffer)
    const number = (value: bigint | Buffer | undefined) => (value as bigint | undefined) ?? 0n
    return { member: number(header.get(2)), leader: number(fields.get(4)) }
  }

  close(): void {
    this.#socket?.destroy()
  }

  #call(headers: Buffer, message: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const socket = this.#socket ?? this.#connect()
      const stream = this.#nextStream
      this.#nextStream += 2
      this.#calls.set(stream, { message: null, resolve, reject })
      const body = Buffer.allocUnsafe(messageHeadBytes + message.length)
      body.writeUInt8(0, 0)
      body.writeUInt32BE(message.length, 1)
      message.copy(body, messageHeadBytes)
      const parts = [
        ...[frameHead(headers.length, frame.headers, flag.endHeaders, stream), headers],
        ...[frameHead(body.length, frame.data, flag.endStream, stream), body],
      ]
      socket.write(Buffer.concat(parts))
    })
  }

  #connect(): Socket {
    const [host, port] = this.#address.split(':')
    const socket = connect({ host: host!, port: Number(port) })
    this.#socket = socket
    this.#received = Buffer.alloc(0)
    this.#nextStream = 1
    socket.setNoDelay(true)
    const end = (why: string) => {
      if (this.#socket === socket) this.#fail(new Error(why))
    }
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    socket.on('error', ({ message }) => end(message))
    socket.on('close', () => end('the connection was closed'))
    const settings = Buffer.alloc(12)
    settings.writeUInt16BE(headerTableSize, 0)
    settings.writeUInt16BE(initialWindowSize, 6)
    settings.writeUInt32BE(windowBytes, 8)
    const window = Buffer.alloc(4)
    window.writeUInt32BE(windowBytes - firstWindowBytes)
    socket.write(
      Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        ...[frameHead(settings.length, frame.settings, 0, 0), settings],
        ...[frameHead(window.length, frame.window, 0, 0), window],
      ]),
    )
    return socket
  }

  #receive(bytes: Buffer): void {
    const all = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes])
    let at = 0
    while (all.length - at >= frameHeadBytes) {
      const length = all.readUIntBE(at, 3)
      const end = at + frameHeadBytes + length
      if (end > all.length) break
      const stream = all.readUInt32BE(at + 5) & 0x7fffffff
      this.#frame(all[at + 3]!, all[at + 4]!, stream, all.subarray(at + frameHeadBytes, end))
      at = end
    }
    this.#received = all.subarray(at)
  }

  #frame(kind: number, flags: number, stream: number, payload: Buffer): void {
    if (kind === frame.data) {
      const call = this.#calls.get(stream)
      if (call !== undefined) {
        call.message = call.message === null ? payload : Buffer.concat([call.message, payload])
      }
    } else if (kind === frame.headers) {
      if ((flags & flag.endStream) !== 0) this.#end(stream)
    } else if (kind === frame.reset) {
      this.#calls.get(stream)?.reject(new Error('etcd reset the call'))
      this.#calls.delete(stream)
    } else if (kind === frame.goAway) {
      this.#fail(new Error('etcd takes no more calls'))
    } else if ((kind === frame.settings || kind === frame.ping) && (flags & flag.ack) === 0) {
      const answer = kind === frame.ping ? payload : Buffer.alloc(0)
      this.#socket?.write(Buffer.concat([frameHead(answer.length, kind, flag.ack, 0), answer]))
    }
  }

  /** Trailers came. Whatever etcd refuses, it refuses without a message. */
  #end(stream: number): void {
    const call = this.#calls.get(stream)
    this.#calls.delete(stream)
    if (call?.message === null) call.reject(new Error('etcd refused the call'))
    else call?.resolve(call.message.subarray(messageHeadBytes))
  }

  /** The next call makes another connection. */
  #fail(error: Error): void {
    this.#socket?.destroy()
    this.#socket = null
    const calls = [...this.#calls.values()]
    this.#calls.clear()
    for (const { reject } of calls) reject(error)
  }
}

function frameHead(length: number, kind: number, flags: number, stream: number): Buffer {
  const head = Buffer.allocUnsafe(frameHeadBytes)
  head.writeUIntBE(length, 0, 3)
  head.writeUInt8(kind, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return head
}

/** HPACK (RFC 7541) by literals alone, which no table remembers. */
function headersOf(path: string, authority: string): Buffer {
  const literals = Object.entries({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': path,
    ':authority': authority,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  return Buffer.concat(
    literals.flatMap(([name, value]) => [Buffer.from([0]), hpackText(name), hpackText(value)]),
  )
}

/** Not Huffman coded; below 127 bytes, so that the length is one byte. */
function hpackText(text: string): Buffer {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(bytes.length)]), bytes])
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
}

/** Of a protobuf message: numbers, and bytes of whatever has a length; the last of each field. */
function fieldsOf(message: Buffer): ReadonlyMap<number, bigint | Buffer> {
  const fields = new Map<number, bigint | Buffer>()
  let at = 0
  const next = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at]
      if (byte === undefined) throw new Error('etcd sent half a message')
      at += 1
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < message.length) {
    const tag = Number(next())
    const isBytes = (tag & 7) === 2
    if (!isBytes && (tag & 7) !== 0) throw new Error(`etcd sent a field of kind ${tag & 7}`)
    const value = next()
    fields.set(tag >> 3, isBytes ? message.subarray(at, at + Number(value)) : value)
    if (isBytes) at += Number(value)
  }
  return fields
}
