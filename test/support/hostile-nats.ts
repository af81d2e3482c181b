/** A TCP server that greets as NATS servers do, lets anybody log in, and then does as tests say. */
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Owner } from './owner.js'

export interface HostileNats {
  readonly url: string
  readonly port: number
  /** Connections that have logged in, those that are closed since among them. */
  readonly loggedIn: ReadonlySet<Socket>
  /** Addresses of this machine at which somebody connected. */
  readonly addresses: ReadonlySet<string>
}

export interface Behaviour {
  /** Of the INFO, beside what every server says. */
  readonly info?: object
  /** Instead of the greeting. */
  readonly greets?: (socket: Socket) => void
  /** Instead of letting anybody log in. */
  readonly onLogin?: (socket: Socket) => void
  /** Where to listen; on 127.0.0.1 by default. */
  readonly host?: string
}

export async function startHostileNats(owner: Owner, behaviour: Behaviour): Promise<HostileNats> {
  const { greets, onLogin, info = {}, host = '127.0.0.1' } = behaviour
  const sockets = new Set<Socket>()
  const loggedIn = new Set<Socket>()
  const addresses = new Set<string>()
  const server = createServer((socket) => {
    sockets.add(socket)
    addresses.add(socket.localAddress ?? '')
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    if (greets !== undefined) return greets(socket)
    socket.write(infoLine(info))
    let heard = ''
    socket.on('data', (chunk) => {
      heard += chunk.toString('latin1')
      const pings = heard.split('PING\r\n').length - 1
      if (pings === 0) return
      heard = ''
      if (!loggedIn.has(socket)) {
        loggedIn.add(socket)
        if (onLogin !== undefined) return onLogin(socket)
      }
      socket.write('PONG\r\n'.repeat(pings))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  owner.onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  const url = `nats://127.0.0.1:${port}`
  return { url, port, loggedIn, addresses }
}

export function infoLine(change: object = {}): string {
  const info = {
    ...{ server_id: 'S', version: '2.10.0', proto: 1, go: 'go1', host: '127.0.0.1', port: 4222 },
    ...{ headers: true, max_payload: 1_048_576, client_id: 1, ...change },
  }
  return `INFO ${JSON.stringify(info)}\r\n`
}

/**
 * Writes the same again and again, for as long as it is taken and at most so many bytes.
 * @returns how many bytes have left
 */
export function flood(socket: Socket, chunk: Buffer, bytesMax: number): () => number {
  const go = () => {
    while (!socket.destroyed && socket.bytesWritten < bytesMax) {
      if (!socket.write(chunk)) {
        socket.once('drain', go)
        return
      }
    }
  }
  go()
  return () => socket.bytesWritten - socket.writableLength
}
