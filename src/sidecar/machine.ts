/**
 * The machine of a sidecar: what may be answered, what must wait, when to stop. It is told of
 * messages, time, and of what the host has finished; it asks through ports. It knows no socket and
 * no promise, and reads no clock: every input carries the time.
 *
 * Invariants (design §5–§7):
 * - A key is this host's only while its lease holds, it owns the key in the unlocked table and in
 *   every table that it acknowledged since. The lease is judged at the instant of the question.
 * - Lineage, term and the leader's key are taken from the WebSocket alone.
 * - After a fence a hello is said only when the host has stopped everything.
 */
import type { TableContext } from '../table/table-context.js'
import type {
  Answer,
  Get,
  Order,
  ReplicaMessage,
  TableAnswer,
  Waiting,
  Welcome,
} from '../wire/messages.js'
import { AnswerParts } from './answer-parts.js'
import type { Stamp } from './clock.js'
import { composeHello } from './hello.js'
import { HostLease } from './host-lease.js'
import { allKeys, type MovedKeys } from './moved-keys.js'
import { OrderInbox, type SignedOrder } from './order-inbox.js'
import type { FenceReason, SidecarOptions, SidecarPhase, SidecarPorts } from './ports.js'
import { ReplicaLink } from './replica-link.js'
import type { SidecarState } from './state.js'
import { TableFollower } from './table-follower.js'
import type { Lookup, PendingTable, Self } from './table-keeper.js'

/** Time between heartbeats before a welcome tells it, in ms. */
const firstHeartbeatMs = 1_000
/** Without an answer for this long another replica is tried, before a welcome tells it, in ms. */
const firstPatienceMs = 2_000
/** A replica that refused is not tried again sooner, in ms. */
const refusedPauseMs = 1_000
/** After so many beacons missed, NATS counts as silent. */
const silentBeacons = 3
const nothingAcknowledged = { term: 0, generation: 0, digest: '0'.repeat(32) }

export class SidecarMachine {
  readonly #options: SidecarOptions
  readonly #ports: SidecarPorts
  readonly #link: ReplicaLink
  readonly #lease = new HostLease()
  readonly #follower: TableFollower
  readonly #inbox: OrderInbox
  readonly #answerParts = new AnswerParts()
  #phase: SidecarPhase = 'connecting'
  /** The last welcome; it outlives its session. */
  #welcome: Welcome | null = null
  #isWelcomed = false
  #term = 0
  #waiting: Waiting | null = null
  #failure: { readonly code: string; readonly detail: string } | null = null
  #leaves = false
  /** Why the fence goes up, unless somebody says another reason. */
  #fenceReason: FenceReason = 'lease_expired'
  /** Whether the host was told of the fence that is up. */
  #isAnnounced = false
  /** Whether a replica asked for the fence and waits to hear of it. */
  #saysFenced = false
  /** Whether there is something new to acknowledge. */
  #acknowledges = false
  /** Whether the session is to be given up for a new one. */
  #starts = false
  #heartbeatAtMs = Number.NEGATIVE_INFINITY
  #natsIsUp = false
  #heardOrderAtMs = Number.NEGATIVE_INFINITY
  #heardReplicaAtMs = Number.NEGATIVE_INFINITY

