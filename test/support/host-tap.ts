/**
 * A relay on loopback between hosts and the WebSocket of one replica: it hands on each frame as it
 * came, and reads it, to hold both sides to the letter of asyncapi.yaml.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import { decode } from '../../src/wire/msgpack.js'
import { exact } from './exact-messages.js'
import type { Owner } from './owner.js'

export type Side = 'host' | 'replica'

/** Close codes that stand for "none" and "cut off"; they cannot be sent. */
const noCode = 1005
const cutOff = 1006

export class HostTap {
  /** `host:port` where it listens. */
  readonly address: string
  /** What was wrong of what was said, in words. */
  readonly faults: string[] = []
  /** Of each side and encoding, as `host msgpack`, the kinds that were said. */
  readonly #kinds = new Map<string, Set<string>>()
  readonly #server: WebSocketServer
  /** `host:port` of the replica. */
  target = ''

  static async open(owner: Owner): Promise<HostTap> {
    const server = new WebSocketServer({
      ...{ host: '127.0.0.1', port: 0, path: '/v1/host', perMessageDeflate: false },
      handleProtocols: ([first]) => first ?? false,
    })
    await once(server, 'listening')
    const tap = new HostTap(server)
    owner.onTestFinished(() => tap.close())
    return tap
  }

  private constructor(server: WebSocketServer) {
    this.#server = server
    this.address = `127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('connection', (host) => {
      const protocols = host.protocol === '' ? [] : [host.protocol]
      const replica = new WebSocket(`ws://${this.target}/v1/host`, protocols)
      this.#carry('host', host, replica)
      this.#carry('replica', replica, host)
    })
  }

  get url(): string {
    return `ws://${this.address}`
  }

  /** Sorted. */
  kinds(side: Side, encoding: 'json' | 'msgpack'): string[] {
    return [...(this.#kinds.get(`${side} ${encoding}`) ?? [])].sort()
  }

  /** Ends all sessions; nobody can connect any more. */
  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #carry(side: Side, from: WebSocket, to: WebSocket): void {
    from.on('message', (data, binary) => {
      this.#read(side, data, binary)
      const send = () => to.send(data, { binary })
      if (to.readyState === WebSocket.CONNECTING) to.once('open', send)
      else if (to.readyState === WebSocket.OPEN) send()
    })
    from.on('error', () => undefined)
    from.on('close', (code, reason) => {
      if (code === cutOff || to.readyState === WebSocket.CONNECTING) to.terminate()
      else if (code === noCode) to.close()
      else to.close(code, reason)
    })
  }

  #read(side: Side, data: RawData, binary: boolean): void {
    try {
      const value = binary ? decode(data as Buffer) : JSON.parse(String(data))
      const check = side === 'host' ? exact.hostMessage : exact.replicaMessage
      const key = `${side} ${binary ? 'msgpack' : 'json'}`
      this.#kinds.set(key, (this.#kinds.get(key) ?? new Set()).add(check(value).kind))
    } catch (error) {
      this.faults.push(`${side}: ${(error as Error).message}`)
    }
  }
}
