/** Applications as servers: one by node:http, and one that says bytes of a test's choice. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net'

export interface TestServer {
  readonly port: number
  /** Connections that came so far. */
  readonly connections: number
  close(): Promise<void>
}

export function serveHttp(listener: RequestListener): Promise<TestServer> {
  return listen(createServer(listener))
}

/** @param onRequest called with each connection once a head of a request has come */
export function serveBytes(onRequest: (socket: Socket, head: string) => void): Promise<TestServer> {
  const server = createTcpServer((socket) => {
    let head = ''
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      const whole = head
      head = ''
      onRequest(socket, whole)
    })
  })
  return listen(server)
}

async function listen(server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
