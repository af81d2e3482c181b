/**
 * One simulated host or observer: a process with two clocks, a sidecar's machine in it, and actors
 * that let go and stop as slowly as luck has it. Joined as src/sidecar/sidecar.ts joins them.
 */

import { Budget } from '../../../src/jobs/job.js'
import type { Stamp } from '../../../src/sidecar/clock.js'
import type { LetGo, SidecarEffect, Stop } from '../../../src/sidecar/effect.js'
import { HostClocks } from '../../../src/sidecar/host-clocks.js'
import { hasKey, type KeySet } from '../../../src/sidecar/key-set.js'
import { SidecarMachine } from '../../../src/sidecar/machine.js'
import type { SignedByLeader, SignedByReplica } from '../../../src/sidecar/signed-messages.js'
import type { TableContext } from '../../../src/table/table-context.js'
import type { HostMessage, ReplicaMessage } from '../../../src/wire/messages.js'
import { eventKind } from '../kernel/event-kinds.js'
import type { Network } from '../kernel/network.js'
import type { Random } from '../kernel/random.js'
import type { Schedule } from '../kernel/schedule.js'
import type { SimProcess } from '../kernel/sim-process.js'
import type { Nats, NatsClient } from './nats.js'
import { type HostEnd, type ReplicaEnd, Socket } from './socket.js'

const tickMs = 50
/** The boot clock is read in steps of 10 ms. */
const bootStepMs = 10

export interface HostParts {
  readonly schedule: Schedule
  readonly network: Network
  readonly nats: Nats
  readonly random: Random
  /** How long the steps of its long work take. */
  readonly steps: Random
  readonly process: SimProcess
  readonly context: TableContext
  /** Of the build after this one. */
  readonly nextContext: TableContext
  readonly replicas: ReadonlyMap<string, ReplicaEnd>
  readonly nameInstance: () => string
  /** After every input of this host. */
  readonly touched: (host: SimHost) => void
  /** Messages go through the codec of the wire where this says so. */
  readonly viaWire: <M extends HostMessage | ReplicaMessage>(message: M) => M
}

export interface HostKind {
  readonly namespace: string
  /** Absent for an observer. */
  readonly host?: {
    readonly name: string
    readonly appId: string
    readonly types: readonly string[]
  }
}

/** How its actors behave: each is drawn anew for every release and stop. */
export interface HostPace {
  readonly releaseMeanMs: number
  /** Chance that a release never ends. */
  readonly stuckChance: number
  /** Stopping takes at most this long, by true time, as long as the process runs. */
  readonly stopMsMax: number
  /** A step of making a table ready takes so long; 0 for a turn of the event loop. */
  readonly stepMeanMs: number
}

