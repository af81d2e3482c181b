/** A WebSocket server that speaks as a replica does, word by word as the test says. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Heartbeat, HostMessage, ReplicaMessage } from '../../../src/wire/messages.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { eventually } from '../../support/eventually.js'
import { exact } from '../../support/exact-messages.js'
import type { Owner } from '../../support/owner.js'

export class FakeReplica {
  readonly url: string
  /** What hosts said, on all sessions, in order. */
  readonly heard: HostMessage[] = []
  /** Headers of the handshakes. */
  readonly headers: Record<string, unknown>[] = []
  /** Called with each message that was heard. */
  reply: (message: HostMessage) => void = () => undefined
  readonly #server: WebSocketServer
  #socket: WebSocket | null = null

  /** @param path another one than a replica has: as behind a proxy */
  static async start(owner: Owner, path = '/v1/host'): Promise<FakeReplica> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path })
    await once(server, 'listening')
    const replica = new FakeReplica(server)
    owner.onTestFinished(() => replica.close())
    return replica
  }

  private constructor(server: WebSocketServer) {
    const { port } = server.address() as AddressInfo
    this.url = `ws://127.0.0.1:${port}`
    this.#server = server
    server.on('connection', (socket, request) => {
      this.#socket = socket
      this.headers.push(request.headers)
      socket.on('message', (data: Buffer) => {
        const message = exact.hostMessage(decode(data))
        this.heard.push(message)
        this.reply(message)
      })
    })
  }

  heartbeats(): Heartbeat[] {
    return this.heard.filter((message) => message.kind === 'heartbeat')
  }

  /** On the newest session. */
  say(message: ReplicaMessage): void {
    this.sendBytes(encode(message))
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket?.send(bytes)
  }

  /** Ends the newest session. */
  hangUp(): void {
    this.#socket?.terminate()
  }

  /** Settles when nobody is connected. */
  async isLeft(): Promise<void> {
    await eventually('the end of all sessions', () => this.#server.clients.size === 0)
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
