/** A relay on loopback that is as slow as a long or narrow way: each direction for itself. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Owner } from './owner.js'

export interface SlowWay {
  /** Each byte takes so long, in ms. */
  readonly delayMs: number
  /** No more get through, all connections of a direction together; no bound by default. */
  readonly bytesPerSecond?: number
  /** So many bytes go on their way to the target. */
  readonly onCarried?: (bytes: number) => void
}

/** How often bytes are moved, in ms. */
const stepMs = 10
/** What the relay holds of a connection in a direction, besides what is only late. */
const heldBytesMax = 64 * 1024

/** @returns the port at which it listens */
export async function startSlowRelay(
  owner: Owner,
  targetPort: number,
  way: SlowWay,
): Promise<number> {
  const sockets = new Set<Socket>()
  const own = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    return socket.setNoDelay(true)
  }
  const server = createServer((near) => {
    const far = own(connect(targetPort, '127.0.0.1'))
    own(near).on('close', () => far.destroy())
    far.on('close', () => near.destroy())
    carry(near, far, way, way.onCarried)
    carry(far, near, way)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  owner.onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

function carry(
  from: Socket,
  to: Socket,
  { delayMs, bytesPerSecond }: SlowWay,
  onCarried?: SlowWay['onCarried'],
): void {
  const bytesPerStep = ((bytesPerSecond ?? Number.POSITIVE_INFINITY) / 1_000) * stepMs
  /** Waits for its turn on the narrow way. */
  let queue: Buffer[] = []
  let queuedBytes = 0
  let room = 0
  from.on('data', (chunk: Buffer) => {
    queue.push(chunk)
    queuedBytes += chunk.length
    if (queuedBytes > heldBytesMax) from.pause()
  })
  const timer = setInterval(() => {
    room = queuedBytes === 0 ? 0 : Math.min(room + bytesPerStep, bytesPerStep + queuedBytes)
    const count = Math.min(queuedBytes, Math.floor(Math.min(room, Number.MAX_SAFE_INTEGER)))
    if (count === 0) return
    const all = Buffer.concat(queue)
    queue = [all.subarray(count)]
    queuedBytes -= count
    room -= count
    onCarried?.(count)
    if (queuedBytes <= heldBytesMax) from.resume()
    setTimeout(() => void (to.destroyed || to.write(all.subarray(0, count))), delayMs)
  }, stepMs)
  from.on('close', () => clearInterval(timer))
}
