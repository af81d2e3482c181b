/** A TCP proxy on loopback, each connection of which runs over a line that faults can reach. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { resetSocket } from '../../support/reset-socket.js'
import type { Direction, Line } from './line.js'
import { pump } from './pump.js'

export interface TcpProxyOptions {
  /** Where it listens. */
  readonly port: number
  /** Where it leads. */
  readonly targetPort: number
  /**
   * The line of a connection, by the bytes with which it begins; null while these are too few.
   * @throws to close the connection
   */
  lineOf(beginning: Buffer): Line | null
}

const host = '127.0.0.1'

export class TcpProxy {
  readonly #options: TcpProxyOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(options: TcpProxyOptions) {
    this.#options = options
    // What one side has ended, the other may not have: each end is passed on by itself.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  static async start(options: TcpProxyOptions): Promise<TcpProxy> {
    const proxy = new TcpProxy(options)
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject)
      proxy.#server.listen(options.port, host, resolve)
    })
    return proxy
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #accept(near: Socket): void {
    this.#own(near)
    let beginning = Buffer.alloc(0)
    const look = (bytes: Buffer) => {
      beginning = Buffer.concat([beginning, bytes])
      let line: Line | null
      try {
        line = this.#options.lineOf(beginning)
      } catch {
        near.destroy()
        return
      }
      if (line === null) return
      near.off('data', look)
      this.#join(near, line, beginning)
    }
    near.on('data', look)
    look(Buffer.alloc(0))
  }

  #join(near: Socket, line: Line, beginning: Buffer): void {
    const far = connect({ port: this.#options.targetPort, host, allowHalfOpen: true })
    this.#own(far)
    const stops = [
      pump(near, far, line.there, beginning),
      pump(far, near, line.back, Buffer.alloc(0)),
    ]
    const reset = () => {
      resetSocket(near)
      resetSocket(far)
    }
    const ended = line.opened(reset)
    // A process that is killed resets what it had open. A line that is silent keeps that to itself.
    passReset(near, far, line.there)
    passReset(far, near, line.back)
    let open = 2
    for (const socket of [near, far]) {
      socket.on('close', () => {
        open -= 1
        if (open > 0) return
        ended()
        for (const stop of stops) stop()
      })
    }
  }
}

function passReset(from: Socket, to: Socket, direction: Direction): void {
  from.on('error', () => {
    if (!direction.isSilent) resetSocket(to)
    else {
      const stop = direction.onSpeaks(() => resetSocket(to))
      to.on('close', stop)
    }
  })
}
