/**
 * The sidecar as a host uses it: drives the machine with sockets, timers and the system's clocks,
 * and turns its words into promises and callbacks.
 */
import { BerthError } from '../errors/berth-error.js'
import { LimitedLog } from '../log/limited-log.js'
import { type NameLookup, patienceMsDefault } from '../network/name-lookup.js'
import { planOwners } from '../table/bounded-load.js'
import type { TableContext } from '../table/table-context.js'
import type { NatsAddress } from '../wire/messages.js'
import { utf8Bytes } from '../wire/utf8-bytes.js'
import type { Checks } from '../wire/validate.js'
import { AfterInput } from './after-input.js'
import { type FencedHandler, HostHandlers, type ReleaseHandler } from './host-handlers.js'
import type { SidecarLog } from './log.js'
import { SidecarMachine } from './machine.js'
import { NatsListener, type NatsListenerEvents } from './nats-listener.js'
import type { NatsOptions } from './nats-options.js'
import type { FenceOrder, SidecarOptions, SidecarPorts } from './ports.js'
import { ReplicaSocket } from './replica-socket.js'
import { createVerify } from './signature.js'
import { createPayloadReaders } from './signed-messages.js'
import type { SidecarState } from './state.js'
import { describeState, hasNobody } from './state-words.js'
import { systemNow } from './system-clock.js'
import type { Lookup } from './table-keeper.js'
import { Waiters, type WaitOptions } from './waiters.js'

/** Where an actor runs. */
export interface Placement {
  /** Address of the host. */
  readonly host: string
  readonly appId: string
  /** Generation of the table that says so. */
  readonly generation: number
}

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
/** Longest id of an actor, in bytes of UTF-8. */
export const actorIdBytesMax = 1_024
/** A lookup that waits longer is rejected unless it says otherwise, in ms. */
export const defaultWaitMs = 30_000

export class Sidecar {
  readonly #edge: SidecarEdge
  readonly #after = new AfterInput()
  readonly #isHost: boolean
  readonly #machine: SidecarMachine
  readonly #waiters = new Waiters()
  readonly #seldom: LimitedLog
  readonly #handlers: HostHandlers
  #timer: NodeJS.Timeout | null
  #socket: ReplicaSocket | null = null
  #nats: NatsListener | null = null
  #logged = ''
  #isChanged = false

  constructor(options: SidecarOptions, edge: SidecarEdge) {
    this.#edge = edge
    this.#seldom = new LimitedLog(this.#after.log(edge.log))
    this.#handlers = new HostHandlers(edge.log)
    this.#isHost = (options.host?.types.length ?? 0) > 0
    this.#machine = new SidecarMachine(options, edge.context, this.#ports())
    this.#timer = setInterval(() => this.#tick(), tickMs)
    this.#tick()
  }

