/**
 * The machine of a sidecar: what may be answered, what must wait, when to stop. It is told of
 * messages, time, and of what the host has finished; it asks through ports. It knows no socket and
 * no promise, and reads no clock: every input carries the time.
 *
 * Invariants (design §5–§7):
 * - A key is this host's only while its lease holds, it owns the key in the unlocked table and in
 *   every table that it acknowledged since. The lease is judged at the instant of the question, and
 *   before each input: nothing is taken in under a lease that has run out.
 * - Lineage, term and the leader's key are taken from the WebSocket alone.
 * - After a fence a hello is said only when the host has stopped everything; and nothing that a
 *   fence took is this host's again before the host has stopped it.
 * - Once the instance has ended, nothing is its own and no input alters anything.
 */
import type { Table } from '../table/table.js'
import type { TableContext } from '../table/table-context.js'
import { hostProtocol } from '../versions/versions.js'
import type { Answer, Get, Order, ReplicaMessage, Welcome } from '../wire/messages.js'
import type { Stamp } from './clock.js'
import { Heard } from './heard.js'
import { HostLease } from './host-lease.js'
import { allKeys, type MovedKeys } from './moved-keys.js'
import { OrderInbox } from './order-inbox.js'
import type { FenceOrder, SidecarOptions, SidecarPhase, SidecarPorts } from './ports.js'
import { Session } from './session.js'
import type { SignedByLeader, SignedByReplica } from './signed-messages.js'
import { composeState, type MachineState } from './state.js'
import { Stopping } from './stopping.js'
import { TableFollower } from './table-follower.js'
import type { Lookup, PendingTable } from './table-keeper.js'

export class SidecarMachine {
  readonly #options: SidecarOptions
  readonly #ports: SidecarPorts
  readonly #lease = new HostLease()
  readonly #session: Session
  readonly #heard: Heard
  readonly #follower: TableFollower
  readonly #inbox: OrderInbox
  readonly #stopping = new Stopping()
  #phase: SidecarPhase = 'connecting'
  #term = 0
  #leaves = false
  /** When it ends although the host has not said that all is stopped. */
  #leavesByMs = Number.POSITIVE_INFINITY
  /** Whether an acknowledgement is waited for that was given before. */
  #isAsked = false
  /** Whether the session is to be given up for a new one. */
  #starts = false
  /** Why nobody knows what still runs under this instance, which is out for good; null for not. */
  #broken: string | null = null

  constructor(options: SidecarOptions, context: TableContext, ports: SidecarPorts) {
    this.#options = options
    this.#ports = ports
    this.#session = new Session(options, this.#lease, ports)
    this.#heard = new Heard(options.staleTableMs)
    this.#inbox = new OrderInbox(ports.verify, ports.read)
    this.#follower = new TableFollower(context, {
      self: () => this.#session.self,
      term: () => this.#term,
      release: (keys, token) => ports.release(keys, token),
      stop: (reason, keys) => {
        if (!this.#lease.wasGiven) return
        if (this.#stopping.isFull) this.#lease.fence(reason, false)
        else this.#stop({ reason, keys: keys ?? this.#allKeys, isFinal: false })
      },
      contradicted: () => this.#contradicted(),
      acknowledgeAgain: () => {
        this.#isAsked = true
      },
      changed: ports.changed,
      random: ports.random,
      ask: (get) => this.#ask(get),
    })
  }

  // ---- questions -----------------------------------------------------------------------------

  get phase(): SidecarPhase {
    return this.#phase
  }

  /** Why nobody knows what still runs under this instance, which is out for good; null for not. */
  get broken(): string | null {
    return this.#broken
  }

