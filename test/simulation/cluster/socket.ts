/**
 * WebSockets between hosts and replicas: what is said arrives once and in order, or not at all. A
 * path that is cut holds it back, as TCP does; the replica drops a session that was cut for long.
 * What a process has sent before it died or closed still arrives.
 */
import type { HostMessage, ReplicaMessage } from '../../../src/wire/messages.js'
import type { Network } from '../kernel/network.js'
import type { Schedule } from '../kernel/schedule.js'
import type { SimProcess } from '../kernel/sim-process.js'
import { clusterKind } from './event-kinds.js'

/** A replica drops a host that it has not heard for so long, see src/api/limits.ts. */
const deadAfterUs = 15_000_000

export interface HostEnd {
  readonly id: number
  readonly process: SimProcess
  opened(socket: Socket): void
  said(socket: Socket, message: ReplicaMessage): void
  closed(socket: Socket): void
}

export interface ReplicaEnd {
  readonly id: number
  readonly process: SimProcess
  readonly takesHosts: boolean
  hostOpened(socket: Socket): void
  hostSaid(socket: Socket, message: HostMessage): void
  hostClosed(socket: Socket): void
}

interface End {
  readonly id: number
  readonly process: SimProcess
}

export interface SocketParts {
  readonly schedule: Schedule
  readonly network: Network
}

/** One way of a socket. */
class Pipe {
  readonly #parts: SocketParts
  readonly #from: End
  readonly #to: End
  readonly #toLife: number
  #lastUs = 0
  #held: (() => void)[] = []

  constructor(parts: SocketParts, from: End, to: End) {
    this.#parts = parts
    this.#from = from
    this.#to = to
    this.#toLife = to.process.life
  }

  get isCut(): boolean {
    return this.#parts.network.isCut(this.#from.id, this.#to.id)
  }

  send(act: () => void): void {
    if (this.isCut) this.#held.push(act)
    else this.#arrive(act)
  }

  mended(): void {
    const held = this.#held
    this.#held = []
    for (const act of held) this.send(act)
  }

  drop(): void {
    this.#held = []
  }

  #arrive(act: () => void): void {
    const { schedule, network } = this.#parts
    const { process, id } = this.#to
    this.#lastUs = Math.max(this.#lastUs, schedule.nowUs + network.delayUs())
    schedule.at(this.#lastUs, clusterKind.socket, id, () => {
      if (process.life === this.#toLife) process.input(clusterKind.socket, act)
    })
  }
}

export class Socket {
  /** Names the session at the replica. */
  readonly name: string
  readonly host: HostEnd
  readonly replica: ReplicaEnd
  readonly #up: Pipe
  readonly #down: Pipe
  readonly #parts: SocketParts
  readonly #hostLife: number
  readonly #replicaLife: number
  #hostIsOpen = true
  #replicaIsOpen = false
  #cutSinceUs = Number.POSITIVE_INFINITY

  constructor(name: string, host: HostEnd, replica: ReplicaEnd, parts: SocketParts) {
    this.name = name
    this.host = host
    this.replica = replica
    this.#parts = parts
    this.#up = new Pipe(parts, host, replica)
    this.#down = new Pipe(parts, replica, host)
    this.#hostLife = host.process.life
    this.#replicaLife = replica.process.life
    this.#connect()
  }

  get isOver(): boolean {
    return !this.#hostIsOpen && !this.#replicaIsOpen
  }

  /** By the host. */
  say(message: HostMessage): void {
    this.#up.send(() => {
      if (this.#replicaIsOpen) this.replica.hostSaid(this, message)
    })
  }

  /** By the replica. */
  tell(message: ReplicaMessage): void {
    this.#down.send(() => {
      if (this.#hostIsOpen) this.host.said(this, message)
    })
  }

  /** The host closes, and hears nothing any more; or it died. */
  closeByHost(): void {
    if (!this.#hostIsOpen) return
    this.#hostIsOpen = false
    this.#down.drop()
    this.#up.send(() => this.#endAtReplica())
  }

  /** The replica closes, or it died. */
  closeByReplica(isDead: boolean): void {
    if (!this.#replicaIsOpen) return
    if (isDead) {
      this.#replicaIsOpen = false
      this.#up.drop()
    } else this.#endAtReplica()
    this.#down.send(() => this.#endAtHost())
  }

  pathChanged(isCut: boolean): void {
    const { schedule } = this.#parts
    if (!isCut) {
      this.#up.mended()
      this.#down.mended()
      this.#cutSinceUs = Number.POSITIVE_INFINITY
      return
    }
    this.#cutSinceUs = Math.min(this.#cutSinceUs, schedule.nowUs)
    schedule.after(deadAfterUs, clusterKind.socket, this.replica.id, () => {
      if (schedule.nowUs - this.#cutSinceUs >= deadAfterUs) this.closeByReplica(false)
    })
  }

  #connect(): void {
    const { replica } = this
    this.#up.send(() => {
      if (!this.#hostIsOpen) return
      const isThere = replica.takesHosts && replica.process.life === this.#replicaLife
      if (!isThere) {
        this.#down.send(() => this.#endAtHost())
        return
      }
      this.#replicaIsOpen = true
      replica.hostOpened(this)
      this.#down.send(() => {
        if (this.#hostIsOpen) this.host.opened(this)
      })
    })
    // Nobody listens: the machine says so.
    if (!replica.process.isUp) this.#down.send(() => this.#endAtHost())
  }

  #endAtReplica(): void {
    if (!this.#replicaIsOpen) return
    this.#replicaIsOpen = false
    this.#up.drop()
    if (this.replica.process.life === this.#replicaLife) this.replica.hostClosed(this)
  }

  #endAtHost(): void {
    if (!this.#hostIsOpen) return
    this.#hostIsOpen = false
    if (this.host.process.life === this.#hostLife) this.host.closed(this)
  }
}