  /**
   * Where the actor runs. Waits while it moves.
   * @throws BerthError `no_owner` when no host has the type, `timeout`, `overloaded`; `unavailable`
   *   when this sidecar is closed and does not know
   */
  async where(type: string, id: string, options: WaitOptions = {}): Promise<Placement> {
    return this.#waiters.until(
      () => {
        const lookup = this.#lookup(type, id)
        if (lookup.kind === 'owner') return placementOf(lookup)
        if (lookup.kind !== 'no_owner') return this.#unlessClosed()
        throw noOwner(type)
      },
      { timeoutMs: defaultWaitMs, ...options },
      () =>
        `where ${type}/${id} is ${this.#lookup(type, id).kind}, the sidecar ${this.describe()}.`,
    )
  }

  /** The same without waiting: its place, `moving`, or `unknown` (also if no host has the type). */
  peek(type: string, id: string): Placement | 'moving' | 'unknown' {
    const lookup = this.#lookup(type, id)
    if (lookup.kind === 'owner') return placementOf(lookup)
    return lookup.kind === 'moving' ? 'moving' : 'unknown'
  }

  /**
   * Where these actors would be if no host were to carry more than 1.25 times the average of them:
   * for planning alone. Who runs an actor, `where` says.
   * @throws BerthError `no_owner` when no host has the type, `unavailable` before the first table
   */
  plan(type: string, ids: readonly string[]): readonly Placement[] {
    for (const id of ids) checkKey(type, id)
    const { table } = this.#machine
    if (table === null) throw new BerthError('unavailable', 'There is no table here yet.')
    const members = planOwners(table, type, ids)
    if (members === null) throw noOwner(type)
    return members.map((member) => placementOf({ member, generation: table.generation }))
  }

  /**
   * Whether this host may run the actor at this instant. False from the moment when its release
   * begins; what runs then may finish under its token until the release is done.
   */
  owns(type: string, id: string): boolean {
    checkKey(type, id)
    return this.#machine.owns(type, id, systemNow())
  }

  /**
   * Fencing token of an actor of one's own: rises whenever the actor changes hands. Storage that
   * refuses a lower token than it has seen is safe even from a host that lost all sense of time.
   * @throws BerthError `not_owner` when this host may not run the actor now
   */
  token(type: string, id: string): number {
    checkKey(type, id)
    const token = this.#machine.token(type, id, systemNow())
    if (token !== null) return token
    throw new BerthError('not_owner', `This host may not run ${type}/${id} now.`)
  }

  /** Calls the handler with what moves away; the move waits for its promise. @returns undo */
  onRelease(handler: ReleaseHandler): () => void {
    this.#handlers.released.add(handler)
    return () => this.#handlers.released.delete(handler)
  }

  /** Calls the handler with what must stop at once. @returns undo */
  onFenced(handler: FencedHandler): () => void {
    this.#handlers.fenced.add(handler)
    return () => this.#handlers.fenced.delete(handler)
  }

  state(): SidecarState {
    const state = this.#machine.state(systemNow())
    const { rejectedOrders: rejected } = state
    const natsReason = this.#nats?.reason ?? null
    const natsForbids = this.#nats?.forbidden ?? []
    const unreadable = (rejected.unreadable ?? 0) + (this.#nats?.unreadable ?? 0)
    const rejectedOrders = unreadable === 0 ? rejected : { ...rejected, unreadable }
    return { ...state, rejectedOrders, natsReason, natsForbids }
  }

  /** The state in a few words, for logs and error messages. */
  describe(): string {
    return describeState(this.state(), this.#isHost)
  }

  /** Resolves when the sidecar has a table and, for a host, a lease and its place in the table. */
  async ready(options: WaitOptions = {}): Promise<void> {
    await this.#waiters.until(
      () => {
        const { phase, isFenced, generation, isMember } = this.state()
        const isIn = isMember || !this.#isHost
        if (phase === 'serving' && !isFenced && generation !== null && isIn) return true
        this.#unlessBroken()
        return this.#unlessClosed()
      },
      options,
      () => `the sidecar ${this.describe()}.`,
    )
  }

  /**
   * Hands everything over, then closes. Resolves when the hand-over is finished; when it rejects
   * the sidecar is closed, and its actors wait until its lease has run out.
   * @throws BerthError `unavailable` when `onFenced` failed: end this process; `timeout`
   */
  async leave(options: WaitOptions = {}): Promise<void> {
    this.#machine.leave(systemNow())
    const hasLeft = () => {
      this.#unlessBroken()
      return this.#machine.phase === 'left' ? true : undefined
    }
    try {
      await this.#waiters.until(hasLeft, options, () => `the sidecar ${this.describe()}.`)
    } finally {
      // Nobody has said that all is stopped: where it has not left, it ends without a word.
      await this.#close('abandon')
    }
  }

  /**
   * Ends without a hand-over: the host has stopped everything. Its actors wait for the next
   * instance under its name, or for its lease to run out.
   */
  async close(): Promise<void> {
    await this.#close('bye')
  }

  async #close(how: 'bye' | 'abandon'): Promise<void> {
    if (this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
    this.#machine[how]()
    this.#socket?.close()
    await this.#nats?.close()
    this.#seldom.end()
    this.#waiters.wake()
  }

  /** @throws BerthError `unavailable` when `onFenced` failed */
  #unlessBroken(): void {
    const { broken } = this.#machine
    if (broken !== null) throw new BerthError('unavailable', broken)
  }

  /** @throws BerthError `unavailable` when nothing will come any more */
  #unlessClosed(): undefined {
    if (this.#machine.phase !== 'left') return undefined
    throw new BerthError('unavailable', 'This sidecar is closed.')
  }

  // ---- driving the machine -------------------------------------------------------------------

  #ports(): SidecarPorts {
    return {
      random: () => Math.random(),
      verify: createVerify(),
      read: createPayloadReaders(this.#edge.checks, this.#after.log(this.#edge.log)),
      open: (url, timeoutMs) => this.#open(url, timeoutMs),
      close: (reason) => {
        if (this.#socket !== null && reason !== undefined) this.#tell(this.#socket, reason)
        this.#socket?.close()
        this.#socket = null
      },
      send: (message) => this.#socket?.send(message),
      listen: (address) => this.#listen(address),
      ask: (get) => this.#nats?.ask(get),
      release: (keys, token) =>
        this.#after.add(() => void this.#handlers.release(keys, token, this.#machine)),
      fence: (order) => this.#after.add(() => this.#fence(order)),
      changed: () => this.#changed(),
    }
  }

  /** Whoever waits is asked once, however much an input has changed. */
  #changed(): void {
    if (this.#isChanged) return
    this.#isChanged = true
    this.#after.add(() => {
      this.#isChanged = false
      this.#waiters.wake()
    })
  }

  #lookup(type: string, id: string): Lookup {
    checkKey(type, id)
    return this.#machine.lookup(type, id, systemNow())
  }

  #tick(): void {
    this.#machine.tick(systemNow())
    this.#log()
  }

  #open(url: string, timeoutMs: number): void {
    const { headers, checks, names } = this.#edge
    const lookup = names.within(patienceMsDefault)
    const options = { headers, timeoutMs, lookup, check: checks.replicaMessage }
    const socket: ReplicaSocket = new ReplicaSocket(url, options, {
      located: () => {
        if (this.#socket === socket) this.#machine.located(systemNow())
      },
      opened: () => {
        if (this.#socket === socket) this.#machine.opened(systemNow())
      },
      arriving: () => {
        if (this.#socket === socket) this.#machine.arriving(systemNow())
      },
      message: (message) => {
        if (this.#socket === socket) this.#machine.message(message, systemNow())
      },
      closed: (reason, code) => {
        if (this.#socket !== socket) return
        this.#socket = null
        this.#tell(socket, reason)
        this.#machine.closed(systemNow(), code, reason)
      },
    })
    this.#socket = socket
  }

  /** Of each address by itself: one that is tried again and again does not fill the log. */
  #tell({ url, wasOpen }: ReplicaSocket, reason: string): void {
    const fields = { replica: url, reason }
    if (wasOpen) this.#seldom.add('info', fields, 'the session with a replica ended', url)
    else this.#seldom.add('warn', fields, 'there is no session with a replica', `${url} none`)
  }

  #listen(address: NatsAddress): void {
    const { nats, names } = this.#edge
    const log = this.#after.log(this.#edge.log)
    const before = this.#nats
    if (nats === null || (before !== null && isSameAddress(before.address, address))) return
    void before?.close()
    if (before !== null) this.#machine.natsChanged(false, systemNow())
    const listener: NatsListener = new NatsListener(
      ...([address, nats, log] as const),
      this.#natsEvents(() => this.#nats === listener),
      names,
    )
    this.#nats = listener
  }

  /** @param isCurrent whether the listener that says it is still the one */
  #natsEvents(isCurrent: () => boolean): NatsListenerEvents {
    return {
      changed: (isUp) => {
        if (isCurrent()) this.#machine.natsChanged(isUp, systemNow())
      },
      order: (signed) => {
        if (isCurrent()) this.#machine.natsOrder(signed, systemNow())
      },
      pulse: (signed) => {
        if (isCurrent()) this.#machine.natsPulse(signed, systemNow())
      },
      table: (signed) => {
        if (isCurrent()) this.#machine.natsTable(signed, systemNow())
      },
    }
  }

  #fence(order: FenceOrder): void {
    const { reason, isFinal } = order
    this.#edge.log.warn({ reason, isFinal, state: this.describe() }, 'fenced: actors must stop')
    void this.#handlers.fence(order, this.#machine)
  }

  /** One line whenever the state changes its name. */
  #log(): void {
    const state = this.state()
    const { phase, isFenced, replica, nats, natsForbids, missing, waiting, failure } = state
    const nobody = hasNobody(state)
    const parts = [phase, isFenced, replica, nats, missing !== null, waiting?.code, failure?.code]
    const logged = [...parts, ...natsForbids, nobody].join()
    if (logged === this.#logged) return
    this.#logged = logged
    const isSafe = phase === 'serving' && !isFenced && missing === null
    const isWell = isSafe && nats === 'listening' && natsForbids.length === 0 && !nobody
    this.#edge.log[isWell ? 'info' : 'warn']({ state }, `sidecar ${this.describe()}`)
  }
}

