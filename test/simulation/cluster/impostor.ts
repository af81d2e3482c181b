/**
 * A stranger who knows of a host all that REST shows of it, and not its secret. It says hello in
 * the host's name and speaks for its admission, again whenever it is told something. Whatever it
 * says must change nothing for the host (docs/safety.md, "Who speaks").
 */
import type { MemberState } from '../../../src/fsm/namespace-state.js'
import { levels } from '../../../src/versions/levels.js'
import { hostProtocol } from '../../../src/versions/versions.js'
import type { HostMessage, ReplicaMessage } from '../../../src/wire/messages.js'
import type { Network } from '../kernel/network.js'
import type { Random } from '../kernel/random.js'
import type { Schedule } from '../kernel/schedule.js'
import type { SimProcess } from '../kernel/sim-process.js'
import { type HostEnd, type ReplicaEnd, Socket } from './socket.js'

const secret = 'impostor'.padEnd(43, '0')

interface Victim {
  readonly namespace: string
  readonly member: MemberState
  readonly lineage: string
  /** A generation that the host might acknowledge next, with its digest. */
  readonly newest: { readonly generation: number; readonly digest: string; readonly term: number }
}

export class Impostor implements HostEnd {
  readonly id: number
  readonly process: SimProcess
  readonly #parts: { readonly schedule: Schedule; readonly network: Network }
  readonly #victims = new Map<Socket, { readonly victim: Victim; readonly random: Random }>()
  #sockets = 0

  constructor(
    id: number,
    process: SimProcess,
    parts: { readonly schedule: Schedule; readonly network: Network },
  ) {
    this.id = id
    this.process = process
    this.#parts = parts
    process.start()
  }

  /** @returns what ends the session */
  attack(replica: ReplicaEnd, victim: Victim, random: Random): () => void {
    this.#sockets += 1
    const socket = new Socket(`${this.id}.${this.#sockets}`, this, replica, this.#parts)
    this.#victims.set(socket, { victim, random })
    return () => {
      this.#victims.delete(socket)
      socket.closeByHost()
    }
  }

  opened(socket: Socket): void {
    const attack = this.#victims.get(socket)
    if (attack === undefined) return
    const { namespace, member } = attack.victim
    const { name, instance, appId, types } = member
    const who = { instance, secret, name, appId, types }
    socket.say({
      kind: 'hello',
      protocol: hostProtocol,
      levels: levels.range,
      namespace,
      ...who,
    })
    this.#speak(socket)
  }

  said(socket: Socket, message: ReplicaMessage): void {
    // Once the name is free it gets it as anybody does, and wants no more.
    if (message.kind === 'welcome') socket.closeByHost()
    else this.#speak(socket)
  }

  closed(socket: Socket): void {
    this.#victims.delete(socket)
  }

  #speak(socket: Socket): void {
    const attack = this.#victims.get(socket)
    if (attack === undefined) return
    const { victim, random } = attack
    const { lineage, newest: acknowledged } = victim
    const { epoch } = victim.member
    const kind = random.pick(['heartbeat', 'leave', 'bye', 'fenced'] as const)
    const word: HostMessage =
      kind === 'heartbeat'
        ? { kind, lineage, epoch, number: 2 ** 40, acknowledged, listening: false }
        : { kind, lineage, epoch }
    socket.say(word)
  }
}
