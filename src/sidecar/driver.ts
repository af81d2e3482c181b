/**
 * Drives the machine of a sidecar with sockets, timers and the system's clocks, and executes its
 * effects. Decides nothing.
 *
 * Invariants:
 * - An effect is executed behind the input that it comes of, in order. What it calls may bring
 *   about further inputs: what they want done is done behind all that waits already.
 * - Long work is done in slices, between which all input that waits comes first.
 */
import { uptime } from 'node:os'
import { BerthError } from '../errors/berth-error.js'
import { messageOf } from '../errors/message-of.js'
import { Budget } from '../jobs/job.js'
import { LimitedLog } from '../log/limited-log.js'
import { type NameLookup, patienceMsDefault } from '../network/name-lookup.js'
import type { TableContext } from '../table/table-context.js'
import type { NatsAddress } from '../wire/messages.js'
import type { Checks } from '../wire/validate.js'
import type { Stamp } from './clock.js'
import type { LetGo, SidecarEffect, Stop } from './effect.js'
import { fenceWords } from './fence-words.js'
import { HostClocks } from './host-clocks.js'
import { HostHandlers } from './host-handlers.js'
import { leaveWords } from './leave-words.js'
import type { SidecarLog } from './log.js'
import { SidecarMachine } from './machine.js'
import { NatsListener, type NatsListenerEvents, type NatsOptions } from './nats-listener.js'
import type { SidecarOptions } from './options.js'
import { ReplicaSocket } from './replica-socket.js'
import { createVerify } from './signature.js'
import { createPayloadReaders } from './signed-messages.js'
import type { SidecarState } from './state.js'
import { isWell, levelOf } from './state-level.js'
import { describeState, hasNobody } from './state-words.js'
import { Waiters, type WaitOptions } from './waiters.js'

/** What a sidecar needs besides the machine's options. */
export interface SidecarEdge {
  /** Sent with the WebSocket handshake. */
  readonly headers: Readonly<Record<string, string>>
  /** How to log in to NATS; null to live without NATS. */
  readonly nats: NatsOptions | null
  readonly log: SidecarLog
  readonly names: NameLookup
  readonly checks: Checks
  readonly context: TableContext
}

/** The machine is told of time this often; `owns` reads the clocks at each call anyway, in ms. */
const tickMs = 50
/** What a slice of long work may cost, in microseconds or so. */
const sliceUnits = 2_000

/** What of the machine alters nothing. */
type Questions = Pick<
  SidecarMachine,
  | 'phase'
  | 'broken'
  | 'leaveFault'
  | 'table'
  | 'isHost'
  | 'typesOutcome'
  | 'heldTypes'
  | 'owns'
  | 'token'
  | 'lookup'
  | 'locate'
  | 'state'
>