  /** Whether this host may run the actor at this instant; never true while it is moving away. */
  owns(type: string, id: string, now: Stamp): boolean {
    const self = this.#session.self
    if (self === null || !this.#leaseHolds(now) || this.#stopping.has(type, id)) return false
    return this.#follower.keeper.owns(self, type, id)
  }

  /** The fencing token of a key of one's own; null when it may not be run now. */
  token(type: string, id: string, now: Stamp): number | null {
    const self = this.#session.self
    if (self === null || !this.#leaseHolds(now) || this.#stopping.has(type, id)) return null
    const { keeper } = this.#follower
    return keeper.holds(self, type, id) ? keeper.generation : null
  }

  /** The table that answers; null before the first. */
  get table(): Table | null {
    return this.#follower.table
  }

  /** Where the actor is, as far as it can be said without waiting. */
  lookup(type: string, id: string, now: Stamp): Lookup {
    if (this.#heard.isStale(now.monotonicMs)) return { kind: 'unknown' }
    const lookup = this.#follower.keeper.lookup(type, id)
    if (lookup.kind !== 'owner' || lookup.member.name !== this.#session.self?.name) return lookup
    return this.owns(type, id, now) ? lookup : { kind: 'moving' }
  }

  state(now: Stamp): MachineState {
    const parts = { session: this.#session, heard: this.#heard, follower: this.#follower }
    const more = { phase: this.#phase, broken: this.#broken, term: this.#term, inbox: this.#inbox }
    return composeState({ ...parts, ...more, leaseHolds: this.#leaseHolds(now), now })
  }

  // ---- the host ------------------------------------------------------------------------------

  /** The host has let go of what `release` named. */
  released(token: PendingTable, now: Stamp): void {
    if (!this.#begin(now)) return
    if (this.#stopping.isDone) this.#follower.released(token)
    else this.#stopping.hold(token)
    this.#flush(now)
  }

  /** The host has stopped what this fence took. */
  stopped(order: FenceOrder, now: Stamp): void {
    if (!this.#stopping.end(order) || !this.#begin(now)) return
    this.#ports.changed()
    if (!this.#stopping.isDone) return
    // Also under a fence: the admission may outlast it, and nobody asks for this once more.
    for (const token of this.#stopping.takeHeld()) this.#follower.released(token)
    if (this.#phase === 'fencing') this.#stoppedAll(now)
    else this.#flush(now)
  }

  /**
   * The host could not stop what this fence took, and nobody knows what still runs. This instance
   * never says again that something is stopped or let go of: the cluster waits for its lease.
   */
  failedToStop({ reason, isFinal }: FenceOrder, why: string, now: Stamp): void {
    if (this.#broken !== null || this.#phase === 'left') return
    this.#broken = why
    if (!isFinal) this.#lease.fence(reason, false)
    this.#announce(now)
    this.#ports.changed()
  }

  /** Who leaves while it stops everything is waited for as long as the cluster may wait for it. */
  #waitToLeave(now: Stamp): void {
    const leavesByMs = now.monotonicMs + this.#session.times.fenceAfterMs
    this.#leavesByMs = Math.min(this.#leavesByMs, leavesByMs)
  }

  #stoppedAll(now: Stamp): void {
    if (this.#lease.isAsked) this.#session.end('fenced')
    this.#lease.stopped()
    if (this.#leaves) {
      this.#end()
      return
    }
    this.#phase = 'connecting'
    // A session has one hello, so the next one needs another session.
    this.#session.renew(now, 'the host was fenced')
  }

  /** Hand everything over, then end. */
  leave(now: Stamp): void {
    if (!this.#begin(now)) return
    this.#leaves = true
    if (this.#broken !== null) this.#end()
    if (this.#phase === 'left') return
    if (this.#phase === 'fencing') {
      this.#waitToLeave(now)
      return
    }
    // Behind a fence nothing runs that could be handed over.
    if (this.#session.self === null || this.#lease.isFenced) this.#end()
    else {
      this.#phase = 'leaving'
      // Without a lease no fence would end it.
      if (!this.#lease.wasGiven) this.#waitToLeave(now)
      this.#heartbeat(now)
    }
  }

  /** The instance ends now: the host has stopped everything; its place is kept for its next one. */
  bye(): void {
    if (this.#phase === 'left') return
    if (this.#broken === null) this.#session.end('bye')
    this.#end()
  }

  /** The instance ends without a word: something of it may still run. */
  abandon(): void {
    if (this.#phase !== 'left') this.#end()
  }

  // ---- the session ---------------------------------------------------------------------------

  opened(now: Stamp): void {
    if (!this.#begin(now)) return
    const { link } = this.#session
    link.opened(now.monotonicMs)
    // What runs under the old admission has to stop before another one is asked for.
    if (this.#phase === 'fencing') link.moveOn(now.monotonicMs, 'the host is being fenced')
    else if (link.phase === 'open') this.#session.hello(this.#follower.keeper, this.#leaves, now)
  }

  /** The name in the address of the replica has been looked up. */
  located(now: Stamp): void {
    if (this.#begin(now)) this.#session.link.located(now.monotonicMs)
  }

  /** A piece of a large message came, over the open session. */
  arriving(now: Stamp): void {
    if (this.#begin(now)) this.#session.link.arriving(now.monotonicMs)
  }

  /**
   * @param code with which the WebSocket was closed, if it was
   * @param reason for people
   */
  closed(now: Stamp, code?: number, reason?: string): void {
    if (!this.#begin(now)) return
    this.#session.closed(now, code, reason)
    this.#disconnected()
  }

  tick(now: Stamp): void {
    if (!this.#begin(now)) return
    if (now.monotonicMs >= this.#leavesByMs) {
      this.#end()
      return
    }
    const wasOpen = this.#session.isOpen
    if (this.#phase !== 'fencing') this.#session.tick(now)
    if (wasOpen && !this.#session.isOpen) this.#disconnected()
    this.#follower.tick(now.monotonicMs)
    if (this.#session.isHeartbeatDue(now)) this.#heartbeat(now)
    this.#flush(now)
  }

  /** From the open session. */
  message(message: ReplicaMessage, now: Stamp): void {
    if (!this.#begin(now)) return
    if (this.#heard.replica(now.monotonicMs)) this.#ports.changed()
    this.#handle(message, now)
    this.#flush(now)
  }

  natsChanged(isUp: boolean, now: Stamp): void {
    if (isUp === this.#heard.isNatsUp || !this.#begin(now)) return
    this.#heard.nats(isUp, now.monotonicMs)
    this.#heartbeat(now)
  }

  natsOrder(signed: SignedByLeader, now: Stamp): void {
    if (!this.#begin(now)) return
    this.#natsOrders(this.#inbox.receive(signed), now)
    this.#flush(now)
  }

  /**
   * The leader is there, or a later one may be. A sidecar without a session asks what it may have
   * missed: the answer is signed by a replica, whose key it knows. It asks as seldom as ever, so
   * that a pulse that is forged brings about nothing more than one that is repeated.
   */
  natsPulse(signed: SignedByLeader, now: Stamp): void {
    if (!this.#begin(now)) return
    const pulse = this.#inbox.pulse(signed)
    if (pulse === null) return
    const nowMs = now.monotonicMs
    if (pulse === 'leader') this.#heard.pulse(nowMs)
    const { beaconMs } = this.#session.times
    const isCutOff = !this.#session.isWelcomed && this.#heard.silentMs(nowMs) >= beaconMs
    if (isCutOff) this.#follower.refresh(nowMs)
    this.#flush(now)
  }

  /** A part of an answer to `ask`. */
  natsTable(signed: SignedByReplica, now: Stamp): void {
    const { registry } = this.#session
    if (registry === null || !this.#begin(now)) return
    const answer = this.#inbox.answer(signed, registry)
    if (answer !== null) {
      if (this.#heard.order(now.monotonicMs)) this.#ports.changed()
      if (answer.registry !== undefined) this.#session.learn(answer.registry)
      this.#follower.offered(answer, now.monotonicMs)
    }
    this.#flush(now)
  }

  // ---- what was said -------------------------------------------------------------------------

  #handle(message: ReplicaMessage, now: Stamp): void {
    const nowMs = now.monotonicMs
    switch (message.kind) {
      case 'welcome':
        this.#welcomed(message, now)
        return
      case 'waiting':
        this.#session.waiting = message
        if (this.#phase === 'connecting') this.#phase = 'waiting'
        this.#ports.changed()
        return
      case 'answer':
        this.#answered(message, now)
        return
      case 'refused':
        this.#session.link.answered()
        if (!this.#isOurs(message.lineage)) return
        this.#follower.learn({ generation: message.disseminated, digest: message.digest }, nowMs)
        return
      case 'fence':
        if (this.#isOwn(message)) this.#lease.fence(message.code, true)
        return
      case 'left':
        if (this.#leaves && this.#isOwn(message)) this.#end()
        return
      case 'leader':
        if (this.#isOurs(message.lineage)) this.#identify(message.term, message.key, now)
        return
      case 'registry':
        if (this.#isOurs(message.lineage)) this.#session.learn(message.registry)
        return
      case 'table':
        if (!this.#isOurs(message.lineage)) return
        if (message.registry !== undefined) this.#session.learn(message.registry)
        this.#follower.answered(message, nowMs)
        return
      case 'go_elsewhere':
        if (this.#phase === 'fencing') return
        this.#session.goElsewhere(now)
        this.#disconnected()
        return
      case 'error':
        this.#session.failure = message
        return
      case 'lock':
      case 'update':
      case 'unlock':
      case 'beacon':
        if (this.#isOurs(message.lineage) && message.term >= this.#term) {
          this.#follower.order(message, true, nowMs)
        }
        return
      default:
        message satisfies never
    }
  }

  #welcomed(welcome: Welcome, now: Stamp): void {
    const before = this.#session.welcome
    if (this.#session.isWelcomed || this.#phase === 'fencing') return
    const { protocol } = welcome
    if (protocol < hostProtocol.oldest || protocol > hostProtocol.newest) {
      this.#session.renew(
        now,
        `it speaks version ${protocol} of the protocol, which nobody offered`,
      )
      return
    }
    if (before !== null && before.lineage !== welcome.lineage) {
      this.#otherLineage()
      return
    }
    if (this.#session.hasEnded(welcome.epoch)) {
      // The leader may hear only later that it ended, and would count it as stopped then.
      this.#session.refuse(welcome, now)
      return
    }
    // Admitted anew in between: what ran under the old admission has to stop first.
    if (before !== null && before.epoch !== welcome.epoch && this.#lease.wasGiven) {
      this.#lease.fence('readmitted', false)
      return
    }
    if (this.#leaves && welcome.epoch === 0) {
      this.#end()
      return
    }
    this.#session.welcomed(welcome)
    this.#phase = this.#leaves ? 'leaving' : 'serving'
    this.#identify(welcome.term, welcome.key, now)
    this.#takeTables(welcome, before?.epoch !== welcome.epoch, now)
    this.#ports.listen(welcome.nats)
    this.#ports.changed()
    this.#heartbeat(now)
  }

  #takeTables({ table, disseminated, round }: Welcome, isNew: boolean, now: Stamp): void {
    const nowMs = now.monotonicMs
    if (isNew) this.#lease.restart()
    if (table !== undefined) this.#follower.take(table, nowMs)
    else this.#follower.learn(disseminated, nowMs)
    if (isNew) this.#follower.readmitted()
    if (round !== undefined) this.#follower.goTo(round, nowMs)
  }

  #answered(answer: Answer, now: Stamp): void {
    this.#session.link.answered()
    if (!this.#session.isWelcomed || !this.#isOurs(answer.lineage)) return
    this.#session.waiting = null
    const hadLease = this.#lease.wasGiven
    if (this.#session.self !== null) this.#lease.answered(answer.number)
    if (!hadLease) this.#ports.changed()
    const { disseminated: generation, digest } = answer
    if (digest === undefined) this.#follower.learnGeneration(generation, now.monotonicMs)
    else this.#follower.learn({ generation, digest }, now.monotonicMs)
  }

  #natsOrders(orders: readonly Order[], now: Stamp): void {
    for (const order of orders) {
      if (this.#heard.order(now.monotonicMs)) this.#ports.changed()
      this.#follower.order(order, false, now.monotonicMs)
    }
  }

  /** The leader of a term and its key: orders that were held for it can be read now. */
  #identify(term: number, key: string, now: Stamp): void {
    const { welcome } = this.#session
    if (welcome === null || term < this.#term) return
    this.#term = term
    const { namespace, lineage } = welcome
    this.#natsOrders(this.#inbox.identify({ namespace, lineage, term, key }), now)
  }

  /** False for another history of the cluster, which this sidecar then joins as new. */
  #isOurs(lineage: string): boolean {
    if (this.#session.welcome === null) return false
    if (lineage === this.#session.lineage) return true
    this.#otherLineage()
    return false
  }

  /** Whether what is said is said of this admission. */
  #isOwn({ lineage, epoch }: { readonly lineage: string; readonly epoch: number }): boolean {
    return this.#isOurs(lineage) && epoch === this.#session.self?.epoch
  }

  #otherLineage(): void {
    if (this.#session.self !== null) this.#lease.fence('other_lineage', false)
    this.#follower.forget()
    this.#session.forget()
    this.#term = 0
    this.#starts = true
  }

  #contradicted(): void {
    this.#follower.forget()
    if (this.#session.self === null) this.#starts = true
    else this.#lease.fence('digest_mismatch', true)
  }

  // ---- what is done --------------------------------------------------------------------------

  /** Start of an input: a lease that has run out is noticed first. @returns whether it counts */
  #begin(now: Stamp): boolean {
    if (this.#phase === 'left') return false
    this.#announce(now)
    return true
  }

  /** End of an input: what it brought about goes out. */
  #flush(now: Stamp): void {
    if (this.#phase === 'left') return
    this.#announce(now)
    if (this.#starts) this.#startAnew(now)
    // That it leaves is said every heartbeat anyway, however many rounds go by meanwhile.
    const isDue = this.#isAsked || this.#session.acknowledgesMore(this.#follower.keeper)
    if (isDue) this.#heartbeat(now, false)
  }

  /** Tells the host of a fence that went up. */
  #announce(now: Stamp): void {
    this.#leaseHolds(now)
    const reason = this.#lease.announce()
    if (reason === null) return
    this.#phase = 'fencing'
    if (this.#leaves) this.#waitToLeave(now)
    this.#stop({ reason, keys: this.#allKeys, isFinal: true })
  }

  #stop(order: FenceOrder): void {
    this.#stopping.begin(order)
    this.#ports.changed()
    this.#ports.fence(order)
  }

  #startAnew(now: Stamp): void {
    this.#starts = false
    if (this.#phase === 'fencing') return
    this.#session.renew(now, 'what it says contradicts what was committed before')
    this.#disconnected()
  }

  #disconnected(): void {
    if (this.#phase === 'serving' || this.#phase === 'waiting') this.#phase = 'connecting'
    this.#ports.changed()
  }

  #leaseHolds(now: Stamp): boolean {
    return this.#lease.holds(now, this.#session.times.fenceAfterMs)
  }

  #heartbeat(now: Stamp, leaves = this.#leaves): void {
    this.#isAsked = false
    if (!this.#session.isOpen || this.#phase === 'fencing') return
    const isListening = this.#heard.isListening(now.monotonicMs, this.#session.times.beaconMs)
    this.#session.heartbeat(this.#follower.keeper, isListening, leaves, now)
  }

  #ask(table: Get): void {
    const get = { ...table, registry: this.#session.registry?.version ?? 0 }
    if (this.#session.isWelcomed) this.#ports.send(get)
    else if (this.#heard.isNatsUp) this.#ports.ask(get)
  }

  #end(): void {
    this.#phase = 'left'
    this.#lease.fence('lease_expired', false)
    this.#session.close()
    this.#ports.changed()
  }

  get #allKeys(): MovedKeys {
    return allKeys(this.#options.host?.types ?? [])
  }
}