export class SimHost implements HostEnd, NatsClient {
  readonly id: number
  readonly process: SimProcess
  readonly kind: HostKind
  /** Whether it is of the build after this one, from its next start on. */
  isNext = false
  pace: HostPace
  readonly #parts: HostParts
  readonly #clocks = new HostClocks({
    monotonicMs: () => (this.#asleepAtMs ?? this.process.nowMs) - this.#sleptMs,
    wallMs: () => Math.floor(this.process.nowMs),
    bootMs: () => Math.floor(this.process.nowMs / bootStepMs) * bootStepMs,
  })
  #machine: SidecarMachine | null = null
  #socket: Socket | null = null
  #sockets = 0
  #subscribed = ''
  /** Whether a step of long work is to come. */
  #works = false
  /** What the monotonic clock missed while the machine slept, in ms. */
  #sleptMs = 0
  /** When the machine fell asleep, by its own clock; null while it is awake. */
  #asleepAtMs: number | null = null
  /** What the host is letting go of now, and what of it a fence stopped meanwhile. */
  readonly #releasing = new Map<KeySet, { readonly number: number; readonly stopped: KeySet[] }>()
  /** Releases that were ever begun. */
  releases = 0
  /** Final fences that the host has obeyed: everything was stopped so often. */
  obeyed = 0
  /** How often the process began to stand still, or ended to. */
  pauses = 0
  /** Names the run of the host among all. */
  instance = ''

  constructor(id: number, kind: HostKind, pace: HostPace, parts: HostParts) {
    this.id = id
    this.kind = kind
    this.pace = pace
    this.#parts = parts
    this.process = parts.process
  }

  get name(): string {
    return this.kind.host?.name ?? `observer-${this.id}`
  }

  /** While it is up. */
  get machine(): SidecarMachine | null {
    return this.#machine
  }

  /** What the host's own clocks show at this instant, for a question. */
  get stamp(): Stamp {
    return this.#clocks.ask()
  }

  /**
   * Whether it still has to let go of an actor, and has not been told to stop it.
   * @param after counts only releases that were begun after so many
   */
  isReleasing(type: string, id: string, after: number): boolean {
    for (const [keys, { number, stopped }] of this.#releasing) {
      if (number <= after || !hasKey(keys, type, id)) continue
      if (!stopped.some((each) => hasKey(each, type, id))) return true
    }
    return false
  }

  start(): void {
    if (this.process.isUp) return
    const { process } = this
    const { replicas, nameInstance } = this.#parts
    const context = this.isNext ? this.#parts.nextContext : this.#parts.context
    process.start()
    this.instance = nameInstance()
    this.#subscribed = ''
    this.#works = false
    this.#socket = null
    const options = {
      ...this.kind,
      replicas: [...replicas.keys()],
      instance: this.instance,
      secret: this.instance.padEnd(43, '0'),
      staleTableMs: 60_000,
    }
    const { random, nats } = this.#parts
    this.#machine = new SidecarMachine(options, context, {
      random: () => random.next(),
      verify: (key, _payload, signature) => new TextDecoder().decode(signature) === key,
      read: nats.read,
    })
    process.every(tickMs, () => this.#input((machine, now) => machine.tick(now)))
  }

  /** kill -9. */
  crash(): void {
    if (!this.process.isUp) return
    this.process.kill()
    this.#asleepAtMs = null
    this.#machine = null
    this.#releasing.clear()
    this.#socket?.closeByHost()
    this.#socket = null
    this.#parts.touched(this)
  }

  /** The host stops everything, says so and ends. */
  bye(): void {
    this.#input((machine) => machine.bye())
    this.crash()
  }

  /** Its application offers other types from now on. */
  setTypes(types: readonly string[]): void {
    this.#input((machine, now) => machine.setTypes(types, now))
  }

  leave(): void {
    this.#input((machine, now) => machine.leave(now))
  }

  /** SIGSTOP. */
  pause(): void {
    this.pauses += 1
    this.process.pause()
  }

  /** The whole machine sleeps: its monotonic clock stands still. */
  sleep(): void {
    this.pause()
    this.#asleepAtMs ??= this.process.nowMs
  }

  wake(): void {
    if (this.process.isPaused) this.pauses += 1
    this.#sleptMs += this.process.nowMs - (this.#asleepAtMs ?? this.process.nowMs)
    this.#asleepAtMs = null
    this.process.resume()
  }

  // ---- what reaches it -----------------------------------------------------------------------

  opened(socket: Socket): void {
    if (this.#socket === socket) this.#input((machine, now) => machine.opened(now))
  }

  said(socket: Socket, message: ReplicaMessage): void {
    if (this.#socket !== socket) return
    const read = this.#parts.viaWire(message)
    this.#input((machine, now) => machine.message(read, now))
  }

  closed(socket: Socket): void {
    if (this.#socket !== socket) return
    this.#socket = null
    this.#input((machine, now) => machine.closed(now))
  }

  pathChanged(replica: number, isCut: boolean): void {
    if (this.#socket?.replica.id === replica) this.#socket.pathChanged(isCut)
  }

  order(namespace: string, signed: SignedByLeader): void {
    if (this.#subscribed === namespace) {
      this.#input((machine, now) => machine.natsOrder(signed, now))
    }
  }

  pulse(signed: SignedByLeader): void {
    if (this.#subscribed !== '') {
      this.#input((machine, now) => machine.natsPulse(signed, now))
    }
  }

  table(signed: SignedByReplica): void {
    this.#input((machine, now) => machine.natsTable(signed, now))
  }

  changed(isUp: boolean): void {
    this.#input((machine, now) => machine.natsChanged(isUp, now))
  }

  /** An input of the machine, and what it wants done. */
  #input(act: (machine: SidecarMachine, now: Stamp) => void): void {
    const machine = this.#machine
    if (machine === null) return
    act(machine, this.#clocks.read())
    for (const effect of machine.takeEffects()) this.#do(effect)
    if (machine.phase === 'left') this.crash()
    else {
      this.#parts.touched(this)
      if (machine.hasWork) this.#workLater()
    }
  }

  /** The smallest step, behind all input that waits. */
  #workLater(): void {
    if (this.#works) return
    this.#works = true
    const { process, steps } = this.#parts
    const work = () => {
      this.#works = false
      this.#input((machine, now) => machine.work(now, new Budget(0)))
    }
    const ms = steps.exponential(this.pace.stepMeanMs)
    if (this.pace.stepMeanMs === 0) process.soon(work)
    else process.inputAfter(ms * 1_000, eventKind.immediate, work)
  }

  // ---- what the machine wants done -----------------------------------------------------------

  #do(effect: SidecarEffect): void {
    const { nats, viaWire } = this.#parts
    switch (effect.kind) {
      case 'connect':
        this.#open(effect.url)
        return
      case 'disconnect':
        this.#socket?.closeByHost()
        this.#socket = null
        return
      case 'send':
        this.#socket?.say(viaWire(effect.message))
        return
      case 'subscribe':
        if (this.#subscribed !== '') return
        this.#subscribed = this.kind.namespace
        nats.connect(this)
        return
      case 'request':
        nats.ask(this.id, this.kind.namespace, effect.get)
        return
      case 'let-go':
        this.#release(effect)
        return
      case 'stop':
        this.#fence(effect)
        return
      case 'changed':
      case 'log':
        return
      default:
        effect satisfies never
    }
  }

  #open(url: string): void {
    const replica = this.#parts.replicas.get(url)
    if (replica === undefined) throw new Error(`no replica at ${url}`)
    this.#sockets += 1
    const name = `${this.id}.${this.process.life}.${this.#sockets}`
    this.#socket = new Socket(name, this, replica, this.#parts)
  }

  #release({ release, keys }: LetGo): void {
    const { random } = this.#parts
    const ms = random.exponential(this.pace.releaseMeanMs)
    this.releases += 1
    this.#releasing.set(keys, { number: this.releases, stopped: [] })
    if (random.chance(this.pace.stuckChance)) return
    this.process.after(ms, () => {
      this.#releasing.delete(keys)
      this.#input((machine, now) => machine.released(release, now))
    })
  }

  #fence({ fence, keys, isFinal }: Stop): void {
    if (!isFinal) for (const { stopped } of this.#releasing.values()) stopped.push(keys)
    const ms = this.#parts.random.next() * this.pace.stopMsMax
    this.process.after(ms, () => {
      if (isFinal) {
        this.obeyed += 1
        this.#releasing.clear()
      }
      this.#input((machine, now) => machine.stopped(fence, now))
    })
  }
}
