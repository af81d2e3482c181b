/**
 * The machine of a sidecar: what may be answered, what must wait, when to stop. It is told of
 * messages, time, and of what the host has finished; what is to be done then, `takeEffects` gives
 * out behind the input. It knows no socket and no promise, and reads no clock: every input carries
 * the time.
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
import type { Location } from '../calls/machine/ownership.js'
import type { Budget } from '../jobs/job.js'
import { sortedSet } from '../table/code-point-order.js'
import type { Table } from '../table/table.js'
import type { Position, TableContext } from '../table/table-context.js'
import { hostProtocol, typesProtocol } from '../versions/versions.js'
import type {
  Answer,
  Get,
  Held,
  Order,
  ReplicaMessage,
  TypesWaiting,
  Welcome,
} from '../wire/messages.js'
import type { Stamp } from './clock.js'
import { Conversation } from './conversation.js'
import { Effects, type SidecarEffect, type Stop } from './effect.js'
import { Heard } from './heard.js'
import { HostLease } from './host-lease.js'
import { allKeys, type KeySet } from './key-set.js'
import { type LeaveFault, Leaving } from './leaving.js'
import { OfferedTypes, type TypesOutcome } from './offered-types.js'
import type { MachineTools, SidecarOptions } from './options.js'
import { OrderInbox } from './order-inbox.js'
import type { SignedByLeader, SignedByReplica } from './signed-messages.js'
import { composeState, type MachineState, type SidecarPhase } from './state.js'
import { Stopping } from './stopping.js'
import { type Finding, type Moment, TableFollower } from './table-follower.js'
import type { Lookup } from './table-keeper.js'

export class SidecarMachine {
  readonly #options: SidecarOptions
  readonly #effects = new Effects()
  readonly #lease = new HostLease()
  readonly #conversation: Conversation
  readonly #heard: Heard
  readonly #follower: TableFollower
  readonly #inbox: OrderInbox
  readonly #stopping = new Stopping()
  readonly #leaving = new Leaving()
  readonly #offered: OfferedTypes
  #phase: SidecarPhase = 'connecting'
  #term = 0
  /** Whether an acknowledgement is waited for that was given before. */
  #acknowledgesAgain = false
  /** Whether the session is to be given up for a new one. */
  #starts = false
  /** Why nobody knows what still runs under this instance, which is out for good; null for not. */
  #broken: string | null = null

  constructor(options: SidecarOptions, context: TableContext, tools: MachineTools) {
    this.#options = options
    this.#conversation = new Conversation(options, this.#lease, this.#effects, tools.random)
    this.#heard = new Heard(options.staleTableMs)
    this.#inbox = new OrderInbox(tools, this.#effects)
    this.#offered = new OfferedTypes(options.host?.types ?? [])
    this.#follower = new TableFollower(context, this.#offered.wanted, tools.random)
  }

  /** Whether a table is to be made ready: `work` is called, behind all input that waits. */
  get hasWork(): boolean {
    return this.#phase !== 'left' && this.#follower.hasWork(this.#conversation.self)
  }

  /** What is to be done now, in order. Call behind every input, until there is nothing. */
  takeEffects(): readonly SidecarEffect[] {
    return this.#effects.take()
  }

  // ---- questions -----------------------------------------------------------------------------

  get phase(): SidecarPhase {
    return this.#phase
  }

  /** Why nobody knows what still runs under this instance, which is out for good; null for not. */
  get broken(): string | null {
    return this.#broken
  }

  /** Why it ended before all was handed over, where it was to leave; null for nothing. */
  get leaveFault(): LeaveFault | null {
    return this.#leaving.fault
  }

  /** Whether it is no observer. */
  get isHost(): boolean {
    return this.#offered.wanted.length > 0 || this.#conversation.self !== null
  }

  /** Types of which it may hold keys: also those that are withdrawn and not let go of yet. */
  get heldTypes(): readonly string[] {
    const name = this.#options.host?.name ?? ''
    const held = this.#follower.lastTable?.member(name)?.typeSet.types ?? []
    return sortedSet([...this.#offered.wanted, ...held])
  }

  /** What became of a change of types, by the number that `setTypes` gave it. */
  typesOutcome(number: number): TypesOutcome {
    const { table, keeper } = this.#follower
    const { self } = this.#conversation
    const isMember = self !== null && table?.member(self.name)?.epoch === self.epoch
    return this.#offered.outcome(number, { generation: keeper.generation, isMember })
  }

  /** Whether this host may run the actor at this instant; never true while it is moving away. */
  owns(type: string, id: string, now: Stamp): boolean {
    return this.#owns(type, id, this.#follower.keeper.positionOf(id), now)
  }

  #owns(type: string, id: string, at: Position, now: Stamp): boolean {
    const self = this.#conversation.self
    if (self === null || !this.#leaseHolds(now) || this.#stopping.has(type, id)) return false
    return this.#follower.keeper.owns(self, type, at)
  }

  /** The fencing token of a key of one's own; null when it may not be run now. */
  token(type: string, id: string, now: Stamp): number | null {
    const self = this.#conversation.self
    if (self === null || !this.#leaseHolds(now) || this.#stopping.has(type, id)) return null
    const { keeper } = this.#follower
    return keeper.holds(self, type, keeper.positionOf(id)) ? keeper.generation : null
  }

  /** The table that answers; null before the first. */
  get table(): Table | null {
    return this.#follower.table
  }

  /** Where the actor is, as far as it can be said without waiting. */
  lookup(type: string, id: string, now: Stamp): Lookup {
    if (this.#heard.isStale(now.monotonicMs)) return { kind: 'unknown' }
    const { keeper } = this.#follower
    const at = keeper.positionOf(id)
    const lookup = keeper.lookup(type, at)
    if (lookup.kind !== 'owner' || lookup.member.name !== this.#conversation.self?.name)
      return lookup
    return this.#owns(type, id, at, now) ? lookup : { kind: 'moving' }
  }

  /** Where calls of the actor go at this instant, its own host by the lease. */
  locate(type: string, id: string, now: Stamp): Location {
    const { keeper } = this.#follower
    const at = keeper.positionOf(id)
    const { self } = this.#conversation
    const mayRun = self !== null && this.#leaseHolds(now) && !this.#stopping.has(type, id)
    if (mayRun && keeper.holds(self, type, at)) {
      const held = { token: keeper.generation, generation: keeper.generation }
      if (!keeper.owns(self, type, at)) return { kind: 'moving', held, holder: null }
      const leaseLeftMs = this.#lease.leftMs(now, this.#conversation.times.fenceAfterMs)
      return { kind: 'here', held, leaseLeftMs }
    }
    if (this.#heard.isStale(now.monotonicMs)) return { kind: 'unknown' }
    return this.#locateElsewhere(type, at)
  }

  #locateElsewhere(type: string, at: Position): Location {
    const lookup = this.#follower.keeper.lookup(type, at)
    if (lookup.kind === 'unknown' || lookup.kind === 'no_owner') return lookup
    const member = lookup.kind === 'owner' ? lookup.member : this.#follower.table?.ownerAt(type, at)
    // What the tables call this host's may not be run here now.
    const other = member?.name === this.#options.host?.name ? undefined : member?.name
    if (lookup.kind === 'moving' || other === undefined) {
      return { kind: 'moving', held: null, holder: other ?? null }
    }
    return { kind: 'there', host: other, generation: lookup.generation }
  }

  state(now: Stamp): MachineState {
    const parts = { conversation: this.#conversation, heard: this.#heard, follower: this.#follower }
    const more = { phase: this.#phase, broken: this.#broken, term: this.#term, inbox: this.#inbox }
    const host = { offered: this.#offered, isHost: this.isHost }
    return composeState({ ...parts, ...more, ...host, leaseHolds: this.#leaseHolds(now), now })
  }

  // ---- the host ------------------------------------------------------------------------------

  /**
   * The host offers these types from now on, and no others. It goes on with its keys of types that
   * it no longer offers until a round has it let go of them.
   * @param types as a hello may say them; none where it is to own nothing
   * @returns the number of this change
   */
  setTypes(types: readonly string[], now: Stamp): number {
    if (!this.#begin(now)) return this.#offered.number
    const number = this.#offered.set(types, now.monotonicMs)
    this.#follower.offers(this.#offered.wanted)
    this.#effects.changed()
    this.#offer(now)
    this.#flush(now)
    return number
  }

  /** The host has let go of what this release named. */
  released(release: number, now: Stamp): void {
    if (!this.#begin(now)) return
    if (this.#stopping.isDone) this.#released(release)
    else this.#stopping.hold(release)
    this.#flush(now)
  }

  #released(release: number): void {
    this.#follower.released(release)
    this.#follow()
  }

  /** The host has stopped what this fence took. */
  stopped(fence: number, now: Stamp): void {
    if (!this.#stopping.end(fence) || !this.#begin(now)) return
    this.#effects.changed()
    if (!this.#stopping.isDone) return
    // Also under a fence: the admission may outlast it, and nobody asks for this once more.
    for (const release of this.#stopping.takeHeld()) this.#released(release)
    if (this.#phase === 'fencing') this.#stoppedAll(now)
    else this.#flush(now)
  }

  /**
   * The host could not stop what this fence took, and nobody knows what still runs. This instance
   * never says again that something is stopped or let go of: the cluster waits for its lease.
   */
  failedToStop(fence: number, why: string, now: Stamp): void {
    const stop = this.#stopping.find(fence)
    if (stop === undefined || this.#broken !== null || this.#phase === 'left') return
    this.#broken = why
    if (!stop.isFinal) this.#lease.fence(stop.reason, false)
    this.#announce(now)
    this.#effects.changed()
  }

  /** Who leaves while it stops everything is waited for as long as the cluster may wait for it. */
  #waitToLeave(now: Stamp): void {
    this.#leaving.waitUntil(now.monotonicMs + this.#conversation.times.fenceAfterMs)
  }

  #stoppedAll(now: Stamp): void {
    if (this.#lease.isAsked) this.#conversation.end('fenced')
    this.#lease.stopped()
    if (this.#leaving.isAsked) {
      this.#end()
      return
    }
    this.#phase = 'connecting'
    // A session has one hello, so the next one needs another session.
    this.#conversation.renew(now, 'the host was fenced')
  }

  /** Hand everything over, then end. */
  leave(now: Stamp): void {
    if (!this.#begin(now)) return
    this.#leaving.ask()
    if (this.#broken !== null) this.#end()
    if (this.#phase === 'left') return
    if (this.#phase === 'fencing') {
      this.#waitToLeave(now)
      return
    }
    // Behind a fence nothing runs that could be handed over.
    if (this.#conversation.self === null || this.#lease.isFenced) this.#end()
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
    if (this.#broken === null) this.#conversation.end('bye')
    this.#end({ kind: 'given-up' })
  }

  /** The instance ends without a word: something of it may still run. */
  abandon(): void {
    if (this.#phase !== 'left') this.#end({ kind: 'given-up' })
  }

  // ---- time ----------------------------------------------------------------------------------

  /** A slice of making a table ready. */
  work(now: Stamp, budget: Budget): void {
    if (!this.#begin(now)) return
    this.#follower.work(budget, this.#at(now))
    this.#follow()
    this.#flush(now)
  }

  tick(now: Stamp): void {
    if (!this.#begin(now)) return
    if (this.#leaving.isOver(now.monotonicMs)) {
      this.#end({ kind: 'unanswered' })
      return
    }
    const wasOpen = this.#conversation.isOpen
    if (this.#phase !== 'fencing') this.#conversation.tick(now)
    if (wasOpen && !this.#conversation.isOpen) this.#disconnected()
    this.#follower.tick(this.#at(now))
    this.#follow()
    if (this.#conversation.isHeartbeatDue(now)) this.#heartbeat(now)
    this.#offer(now)
    this.#flush(now)
  }

  /**
   * Somebody has a table of this generation: asks for what may have been missed. As seldom as ever,
   * whatever generation is named, so that anybody may name one.
   */
  refresh(generation: number, now: Stamp): void {
    if (!this.#begin(now)) return
    const here = this.#follower.keeper.disseminated?.generation ?? -1
    if (generation > here) this.#follower.refresh(this.#at(now))
    this.#follow()
    this.#flush(now)
  }

  // ---- the session ---------------------------------------------------------------------------

  opened(now: Stamp): void {
    if (!this.#begin(now)) return
    const { link } = this.#conversation
    link.opened(now.monotonicMs)
    // What runs under the old admission has to stop before another one is asked for.
    if (this.#phase === 'fencing') link.moveOn(now.monotonicMs, 'the host is being fenced')
    else if (link.phase === 'open')
      this.#conversation.hello(this.#follower.keeper, this.#offered, this.#leaving.isAsked, now)
  }

  /** The name in the address of the replica has been looked up. */
  located(now: Stamp): void {
    if (this.#begin(now)) this.#conversation.link.located(now.monotonicMs)
  }

  /** A piece of a large message came, over the open session. */
  arriving(now: Stamp): void {
    if (this.#begin(now)) this.#conversation.link.arriving(now.monotonicMs)
  }

  /**
   * @param code with which the WebSocket was closed, if it was
   * @param reason for people
   */
  closed(now: Stamp, code?: number, reason?: string): void {
    if (!this.#begin(now)) return
    this.#conversation.closed(now, code, reason)
    this.#disconnected()
  }

  /** From the open session. */
  message(message: ReplicaMessage, now: Stamp): void {
    if (!this.#begin(now)) return
    if (this.#heard.replica(now.monotonicMs)) this.#effects.changed()
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
    this.#natsOrders(this.#inbox.order(signed), now)
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
    const { beaconMs } = this.#conversation.times
    const isCutOff = !this.#conversation.isWelcomed && this.#heard.silentMs(nowMs) >= beaconMs
    if (isCutOff) this.#follower.refresh(this.#at(now))
    this.#follow()
    this.#flush(now)
  }

  /** A part of an answer to `ask`. */
  natsTable(signed: SignedByReplica, now: Stamp): void {
    if (this.#conversation.registry === null || !this.#begin(now)) return
    const answer = this.#inbox.answer(signed, this.#conversation.keyOf(signed.replica))
    if (answer !== null) {
      if (this.#heard.order(now.monotonicMs)) this.#effects.changed()
      if (answer.registry !== undefined) this.#conversation.learnRegistry(answer.registry)
      this.#follower.offered(answer, this.#at(now))
      this.#follow()
    }
    this.#flush(now)
  }

  // ---- what was said -------------------------------------------------------------------------

  #handle(message: ReplicaMessage, now: Stamp): void {
    switch (message.kind) {
      case 'welcome':
        this.#welcomed(message, now)
        return
      case 'waiting':
        this.#conversation.waiting = message
        if (this.#phase === 'connecting') this.#phase = 'waiting'
        this.#effects.changed()
        return
      case 'answer':
        this.#answered(message, now)
        return
      case 'refused':
        this.#conversation.link.answered()
        if (!this.#isOurs(message.lineage)) return
        this.#learn({ generation: message.disseminated, digest: message.digest }, now)
        return
      case 'fence':
        if (this.#isOwn(message)) this.#lease.fence(message.code, true)
        return
      case 'left':
        if (this.#leaving.isAsked && this.#isOwn(message)) this.#end()
        return
      case 'leader':
        if (this.#isOurs(message.lineage)) this.#ledBy(message.term, message.key, now)
        return
      case 'registry':
        if (this.#isOurs(message.lineage)) this.#conversation.learnRegistry(message.registry)
        return
      case 'table':
        if (!this.#isOurs(message.lineage)) return
        if (message.registry !== undefined) this.#conversation.learnRegistry(message.registry)
        this.#follower.fetched(message, this.#at(now))
        this.#follow()
        return
      case 'go_elsewhere':
        if (this.#phase === 'fencing') return
        this.#conversation.goElsewhere(now)
        this.#disconnected()
        return
      case 'types_taken':
        if (!this.#isOwn(message)) return
        this.#offered.taken(message)
        this.#effects.changed()
        return
      case 'types_waiting':
        if (this.#isOwn(message)) this.#typesWait(message, now)
        return
      case 'error':
        this.#conversation.failure = message
        return
      case 'lock':
      case 'update':
      case 'unlock':
      case 'beacon':
        if (this.#isOurs(message.lineage) && message.term >= this.#term) {
          this.#follower.order(message, true, this.#at(now))
          this.#follow()
        }
        return
      default:
        message satisfies never
    }
  }

  #welcomed(welcome: Welcome, now: Stamp): void {
    const before = this.#conversation.welcome
    if (this.#conversation.isWelcomed || this.#phase === 'fencing') return
    const { protocol } = welcome
    if (protocol < hostProtocol.oldest || protocol > hostProtocol.newest) {
      this.#conversation.renew(
        now,
        `it speaks version ${protocol} of the protocol, which nobody offered`,
      )
      return
    }
    if (before !== null && before.lineage !== welcome.lineage) {
      this.#otherLineage()
      return
    }
    if (this.#conversation.hasEnded(welcome.epoch)) {
      // The leader may hear only later that it ended, and would count it as stopped then.
      this.#conversation.refuse(welcome, now)
      return
    }
    // That it may go was said on a session that is gone.
    if (welcome.epoch === 0 && this.#hasLetGo) {
      this.#end()
      return
    }
    // Admitted anew in between: what ran under the old admission has to stop first.
    if (before !== null && before.epoch !== welcome.epoch && this.#lease.wasGiven) {
      this.#lease.fence(welcome.epoch === 0 ? 'unknown_epoch' : 'readmitted', false)
      return
    }
    if (this.#leaving.isAsked && welcome.epoch === 0) {
      this.#end()
      return
    }
    this.#conversation.welcomed(welcome)
    this.#phase = this.#leaving.isAsked ? 'leaving' : 'serving'
    this.#identify(welcome.term, welcome.key, now)
    this.#takeTables(welcome, before?.epoch !== welcome.epoch, now)
    this.#effects.push({ kind: 'subscribe', address: welcome.nats })
    this.#effects.changed()
    // What it has acknowledged so far would be refused: it speaks when this table is ready.
    const isEarly = welcome.epoch !== 0 && this.#follower.isTakingOver && !this.#leaving.isAsked
    if (!isEarly) this.#heartbeat(now)
    this.#offered.welcomed(welcome.epoch, before?.epoch !== welcome.epoch, now.monotonicMs)
    this.#offer(now)
  }

  /** Says the types of this host where the cluster does not know them. */
  #offer(now: Stamp): void {
    const { welcome, self, isWelcomed, times } = this.#conversation
    const { monotonicMs: nowMs } = now
    if (this.#phase !== 'serving' || !isWelcomed || welcome === null) return
    if (!this.#offered.isDue(nowMs)) return
    this.#offered.said(nowMs, times.answerTimeoutMs)
    const { number, wanted: types } = this.#offered
    if (self === null) {
      // An observer becomes a host by a hello, and a session has one.
      if (types.length === 0 || this.#options.host === undefined) return
      this.#conversation.renew(now, 'this host has types now')
      this.#disconnected()
      return
    }
    const { lineage, epoch, protocol } = welcome
    if (protocol >= typesProtocol) {
      this.#conversation.send({ kind: 'types', lineage, epoch, number, types })
      return
    }
    const detail =
      'The replica is of a build in which types change by a new start of the host: upgrade it.'
    this.#offered.refused(number, detail)
    this.#typesChanged()
  }

  #typesWait(message: TypesWaiting, { monotonicMs: nowMs }: Stamp): void {
    const { answerTimeoutMs } = this.#conversation.times
    if (message.code !== 'level_too_low') this.#offered.waits(message, answerTimeoutMs, nowMs)
    else this.#offered.refused(message.number, message.detail)
    this.#typesChanged()
  }

  #typesChanged(): void {
    this.#follower.offers(this.#offered.wanted)
    this.#effects.changed()
  }

  #takeTables({ table, disseminated, round }: Welcome, isNew: boolean, now: Stamp): void {
    if (isNew) this.#lease.restart()
    const at = this.#at(now)
    if (table !== undefined) this.#follower.take(table, at)
    else this.#follower.learn(disseminated, at)
    if (isNew) this.#follower.readmitted(at)
    if (round !== undefined) this.#follower.goTo(round, at)
    this.#follow()
  }

  #answered(answer: Answer, now: Stamp): void {
    this.#conversation.link.answered()
    if (!this.#conversation.isWelcomed || !this.#isOurs(answer.lineage)) return
    this.#conversation.waiting = null
    const hadLease = this.#lease.wasGiven
    if (this.#conversation.self !== null) this.#lease.answered(answer.number)
    if (!hadLease && this.#lease.wasGiven) this.#effects.changed()
    const { disseminated: generation, digest } = answer
    if (digest !== undefined) this.#learn({ generation, digest }, now)
    else {
      this.#follower.learnGeneration(generation, this.#at(now))
      this.#follow()
    }
  }

  #learn(fact: Held, now: Stamp): void {
    this.#follower.learn(fact, this.#at(now))
    this.#follow()
  }

  #natsOrders(orders: readonly Order[], now: Stamp): void {
    for (const order of orders) {
      if (this.#heard.order(now.monotonicMs)) this.#effects.changed()
      this.#follower.order(order, false, this.#at(now))
      this.#follow()
    }
  }

  /** The replica knows the leader of this term. */
  #ledBy(term: number, key: string, now: Stamp): void {
    const isLater = term > this.#term
    this.#identify(term, key, now)
    if (!isLater) return
    this.#offered.leaderChanged(now.monotonicMs)
    this.#offer(now)
  }

  /** The leader of a term and its key: orders that were held for it can be read now. */
  #identify(term: number, key: string, now: Stamp): void {
    const { welcome } = this.#conversation
    if (welcome === null || term < this.#term) return
    this.#term = term
    const { namespace, lineage } = welcome
    this.#natsOrders(this.#inbox.identify({ namespace, lineage, term, key }), now)
  }

  /** False for another history of the cluster, which this sidecar then joins as new. */
  #isOurs(lineage: string): boolean {
    if (this.#conversation.welcome === null) return false
    if (lineage === this.#conversation.lineage) return true
    this.#otherLineage()
    return false
  }

  /** Whether what is said is said of this admission. */
  #isOwn({ lineage, epoch }: { readonly lineage: string; readonly epoch: number }): boolean {
    return this.#isOurs(lineage) && epoch === this.#conversation.self?.epoch
  }

  #otherLineage(): void {
    if (this.#conversation.self !== null) this.#lease.fence('other_lineage', false)
    this.#follower.forget()
    this.#conversation.forget()
    this.#term = 0
    this.#starts = true
  }

  #contradicted(): void {
    if (this.#conversation.self === null) this.#starts = true
    else this.#lease.fence('digest_mismatch', true)
  }

  // ---- what follows from it ------------------------------------------------------------------

  #at(now: Stamp): Moment {
    return { nowMs: now.monotonicMs, self: this.#conversation.self, term: this.#term }
  }

  /** Acts on what the follower of the tables has found. Behind every call of it. */
  #follow(): void {
    for (const finding of this.#follower.takeFindings()) this.#actOn(finding)
  }

  #actOn(finding: Finding): void {
    switch (finding.kind) {
      case 'let-go':
        this.#effects.push(finding)
        return
      case 'stop': {
        if (!this.#lease.wasGiven) return
        const { reason, keys } = finding
        if (this.#stopping.isFull) this.#lease.fence(reason, false)
        else this.#stop({ reason, keys: keys ?? this.#allKeys, isFinal: false })
        return
      }
      case 'contradiction':
        this.#contradicted()
        return
      case 'acknowledge-again':
        this.#acknowledgesAgain = true
        return
      case 'ask':
        this.#ask(finding.get)
        return
      case 'changed':
        this.#effects.changed()
        return
      default:
        finding satisfies never
    }
  }

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
    if (this.#acknowledgesAgain || this.#acknowledgesMore) this.#heartbeat(now, false)
  }

  /**
   * Whether there is something to acknowledge that this session has not said. While a disseminated
   * table is made ready all that was acknowledged before is behind it, and would be refused.
   */
  get #acknowledgesMore(): boolean {
    if (this.#follower.isTakingOver) return false
    return this.#conversation.acknowledgesMore(this.#follower.keeper)
  }

  /** Tells the host of a fence that went up. */
  #announce(now: Stamp): void {
    this.#leaseHolds(now)
    const reason = this.#lease.announce()
    if (reason === null) return
    this.#phase = 'fencing'
    this.#leaving.fenced(reason)
    if (this.#leaving.isAsked) this.#waitToLeave(now)
    this.#stop({ reason, keys: this.#allKeys, isFinal: true })
  }

  #stop(what: Pick<Stop, 'reason' | 'keys' | 'isFinal'>): void {
    const stop = this.#stopping.begin(what)
    this.#effects.changed()
    this.#effects.push(stop)
  }

  #startAnew(now: Stamp): void {
    this.#starts = false
    if (this.#phase === 'fencing') return
    this.#conversation.renew(now, 'what it says contradicts what was committed before')
    this.#disconnected()
  }

  #disconnected(): void {
    if (this.#phase === 'serving' || this.#phase === 'waiting') this.#phase = 'connecting'
    this.#effects.changed()
  }

  #leaseHolds(now: Stamp): boolean {
    return this.#lease.holds(now, this.#conversation.times.fenceAfterMs)
  }

  #heartbeat(now: Stamp, leaves = this.#leaving.isAsked): void {
    this.#acknowledgesAgain = false
    if (!this.#conversation.isOpen || this.#phase === 'fencing') return
    const isListening = this.#heard.isListening(now.monotonicMs, this.#conversation.times.beaconMs)
    this.#conversation.heartbeat(this.#follower.keeper, isListening, leaves, now)
  }

  #ask(table: Get): void {
    const get = { ...table, registry: this.#conversation.registry?.version ?? 0 }
    if (this.#conversation.isWelcomed) this.#conversation.send(get)
    else if (this.#heard.isNatsUp) this.#effects.push({ kind: 'request', get })
  }

  /** @param fault what is in the way of the hand-over, beside a fence */
  #end(fault: LeaveFault | null = null): void {
    this.#phase = 'left'
    this.#leaving.ended(this.#stopping.lastReason, fault)
    this.#lease.fence('lease_expired', false)
    this.#conversation.link.close()
    this.#effects.changed()
  }

  /** Whether it leaves, and has let go of all that it had. */
  get #hasLetGo(): boolean {
    const { self } = this.#conversation
    if (!this.#leaving.isAsked || self === null || !this.#stopping.isDone) return false
    return this.#follower.keeper.isOut(self)
  }

  get #allKeys(): KeySet {
    return allKeys(this.heldTypes)
  }
}