  constructor(options: SidecarOptions, context: TableContext, ports: SidecarPorts) {
    this.#options = options
    this.#ports = ports
    this.#link = new ReplicaLink(options.replicas, ports)
    this.#inbox = new OrderInbox(ports.verify)
    this.#follower = new TableFollower(context, {
      self: () => this.#self,
      term: () => this.#term,
      release: (keys, token) => ports.release(keys, token),
      stop: (reason, keys) => {
        if (!this.#lease.wasGiven) return
        ports.changed()
        ports.fence({ reason, keys: keys ?? this.#allKeys, isFinal: false })
      },
      contradicted: () => this.#contradicted(),
      acknowledge: () => {
        this.#acknowledges = true
      },
      changed: () => ports.changed(),
      ask: (get) => this.#ask(get),
    })
  }

  // ---- questions -----------------------------------------------------------------------------

  get phase(): SidecarPhase {
    return this.#phase
  }

  /** Whether this host may run the actor at this instant; never true while it is moving away. */
  owns(type: string, id: string, now: Stamp): boolean {
    const self = this.#self
    return self !== null && this.#leaseHolds(now) && this.#follower.keeper.owns(self, type, id)
  }

  /** The fencing token of a key of one's own; null when it may not be run now. */
  token(type: string, id: string, now: Stamp): number | null {
    const self = this.#self
    if (self === null || !this.#leaseHolds(now)) return null
    const { keeper } = this.#follower
    return keeper.holds(self, type, id) ? keeper.generation : null
  }

  /** Where the actor is, as far as it can be said without waiting. */
  lookup(type: string, id: string, now: Stamp): Lookup {
    const heardAtMs = Math.max(this.#heardOrderAtMs, this.#heardReplicaAtMs)
    if (now.monotonicMs - heardAtMs > this.#options.staleTableMs) return { kind: 'unknown' }
    const lookup = this.#follower.keeper.lookup(type, id)
    if (lookup.kind !== 'owner' || lookup.member.name !== this.#self?.name) return lookup
    return this.owns(type, id, now) ? lookup : { kind: 'moving' }
  }

  state(now: Stamp): SidecarState {
    const { keeper, table } = this.#follower
    const nowMs = now.monotonicMs
    const newest = keeper.pending.at(-1)?.table.generation
    return {
      phase: this.#phase,
      isFenced: this.#self !== null && !this.#leaseHolds(now),
      leaseLeftMs: this.#lease.leftMs(now, this.#welcome?.times.fenceAfterMs ?? 0),
      replica: this.#link.phase === 'open' ? this.#link.url : null,
      replicaSilentMs: nowMs - this.#heardReplicaAtMs,
      nats: this.#natsIsUp ? (this.#isListening(nowMs) ? 'listening' : 'silent') : 'down',
      ordersSilentMs: nowMs - this.#heardOrderAtMs,
      cluster: this.#welcome?.cluster ?? null,
      lineage: this.#welcome?.lineage ?? null,
      epoch: this.#welcome?.epoch ?? 0,
      term: this.#term,
      generation: table?.generation ?? null,
      digest: table?.digest ?? null,
      members: table?.size ?? 0,
      movingTo: newest ?? null,
      missing: keeper.missing?.generation ?? null,
      waiting: this.#waiting,
      failure: this.#failure,
      rejectedOrders: Object.fromEntries(this.#inbox.rejected),
    }
  }

  // ---- the host ------------------------------------------------------------------------------

  /** The host has let go of what `release` named. */
  released(token: PendingTable, now: Stamp): void {
    this.#follower.released(token)
    this.#flush(now)
  }

  /** The host has stopped everything, as a final fence asked. */
  stopped(now: Stamp): void {
    if (this.#phase !== 'fencing') return
    const self = this.#self
    if (this.#saysFenced && self !== null && this.#link.phase === 'open') {
      this.#ports.send({ kind: 'fenced', lineage: this.#lineage, epoch: self.epoch })
    }
    this.#saysFenced = false
    if (this.#leaves) {
      this.#end()
      return
    }
    this.#phase = 'connecting'
    // A session has one hello, so the next one needs another session.
    this.#link.moveOn(now.monotonicMs, true)
    this.#isWelcomed = false
  }

  /** Hand everything over, then end. */
  leave(now: Stamp): void {
    if (this.#phase === 'left') return
    this.#leaves = true
    if (this.#self === null) this.#end()
    else if (this.#phase !== 'fencing') {
      this.#phase = 'leaving'
      this.#heartbeat(now)
    }
  }

  /** The instance ends now: the host has stopped everything; its place is kept for its next one. */
  bye(): void {
    const self = this.#self
    if (self !== null && this.#isWelcomed) {
      this.#ports.send({ kind: 'bye', lineage: this.#lineage, epoch: self.epoch })
    }
    this.#end()
  }

  // ---- the session ---------------------------------------------------------------------------

  opened(now: Stamp): void {
    this.#link.opened(now.monotonicMs)
    // What runs under the old admission has to stop before another one is asked for.
    if (this.#phase === 'fencing') this.#link.moveOn(now.monotonicMs)
    if (this.#link.phase !== 'open') return
    this.#failure = null
    this.#lease.hello()
    this.#ports.send(composeHello(this.#options, this.#welcome, this.#follower.keeper, this.#lease))
    this.#link.asked(now.monotonicMs)
    this.#heartbeatAtMs = now.monotonicMs + this.#heartbeatMs
  }

  closed(now: Stamp): void {
    this.#isWelcomed = false
    this.#link.closed(now.monotonicMs, this.#failure === null ? 0 : refusedPauseMs)
    if (this.#phase === 'serving' || this.#phase === 'waiting') this.#phase = 'connecting'
    this.#ports.changed()
  }

  tick(now: Stamp): void {
    if (this.#phase === 'left') return
    this.#flush(now)
    if (this.#phase !== 'fencing') {
      const limitMs = this.#waiting?.code === 'no_leader' ? 2 * this.#patienceMs : this.#patienceMs
      this.#link.tick(now.monotonicMs, limitMs)
    }
    this.#follower.tick(now.monotonicMs)
    if (now.monotonicMs >= this.#heartbeatAtMs) this.#heartbeat(now)
    this.#flush(now)
  }

  /** From the open session. */
  message(message: ReplicaMessage, now: Stamp): void {
    this.#heardReplicaAtMs = now.monotonicMs
    this.#handle(message, now)
    this.#flush(now)
  }

  // ---- NATS ----------------------------------------------------------------------------------

  natsChanged(isUp: boolean, now: Stamp): void {
    if (isUp === this.#natsIsUp) return
    this.#natsIsUp = isUp
    this.#heardOrderAtMs = now.monotonicMs
    this.#heartbeat(now)
  }

  natsOrder(signed: SignedOrder, now: Stamp): void {
    this.#orders(this.#inbox.receive(signed), now)
    this.#flush(now)
  }

  /** An answer to `ask`. Anybody may have sent it: it counts only as the table that is missed. */
  natsTable(answer: TableAnswer, now: Stamp): void {
    const { missing } = this.#follower.keeper
    const { change, lineage } = answer
    if (missing === null || lineage !== this.#lineage) return
    if (change.to !== missing.generation || change.digest !== missing.digest) return
    const whole = this.#answerParts.add(answer)
    if (whole !== null) this.#follower.take(whole, now.monotonicMs)
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
        this.#waiting = message
        if (this.#phase === 'connecting') this.#phase = 'waiting'
        this.#ports.changed()
        return
      case 'answer':
        this.#answered(message, now)
        return
      case 'refused':
        this.#link.answered()
        if (!this.#isOurs(message.lineage)) return
        this.#follower.learn({ generation: message.disseminated, digest: message.digest }, nowMs)
        return
      case 'fence':
        if (message.lineage === this.#lineage && message.epoch === this.#self?.epoch) {
          this.#fence(message.code, true)
        }
        return
      case 'left':
        if (this.#leaves) this.#end()
        return
      case 'leader':
        if (this.#isOurs(message.lineage) && message.term > this.#term) {
          this.#identify(message.term, message.key, now)
        }
        return
      case 'table':
        if (this.#isOurs(message.lineage)) this.#follower.answered(message, nowMs)
        return
      case 'go_elsewhere':
        this.#link.moveOn(nowMs, true)
        this.closed(now)
        return
      case 'error':
        this.#failure = message
        return
      case 'lock':
      case 'update':
      case 'unlock':
      case 'beacon':
        if (this.#isOurs(message.lineage)) this.#orders([message], now)
        return
      default:
        message satisfies never
    }
  }

  #welcomed(welcome: Welcome, now: Stamp): void {
    const before = this.#welcome
    if (this.#isWelcomed || this.#phase === 'fencing') return
    if (before !== null && before.lineage !== welcome.lineage) {
      this.#otherLineage()
      return
    }
    if (before !== null && before.epoch !== welcome.epoch && this.#lease.wasGiven) {
      // Admitted anew in between: what ran under the old admission has to stop first.
      this.#fence('readmitted', false)
      return
    }
    this.#isWelcomed = true
    this.#welcome = welcome
    this.#waiting = null
    this.#phase = this.#leaves ? 'leaving' : 'serving'
    this.#lease.welcomed()
    this.#isAnnounced = this.#lease.isFenced
    this.#fenceReason = 'lease_expired'
    this.#link.answered()
    this.#link.learn(welcome.replicas)
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
    if (round !== undefined) this.#follower.goTo(round.change, round.term, nowMs)
  }

  #answered(answer: Answer, now: Stamp): void {
    this.#link.answered()
    if (!this.#isWelcomed || !this.#isOurs(answer.lineage)) return
    this.#waiting = null
    const hadLease = this.#lease.wasGiven
    if (this.#self !== null) this.#lease.answered(answer.number)
    if (!hadLease) this.#ports.changed()
    const { disseminated: generation, digest } = answer
    if (digest === undefined) this.#follower.learnGeneration(generation, now.monotonicMs)
    else this.#follower.learn({ generation, digest }, now.monotonicMs)
  }

  #orders(orders: readonly Order[], now: Stamp): void {
    for (const order of orders) {
      if (order.term < this.#term) continue
      this.#heardOrderAtMs = now.monotonicMs
      this.#follower.order(order, now.monotonicMs)
    }
  }

  /** The leader of a term and its key: orders that were held for it can be read now. */
  #identify(term: number, key: string, now: Stamp): void {
    const welcome = this.#welcome
    if (welcome === null || term < this.#term) return
    this.#term = term
    const { cluster, namespace, lineage } = welcome
    this.#orders(this.#inbox.identify({ cluster, namespace, lineage, term, key }), now)
  }

  /** False for another history of the cluster, which this sidecar then joins as new. */
  #isOurs(lineage: string): boolean {
    if (this.#welcome === null) return false
    if (lineage === this.#lineage) return true
    this.#otherLineage()
    return false
  }

  #otherLineage(): void {
    this.#fence('other_lineage', false)
    this.#follower.forget()
    this.#welcome = null
    this.#term = 0
    this.#starts = true
  }

  #contradicted(): void {
    this.#follower.forget()
    if (this.#self === null) this.#starts = true
    else this.#fence('digest_mismatch', true)
  }

  // ---- what is done --------------------------------------------------------------------------

  /** Everything stops; only a new hello gives it back. */
  #fence(reason: FenceReason, saysFenced: boolean): void {
    if (this.#self === null || this.#phase === 'fencing') return
    this.#lease.fence()
    this.#fenceReason = reason
    this.#saysFenced = saysFenced
  }

  /** End of an input: what it brought about goes out. */
  #flush(now: Stamp): void {
    this.#leaseHolds(now)
    if (this.#lease.isFenced && !this.#isAnnounced) {
      this.#isAnnounced = true
      this.#phase = 'fencing'
      this.#ports.changed()
      this.#ports.fence({ reason: this.#fenceReason, keys: this.#allKeys, isFinal: true })
    }
    if (this.#starts) this.#startAnew(now)
    if (this.#acknowledges) this.#heartbeat(now)
  }

  #startAnew(now: Stamp): void {
    this.#starts = false
    if (this.#phase === 'fencing') return
    this.#link.moveOn(now.monotonicMs, true)
    this.closed(now)
  }

  #leaseHolds(now: Stamp): boolean {
    return this.#lease.holds(now, this.#welcome?.times.fenceAfterMs ?? 0)
  }

  /** Also the acknowledgement of the newest table that was let go for. */
  #heartbeat(now: Stamp): void {
    this.#acknowledges = false
    if (this.#link.phase !== 'open' || this.#phase === 'fencing') return
    this.#heartbeatAtMs = now.monotonicMs + this.#heartbeatMs
    const welcome = this.#isWelcomed ? this.#welcome : null
    const { lineage, epoch } = welcome ?? { lineage: '', epoch: 0 }
    if (this.#leaves && epoch !== 0) this.#ports.send({ kind: 'leave', lineage, epoch })
    this.#link.asked(now.monotonicMs)
    this.#ports.send({
      kind: 'heartbeat',
      lineage,
      epoch,
      number: this.#lease.send(now),
      acknowledged: this.#follower.keeper.acknowledged ?? nothingAcknowledged,
      listening: this.#isListening(now.monotonicMs),
    })
  }

  #ask(get: Get): void {
    if (this.#link.phase === 'open' && this.#isWelcomed) this.#ports.send(get)
    else if (this.#natsIsUp) this.#ports.ask(get)
  }

  #end(): void {
    this.#phase = 'left'
    if (this.#link.phase !== 'down') this.#ports.close()
    this.#ports.changed()
  }

  // ---- what follows from the state -----------------------------------------------------------

  get #self(): Self | null {
    const { host } = this.#options
    const epoch = this.#welcome?.epoch ?? 0
    return host === undefined || epoch === 0 ? null : { name: host.name, epoch }
  }

  get #allKeys(): MovedKeys {
    return allKeys(this.#options.host?.types ?? [])
  }

  get #lineage(): string {
    return this.#welcome?.lineage ?? ''
  }

  get #heartbeatMs(): number {
    return this.#welcome?.times.heartbeatMs ?? firstHeartbeatMs
  }

  get #patienceMs(): number {
    return this.#welcome?.times.answerTimeoutMs ?? firstPatienceMs
  }

  /** Whether orders reach this sidecar over NATS: connected, and beacons come through. */
  #isListening(nowMs: number): boolean {
    const beaconMs = this.#welcome?.times.beaconMs
    if (!this.#natsIsUp || beaconMs === undefined) return false
    return nowMs - this.#heardOrderAtMs < silentBeacons * beaconMs
  }
}