/** @throws BerthError `invalid_request` for what is no name of an actor, here as over REST */
function checkKey(type: unknown, id: unknown): void {
  if (typeof type !== 'string' || typeof id !== 'string') {
    throw new BerthError('invalid_request', 'An actor is named by its type and its id, both text.')
  }
  if (!type.isWellFormed() || !id.isWellFormed()) {
    const detail =
      'The name of an actor is well-formed Unicode: here half a surrogate stands alone.'
    throw new BerthError('invalid_request', detail)
  }
  // No character takes more than three bytes for each of its units: short texts are not counted.
  if (id.length * 3 <= actorIdBytesMax || utf8Bytes(id) <= actorIdBytesMax) return
  throw new BerthError('invalid_request', `An actor id has at most ${actorIdBytesMax} bytes.`)
}

function noOwner(type: string): BerthError {
  return new BerthError('no_owner', `No host of the table has actors of type "${type}".`)
}

type Located = Pick<Extract<Lookup, { kind: 'owner' }>, 'member' | 'generation'>

function placementOf({ member, generation }: Located): Placement {
  return { host: member.name, appId: member.appId, generation }
}

function isSameAddress(a: NatsAddress, b: NatsAddress): boolean {
  return a.table === b.table && a.get === b.get && a.servers.join() === b.servers.join()
}
