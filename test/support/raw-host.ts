/**
 * A host as any program can write it: one WebSocket, JSON that could be typed by hand, a heartbeat
 * every half second, each order acknowledged at once. It holds nothing of Berth and never
 * reconnects, so it shows what happens to a session.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { ReplicaMessage, Welcome } from '../../src/wire/messages.js'
import { eventually } from './eventually.js'
import type { Owner } from './owner.js'
import { versions } from './versions.js'

export interface RawHostOptions {
  /** Absent for an observer. */
  readonly name?: string
  readonly types?: readonly string[]
  /** Default: `default`. */
  readonly namespace?: string
}

type Of<K extends ReplicaMessage['kind']> = Extract<ReplicaMessage, { kind: K }>

const heartbeatMs = 500
const nothing = { term: 0, generation: 0, digest: '0'.repeat(43) }

export class RawHost {
  readonly messages: ReplicaMessage[] = []
  readonly #socket: WebSocket
  #acknowledged = nothing
  #number = 0
  #ended: string | null = null

  /** Attached to the replica at this ws:// address, with its first heartbeat answered. */
  static async join(owner: Owner, url: string, options: RawHostOptions = {}): Promise<RawHost> {
    const socket = new WebSocket(`${url}/v1/host`)
    owner.onTestFinished(() => socket.terminate())
    const host = new RawHost(socket)
    await once(socket, 'open')
    const { name, types, namespace = 'default' } = options
    const who = name === undefined ? {} : { name, types, appId: 'raw' }
    const instance = randomUUID()
    const secret = randomBytes(32).toString('hex')
    host.#say({
      kind: 'hello',
      ...versions,
      namespace,
      instance,
      secret,
      ...who,
    })
    const beat = setInterval(() => host.#heartbeat(), heartbeatMs)
    owner.onTestFinished(() => clearInterval(beat))
    await eventually('the welcome and an answer', () => host.last('answer'))
    return host
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data) => this.#heard(JSON.parse(String(data)) as ReplicaMessage))
    socket.on('error', () => {})
    socket.on('close', (code, reason) => {
      this.#ended = `${code} ${reason.toString()}`.trim()
    })
  }

  /** Why the session is over; null while it lasts. */
  get ended(): string | null {
    return this.#ended
  }

  get welcome(): Welcome {
    return this.last('welcome')!
  }

  /** Key of the newest leader that this session was told of, base64. */
  get leaderKey(): string {
    return (this.last('leader') ?? this.welcome).key
  }

  last<K extends ReplicaMessage['kind']>(kind: K): Of<K> | undefined {
    return this.messages.findLast((message): message is Of<K> => message.kind === kind)
  }

  /** Hands over what it has; done when it is out of the table. */
  async leave(): Promise<void> {
    const { lineage, epoch } = this.welcome
    this.#say({ kind: 'leave', lineage, epoch })
    await eventually('the end of the hand-over', () => this.last('left'))
  }

  /** From now on it says that it has no table. */
  forget(): void {
    this.#acknowledge(nothing)
  }

  #heard(message: ReplicaMessage): void {
    this.messages.push(message)
    if (message.kind === 'welcome') {
      this.#acknowledge({ term: message.term, ...message.disseminated })
    } else if (message.kind === 'update') {
      const { to: generation, digest } = message.change
      this.#acknowledge({ term: message.term, generation, digest })
    }
  }

  #acknowledge(acknowledged: typeof nothing): void {
    this.#acknowledged = acknowledged
    this.#heartbeat()
  }

  #heartbeat(): void {
    const { lineage = '', epoch = 0 } = this.last('welcome') ?? {}
    this.#number += 1
    const [number, acknowledged] = [this.#number, this.#acknowledged]
    this.#say({ kind: 'heartbeat', lineage, epoch, number, acknowledged, listening: false })
  }

  #say(message: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }
}