export class SidecarDriver {
  /** To be asked, and told nothing: `input` is the way in. */
  readonly machine: Questions
  readonly waiters = new Waiters()
  readonly handlers: HostHandlers
  /** Called when answers may have changed. */
  readonly onChanged = new Set<() => void>()
  /** Whether it was given a name to be a host by, even one without types. */
  readonly hasName: boolean
  readonly checks: Checks
  readonly #edge: SidecarEdge
  readonly #machine: SidecarMachine
  readonly #seldom: LimitedLog
  readonly #clocks = new HostClocks({
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    bootMs: () => uptime() * 1_000,
  })
  #timer: NodeJS.Timeout | null
  #immediate: NodeJS.Immediate | null = null
  #socket: ReplicaSocket | null = null
  #nats: NatsListener | null = null
  #logged = ''
  /** Null once it was well. */
  #startedAtMs: number | null
  #isDraining = false

  constructor(options: SidecarOptions, edge: SidecarEdge) {
    this.#edge = edge
    this.#seldom = new LimitedLog(edge.log)
    this.handlers = new HostHandlers(edge.log)
    this.checks = edge.checks
    this.hasName = options.host !== undefined
    this.#machine = new SidecarMachine(options, edge.context, {
      random: () => Math.random(),
      verify: createVerify(),
      read: createPayloadReaders(edge.checks),
    })
    this.machine = this.#machine
    this.#startedAtMs = this.now.monotonicMs
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#tick()
  }

  /** The clocks of this machine at the call, for a question. */
  get now(): Stamp {
    return this.#clocks.ask()
  }

  state(): SidecarState {
    const state = this.#machine.state(this.now)
    const { rejectedOrders: rejected } = state
    const natsReason = this.#nats?.reason ?? null
    const natsForbids = this.#nats?.forbidden ?? []
    const unreadable = (rejected.unreadable ?? 0) + (this.#nats?.unreadable ?? 0)
    const rejectedOrders = unreadable === 0 ? rejected : { ...rejected, unreadable }
    return { ...state, rejectedOrders, natsReason, natsForbids }
  }

  /** The state in a few words, for logs and error messages. */
  describe(): string {
    return describeState(this.state(), this.#machine.isHost)
  }

  /** @param types as a hello may say them @returns the number of this change */
  setTypes(types: readonly string[]): number {
    let number = 0
    this.#input((machine, now) => {
      number = machine.setTypes(types, now)
    })
    return number
  }

  /** Somebody has a table of this generation. */
  refresh(generation: number): void {
    this.#input((machine, now) => machine.refresh(generation, now))
  }

  /** Hands everything over, then ends. */
  leave(): void {
    this.#input((machine, now) => machine.leave(now))
  }

  /**
   * Resolves when everything is handed over, where it was told to leave.
   * @throws BerthError `not_handed_over` when it ended otherwise; `unavailable` when `onFenced`
   *   failed; `timeout`; the signal's reason when it is aborted
   */
  async handedOver(options: WaitOptions = {}): Promise<void> {
    const isOver = () => {
      const { broken, phase, leaveFault } = this.#machine
      if (broken !== null) throw new BerthError('unavailable', broken)
      if (phase !== 'left') return undefined
      if (leaveFault === null) return true
      throw new BerthError('not_handed_over', leaveWords(leaveFault))
    }
    await this.waiters.until(isOver, options, () => `the sidecar ${this.describe()}.`)
  }

  /** Ends the instance now. @param how `bye`: the host has stopped everything */
  async close(how: 'bye' | 'abandon'): Promise<void> {
    if (this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
    this.#input((machine) => machine[how]())
    await this.#nats?.close()
    this.#seldom.end()
    this.#wake()
  }

  // ---- the machine ---------------------------------------------------------------------------

  /** The one way into the machine; questions alone are asked of it beside. */
  #input(act: (machine: SidecarMachine, now: Stamp) => void): void {
    act(this.#machine, this.#clocks.read())
    this.#drain()
  }

  #drain(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    try {
      for (;;) {
        const effects = this.#machine.takeEffects()
        if (effects.length === 0) return
        for (const effect of effects) this.#execute(effect)
      }
    } finally {
      this.#isDraining = false
      if (this.#machine.hasWork) this.#workLater()
    }
  }

  #tick(): void {
    this.#input((machine, now) => machine.tick(now))
    this.#log()
  }

  /** Callers that wait are asked anew: some at once, the others soon. */
  #wake(): void {
    for (const handler of this.onChanged) handler()
    this.waiters.wake()
    if (!this.waiters.step(new Budget(sliceUnits))) this.#workLater()
  }

  #workLater(): void {
    this.#immediate ??= setImmediate(() => this.#work())
  }

  #work(): void {
    this.#immediate = null
    const budget = new Budget(sliceUnits)
    const isAllAsked = this.waiters.step(budget)
    if (this.#machine.hasWork) this.#input((machine, now) => machine.work(now, budget))
    if (!isAllAsked) this.#workLater()
  }

  #execute(effect: SidecarEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#open(effect.url, effect.timeoutMs)
        return
      case 'disconnect':
        this.#disconnect(effect.reason)
        return
      case 'send':
        this.#socket?.send(effect.message)
        return
      case 'subscribe':
        this.#subscribe(effect.address)
        return
      case 'request':
        this.#nats?.ask(effect.get)
        return
      case 'let-go':
        void this.#release(effect)
        return
      case 'stop':
        void this.#fence(effect)
        return
      case 'changed':
        this.#wake()
        return
      case 'log':
        this.#edge.log.warn({ detail: effect.detail }, effect.message)
        return
      default:
        effect satisfies never
    }
  }

  // ---- its edges -----------------------------------------------------------------------------

  #open(url: string, timeoutMs: number): void {
    const { headers, checks, names } = this.#edge
    const lookup = names.within(patienceMsDefault)
    const options = { headers, timeoutMs, lookup, check: checks.replicaMessage }
    const socket: ReplicaSocket = new ReplicaSocket(url, options, {
      located: () => {
        if (this.#socket === socket) this.#input((machine, now) => machine.located(now))
      },
      opened: () => {
        if (this.#socket === socket) this.#input((machine, now) => machine.opened(now))
      },
      arriving: () => {
        if (this.#socket === socket) this.#input((machine, now) => machine.arriving(now))
      },
      message: (message) => {
        if (this.#socket === socket) this.#input((machine, now) => machine.message(message, now))
      },
      closed: (reason, code) => {
        if (this.#socket !== socket) return
        this.#socket = null
        this.#tell(socket, reason)
        this.#input((machine, now) => machine.closed(now, code, reason))
      },
    })
    this.#socket = socket
  }

  #disconnect(reason: string | null): void {
    const socket = this.#socket
    this.#socket = null
    socket?.close()
    if (socket !== null && reason !== null) this.#tell(socket, reason)
  }

  /** Of each address by itself: one that is tried again and again does not fill the log. */
  #tell({ url, wasOpen }: ReplicaSocket, reason: string): void {
    const fields = { replica: url, reason }
    if (wasOpen) this.#seldom.add('info', fields, 'the session with a replica ended', url)
    else this.#seldom.add('warn', fields, 'there is no session with a replica', `${url} none`)
  }

  #subscribe(address: NatsAddress): void {
    const { nats, names, log } = this.#edge
    const before = this.#nats
    const isClosed = this.#timer === null
    if (nats === null || isClosed) return
    if (before !== null && isSameAddress(before.address, address)) return
    void before?.close()
    if (before !== null) this.#input((machine, now) => machine.natsChanged(false, now))
    const events = this.#natsEvents(() => this.#nats === listener)
    const listener: NatsListener = new NatsListener(address, nats, log, events, names)
    this.#nats = listener
    listener.start()
  }

  /** @param isCurrent whether the listener that says it is still the one */
  #natsEvents(isCurrent: () => boolean): NatsListenerEvents {
    return {
      changed: (isUp) => {
        if (isCurrent()) this.#input((machine, now) => machine.natsChanged(isUp, now))
      },
      order: (signed) => {
        if (isCurrent()) this.#input((machine, now) => machine.natsOrder(signed, now))
      },
      pulse: (signed) => {
        if (isCurrent()) this.#input((machine, now) => machine.natsPulse(signed, now))
      },
      table: (signed) => {
        if (isCurrent()) this.#input((machine, now) => machine.natsTable(signed, now))
      },
    }
  }

  async #release({ release, keys, deadlineMs }: LetGo): Promise<void> {
    const isDone = await this.handlers.release(keys, deadlineMs)
    if (isDone) this.#input((machine, now) => machine.released(release, now))
  }

  async #fence({ fence, reason, keys, isFinal }: Stop): Promise<void> {
    const message = `fenced, actors must stop: ${fenceWords(reason)}`
    this.#edge.log.warn({ reason, isFinal }, message)
    try {
      await this.handlers.fence(reason, keys, isFinal)
    } catch (error) {
      const what = messageOf(error)
      const why = `onFenced failed (${what}): nobody knows what still runs; end this process`
      this.#input((machine, now) => machine.failedToStop(fence, why, now))
      this.#edge.log.error({ err: error }, 'onFenced failed; end this process')
      return
    }
    this.#input((machine, now) => machine.stopped(fence, now))
  }

  /** One line whenever the state changes its name. */
  #log(): void {
    const state = this.state()
    const { phase, isFenced, replica, nats, natsForbids, missing, waiting, failure } = state
    const parts = [phase, isFenced, replica, nats, missing !== null, waiting?.code, failure?.code]
    const wantsNats = this.#edge.nats !== null
    if (isWell(state, wantsNats)) this.#startedAtMs = null
    const sinceMs = this.#startedAtMs === null ? null : this.now.monotonicMs - this.#startedAtMs
    const level = levelOf(state, wantsNats, sinceMs)
    const logged = [...parts, ...natsForbids, hasNobody(state), level].join()
    if (logged === this.#logged) return
    this.#logged = logged
    this.#edge.log[level]({ state }, `sidecar ${this.describe()}`)
  }
}

function isSameAddress(a: NatsAddress, b: NatsAddress): boolean {
  return a.table === b.table && a.get === b.get && a.servers.join() === b.servers.join()
}
