/**
 * One replica without its sockets, clocks and databases: the Raft node, the placement state, the
 * sessions of hosts, and the leader's side of hosts while it leads. Inputs go in by the methods,
 * each with the instant; what is to be done comes out of the ports.
 *
 * Invariants:
 * - What one part asks of another waits in line until `flush`, so that no part is called in the
 *   middle of its own input. Only news of the log goes straight to those that follow it.
 * - Sessions know a leader exactly when its `lead` command is applied here.
 * - Whatever throws has left some part half way between two states: the replica stops, says why,
 *   and no input alters or answers anything any more, but for saying that it has stopped.
 */
import { BerthError } from '../../errors/berth-error.js'
import type { Admission } from '../../fsm/admission.js'
import type { Command } from '../../fsm/command.js'
import { encodedOrFault } from '../../fsm/command-codec.js'
import type { Instant } from '../../fsm/instant.js'
import type { GenerationDetail, PlacementEvent } from '../../fsm/placement-event.js'
import { type Applied, PlacementState } from '../../fsm/placement-state.js'
import type { Leadership } from '../../hosts/leadership.js'
import type { LeadershipEffect } from '../../hosts/leadership-effects.js'
import type { SessionId } from '../../hosts/relay-message.js'
import { type KnownLeader, Sessions, type SessionsEffect } from '../../hosts/sessions.js'
import { Budget } from '../../jobs/job.js'
import { memberIds } from '../../raft/core/configuration.js'
import type { Entry, ReplicaId } from '../../raft/core/entry.js'
import type { StoredState } from '../../raft/node/disk/storage.js'
import { Node } from '../../raft/node/node.js'
import type { Membership, NodePorts, RoleChange, StateMachine } from '../../raft/node/node-ports.js'
import type { ReadDone } from '../../raft/node/reads/read-lane.js'
import type { ReadMode } from '../../raft/node/reads/reads.js'
import type { TableContext } from '../../table/table-context.js'
import type { Get, HostMessage, TableAnswer } from '../../wire/messages.js'
import { LeaderRequests, type ProposalOutcome } from '../requests/leader-requests.js'
import type { LeaderRequest, RequestDone } from '../requests/request.js'
import { type AskOptions, type RequestEffect, Requests } from '../requests/requests.js'
import { Duties, type DutyEffect } from './duties.js'
import type { ReplicaFrame, ReplicaShown } from './frames.js'
import { LeaderWatch } from './leader-watch.js'
import { Projection } from './projection.js'
import { ProposedClock, RefusedProposals } from './proposal-watch.js'
import { Relay } from './relay.js'
import type { ReplicaOptions, ReplicaPorts } from './replica-ports.js'
import { RingWarmer } from './ring-warmer.js'
import { type NextLevel, ShownMembers } from './shown-members.js'

/** A flush in which the parts ask one another more often than this is a bug. */
const turnsMax = 10_000
/** Once so many messages between sessions and the leader have gone out, other input comes first. */
const messagesPerFlush = 128
/** What a slice of long work may cost, as a budget counts it. */
const sliceUnits = 2_000

export class ReplicaMachine {
  readonly state: PlacementState
  readonly node: Node<Applied>
  readonly sessions: Sessions
  readonly startedAtMs: number
  /** What the other members last showed of themselves. */
  readonly shown: ShownMembers
  readonly #options: ReplicaOptions
  readonly #ports: ReplicaPorts
  readonly #relay: Relay
  readonly #requests: Requests
  readonly #duties: Duties
  readonly #leaderWatch: LeaderWatch
  readonly #projection: Projection
  readonly #rings: RingWarmer
  readonly #refused: RefusedProposals
  readonly #proposedClock = new ProposedClock()
  #line: ((now: Instant) => void)[] = []
  #membership: Membership | null = null
  #isBroken = false
  #isWoken = false
  #natsForbids: string | null = null
  #now: Instant

  constructor(
    options: ReplicaOptions,
    stored: StoredState,
    context: TableContext,
    ports: ReplicaPorts,
    now: Instant,
  ) {
    this.#options = options
    this.#ports = ports
    this.#now = now
    this.startedAtMs = now.monotonicMs
    this.#projection = new Projection(stored.projected)
    this.#refused = new RefusedProposals((...line) => ports.log(...line))
    this.state = new PlacementState(context)
    this.#rings = new RingWarmer(this.state)
    const { id } = options.node
    this.shown = new ShownMembers(id, this.state)
    this.#leaderWatch = new LeaderWatch(id, this.state)
    this.sessions = new Sessions(this.state, options.addresses)
    this.#relay = new Relay(id, this.state, this.#leaderWatch, this.sessions)
    const machine = stateMachine(this.state)
    this.node = new Node<Applied>(options.node, stored, machine, this.#nodePorts(), now.monotonicMs)
    const decider = new LeaderRequests(id, this.state, options.timing, this.#leaderWatch)
    this.#requests = new Requests(options.run, this.state, decider, this.#leaderWatch)
    this.#duties = new Duties(options, this.state, this.shown, () => ports.uuid())
  }

  // ---- what is known -------------------------------------------------------------------------

  get id(): ReplicaId {
    return this.#options.node.id
  }

  /** The leader, once its `lead` command is applied here; null for none. */
  get leader(): KnownLeader | null {
    return this.#leaderWatch.known
  }

  get leadership(): Leadership | null {
    return this.#leaderWatch.leadership
  }

  get membership(): Membership | null {
    return this.#membership
  }

  /** What the other replicas are shown of this one. */
  show(nowMs: number): ReplicaShown {
    const { version } = this.#options
    const { role, term, log, storage } = this.node.status(nowMs)
    return {
      role,
      term,
      commit: log.committedIndex,
      applied: log.appliedIndex,
      digest: this.state.digest,
      stopped: null,
      version,
      levels: this.state.context.levels.range,
      postgres: { writable: !storage.isStalled, ...this.#ports.database() },
    }
  }

  /** Which feature level the cluster can take next, and what keeps it from a higher one. */
  nextLevel(nowMs: number): NextLevel {
    return this.shown.nextLevel(nowMs)
  }

  get natsIsUp(): boolean {
    return this.#leaderWatch.natsIsUp
  }

  /** What NATS does not let this replica do, and what to allow; null for nothing. */
  get natsForbids(): string | null {
    return this.#natsForbids
  }

  // ---- inputs --------------------------------------------------------------------------------

  start(now: Instant): void {
    this.#input(now, () => this.node.start(now.monotonicMs))
  }

  /** Every Raft tick. */
  tick(now: Instant): void {
    this.#input(now, () => {
      this.node.tick(now.monotonicMs)
      this.leadership?.tick(now)
      this.#requests.tick(now.monotonicMs)
      this.#doDuties(now)
    })
  }

  /** Between ticks, while a round runs. */
  advance(now: Instant): void {
    this.#input(now, () => this.leadership?.tick(now))
  }

  /** Goes on with what was left for later. Call it after `wake`, behind input that waits. */
  work(now: Instant): void {
    this.#input(now, () => {
      this.#isWoken = false
      this.node.work(now.monotonicMs)
      const budget = new Budget(sliceUnits)
      this.leadership?.work(budget, now)
      this.sessions.work(budget)
      this.#rings.work(budget)
    })
  }

  /** Several inputs of the node and of this machine as one: they came at once. */
  together(now: Instant, act: () => void): void {
    if (this.#isBroken) act()
    else this.#input(now, act)
  }

  /** Any input of the node that this machine has no part in. */
  toNode(now: Instant, act: (node: Node<Applied>) => void): void {
    // One that has stopped says so itself to whoever asks.
    if (this.#isBroken) act(this.node)
    else this.#input(now, () => act(this.node))
  }

  /** This peer is not connected any more. */
  unreachable(peer: ReplicaId, now: Instant): void {
    this.#input(now, () => {
      this.node.unreachable(peer, now.monotonicMs)
      this.#requests.lost(peer)
    })
  }

  /** @param run what the peer showed when the connection began that the frame came by */
  receive(from: ReplicaId, run: number, frame: ReplicaFrame, now: Instant): void {
    this.#input(now, () => {
      if (this.node.isHeard(from, run, now.monotonicMs)) this.#frameCame(from, frame)
    })
  }

  hostOpened(session: SessionId): void {
    this.#guard(() => {
      this.sessions.open(session)
      if (this.#leaderWatch.isLeaving) this.sessions.stop()
      this.#carryOut()
    })
  }

  /** Asked before `hostSaid`: see `Sessions`. */
  isAcknowledgement(session: SessionId, message: HostMessage): boolean {
    let isOne = false
    this.#guard(() => {
      isOne = this.sessions.isAcknowledgement(session, message)
    })
    return isOne
  }

  hostSaid(session: SessionId, message: HostMessage, now: Instant): void {
    this.#input(now, () => this.sessions.receive(session, message))
  }

  hostClosed(session: SessionId, now: Instant): void {
    this.#input(now, () => this.sessions.closed(session))
  }

  natsChanged(isUp: boolean, forbids: string | null = null): void {
    this.#natsForbids = forbids
    this.#guard(() => this.#leaderWatch.natsChanged(isUp))
  }

  /** The answer to a request for a table over NATS; null while this replica has none to give. */
  tableFor(namespace: string, get: Get): TableAnswer | null {
    let answer: TableAnswer | null = null
    this.#guard(() => {
      if (!this.#leaderWatch.isLeaving) answer = this.sessions.tableFor(namespace, get)
    })
    return answer
  }

  /** Waits until the local state may be read. @param done is called with null, or why not */
  read(mode: ReadMode, now: Instant, done: (error: BerthError | null) => void): void {
    const answer: ReadDone = (outcome) => done(outcome instanceof BerthError ? outcome : null)
    this.toNode(now, (node) => node.read(mode, now.monotonicMs, answer))
  }

  /** Has the leader decide a request, wherever it is. */
  ask(request: LeaderRequest, options: AskOptions, now: Instant, done: RequestDone): void {
    if (this.#isBroken) {
      const error = new BerthError('unavailable', 'This replica has stopped.')
      done({ kind: 'failed', error })
      return
    }
    this.#input(now, () => this.#requests.ask(request, options, now, done))
  }

  /** Everybody is sent elsewhere; nothing is answered any more. */
  stop(now: Instant): void {
    this.#input(now, () => this.#dismiss())
  }

  /** What the parts asked of one another, and what waited for company, goes out. */
  flush(now: Instant): void {
    this.#input(now, () => this.#takeTurns(now))
  }

  #takeTurns(now: Instant): void {
    let messages = 0
    for (let turn = 1; ; turn += 1) {
      if (turn > turnsMax) throw new Error('the parts of the replica ask one another without end')
      const line = this.#line
      this.#line = []
      for (const act of line) {
        act(now)
        // The node may have caught what was thrown in the midst of it.
        if (this.#isBroken) return
      }
      this.leadership?.flush()
      this.#carryOut()
      const flushed = this.#relay.flush(now)
      for (const { to, frame } of flushed.frames) this.#ports.send(to, frame)
      messages += flushed.messages
      if (flushed.messages === 0 && line.length === 0 && this.#line.length === 0) return
      // Other input has its turn; what is left is due.
      if (messages > messagesPerFlush) return
    }
  }

  // ---- the log -------------------------------------------------------------------------------

  #nodePorts(): NodePorts<Applied> {
    return {
      ...this.#ports,
      wake: () => this.#wake(),
      roleChanged: (change) => this.#roleChanged(change),
      membershipChanged: (membership) => {
        this.#membership = membership
        this.shown.configured(this.#members())
        this.#requests.configured(membership, (id) => this.node.isRemoved(id))
        this.#ports.replicasChanged()
      },
      applied: (entry, result) => this.#applied(entry, result),
      restored: (index) => this.#restored(index),
      leaving: () => {
        this.#leaderWatch.leave()
        this.#watchLeader()
        this.#dismiss()
      },
      stalled: (gapMs) => this.leadership?.stalled(gapMs, this.#now),
      stop: (reason) => {
        // It may have thrown in the middle of an input of a part that the node calls.
        const isBroken = reason.code === 'internal'
        if (isBroken) this.#isBroken = true
        this.#ports.stop(reason)
        // The others should know why.
        this.#showToOthers({ ...this.show(this.#now.monotonicMs), stopped: reason.code })
        if (isBroken) this.#tellAll()
      },
    }
  }

  #dismiss(): void {
    this.sessions.stop()
    this.#requests.stop()
  }

  #applied(entry: Entry, applied: Applied): void {
    const { command, repeated, events } = applied
    this.#rings.changed(applied.namespaces)
    this.#projection.add(entry.index, events)
    if (command !== null && !repeated) {
      const { kind } = command
      if (kind === 'genesis') this.#formed()
      else if (kind === 'lead') this.#leaderNamed()
      else if (kind === 'register' || kind === 'unregister') this.#registryChanged()
      else if (kind === 'level') this.sessions.levelRaised()
      this.leadership?.applied(entry.index, command, replacedBy(events), this.#now)
    }
    this.sessions.applied()
  }

  /** A snapshot took the place of the state. */
  #restored(index: number): void {
    this.#projection.skipTo(index, this.#now.wallMs)
    this.#rings.restored()
    this.#formed()
    this.#leaderNamed()
    this.#registryChanged()
    this.sessions.levelRaised()
    this.sessions.applied()
  }

  #registryChanged(): void {
    this.#ports.replicasChanged()
    this.sessions.registryChanged()
  }

  #formed(): void {
    const id = this.state.origin?.clusterId
    if (id !== undefined) this.#later((then) => this.node.clusterFormed(id, then.monotonicMs))
  }

  #leaderNamed(): void {
    const { leader, origin } = this.state
    if (leader === undefined || origin === null) return
    const { term, key } = leader
    this.sessions.leaderNamed({ kind: 'leader', lineage: origin.lineage, term, key })
    this.#watchLeader()
  }

  /** Another leader may count from now on. */
  #watchLeader(): void {
    const watch = this.#leaderWatch
    if (!watch.update()) return
    this.#relay.forget()
    this.sessions.leaderChanged(watch.known)
    watch.leadership?.tick(this.#now)
  }

  #roleChanged(change: RoleChange): void {
    const isElected = this.#leaderWatch.roleChanged(change, this.#now)
    this.#watchLeader()
    if (!isElected) return
    this.#duties.elected()
    this.#proposedClock.restart()
    this.#later((then) => this.#doDuties(then))
  }

  /** Does what the parts want to be done, behind the input that made them want it. */
  #carryOut(): void {
    for (const effect of this.sessions.takeEffects()) this.#ofSessions(effect)
    const { leadership } = this
    if (leadership !== null) {
      for (const effect of leadership.takeEffects()) this.#ofLeadership(leadership, effect)
    }
    for (const effect of this.#requests.takeEffects()) this.#ofRequests(effect)
  }

  #ofSessions(effect: SessionsEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#ports.tell(effect.sessions, effect.message)
        return
      case 'close':
        this.#ports.closeSession(effect.session, effect.code, effect.reason)
        return
      case 'up':
        this.#relay.up(effect.message, this.#now.monotonicMs)
        return
      default:
        effect satisfies never
    }
  }

  #ofLeadership(leadership: Leadership, effect: LeadershipEffect): void {
    // One that is over hears of nothing any more.
    const unlessOver = (act: (then: Instant) => void) =>
      this.#later((then) => {
        if (this.leadership === leadership) act(then)
      })
    switch (effect.kind) {
      case 'propose':
        this.#propose(effect.command, '', (outcome) => {
          const isRefused = outcome instanceof BerthError
          if (isRefused) this.#refused.refused(effect.command, outcome, this.#now.monotonicMs)
          unlessOver((then) => leadership.proposed(effect.number, !isRefused, then))
        })
        return
      case 'confirm':
        this.#later((now) =>
          this.node.confirmLeadership(now.monotonicMs, (isConfirmed) =>
            unlessOver((then) => leadership.confirmed(isConfirmed, then)),
          ),
        )
        return
      case 'tell':
        this.#relay.down(effect.replica, effect.message, this.#now.monotonicMs)
        return
      case 'tell-all':
        for (const id of this.#members()) {
          this.#relay.down(id, effect.message, this.#now.monotonicMs)
        }
        return
      case 'publish':
        this.#ports.publish(effect.message)
        return
      default:
        effect satisfies never
    }
  }

  #ofRequests(effect: RequestEffect): void {
    switch (effect.kind) {
      case 'propose':
        this.#propose(effect.command, effect.key, effect.done)
        return
      case 'change-membership':
        this.#later(({ monotonicMs: atMs }) =>
          this.node.changeMembership(effect.request, atMs, effect.done),
        )
        return
      case 'transfer':
        this.#later(({ monotonicMs: atMs }) =>
          this.node.transferLeadership(effect.to, atMs, effect.done),
        )
        return
      case 'send':
        this.#ports.send(effect.to, effect.frame)
        return
      case 'answer':
        effect.done(effect.outcome)
        return
      default:
        effect satisfies never
    }
  }

  #ofDuties(effect: DutyEffect): void {
    const forwarded = { key: '', forward: true }
    const ignore = () => undefined
    switch (effect.kind) {
      case 'propose':
        this.#propose(effect.command, '', ignore)
        return
      case 'ask':
        this.#later((now) => this.#requests.ask(effect.request, forwarded, now, ignore))
        return
      case 'note-clock':
        this.#noteClock()
        return
      case 'show':
        this.#showToOthers(this.show(this.#now.monotonicMs))
        return
      default:
        effect satisfies never
    }
  }

  #showToOthers(status: ReplicaShown): void {
    const others = this.#members().filter((id) => id !== this.id)
    for (const id of others) this.#ports.send(id, { kind: 'status', status })
  }

  #propose(command: Command, key: string, done: (outcome: ProposalOutcome) => void): void {
    this.#noteClock()
    this.#proposedClock.proposed(this.#now)
    this.#write(command, key, done)
  }

  #noteClock(): void {
    const clock = this.#proposedClock
    const jump = clock.before(this.#now)
    if (jump === null) return
    this.#write(jump.command, '', (outcome) => {
      if (outcome instanceof BerthError && outcome.code !== 'timeout') clock.refused(jump)
    })
  }

  #write(command: Command, key: string, done: (outcome: ProposalOutcome) => void): void {
    this.#later((now) => {
      const data = encodedOrFault(key === '' ? { command } : { command, key }, this.state.level)
      if (data instanceof BerthError) done(data)
      else this.node.propose(data, now.monotonicMs, (out) => this.#later(() => done(out)))
    })
  }

  #doDuties(now: Instant): void {
    const removed = this.state.replicas.flatMap(({ replica }) =>
      this.node.isRemoved(replica) ? [replica] : [],
    )
    const standing = { ...this.#leaderWatch.standing, removed }
    for (const effect of this.#duties.tick(now, standing)) this.#ofDuties(effect)
    const batch = this.#projection.take()
    if (batch !== null) this.node.project(batch.through, batch.events)
  }

  #frameCame(from: ReplicaId, frame: ReplicaFrame): void {
    switch (frame.kind) {
      case 'relay-up':
      case 'relay-down':
        this.#relay.came(from, frame, this.#now)
        return
      case 'request':
        this.#requests.requested(from, frame, this.#now)
        return
      case 'response':
        this.#requests.answered(from, frame)
        return
      case 'status':
        this.shown.note(from, frame.status, this.#now.monotonicMs)
        return
      default:
        frame satisfies never
    }
  }

  #members(): ReplicaId[] {
    return this.#membership === null ? [] : memberIds(this.#membership.configuration)
  }

  #input(now: Instant, act: () => void): void {
    this.#guard(() => {
      this.#now = now
      // Before anything is judged by the time, the node finds out whether this process stood still.
      this.node.together(now.monotonicMs, act)
      this.#carryOut()
      this.#schedule()
    })
  }

  #guard(act: () => void): void {
    if (this.#isBroken) return
    try {
      act()
    } catch (error) {
      this.#break(error)
    }
  }

  /** Ends all at once: who waits here is told, as far as that still works. */
  #break(error: unknown): void {
    this.#isBroken = true
    this.#attempt(() => this.node.fail(error))
    this.#tellAll()
  }

  /** Whoever waits here hears that nothing comes: what stands in line is not done any more. */
  #tellAll(): void {
    this.#line = []
    this.sessions.takeEffects()
    this.#attempt(() => this.#requests.fail())
    this.#attempt(() => this.sessions.stop())
    for (const effect of this.sessions.takeEffects()) {
      this.#attempt(() => this.#ofSessions(effect))
    }
    for (const effect of this.#requests.takeEffects()) {
      const isTold = effect.kind === 'answer' || effect.kind === 'send'
      if (isTold) this.#attempt(() => this.#ofRequests(effect))
    }
  }

  #attempt(act: () => void): void {
    try {
      act()
    } catch (further) {
      this.#ports.log('error', { err: further }, 'The replica stops, and something failed again.')
    }
  }

  #later(act: (now: Instant) => void): void {
    this.#line.push(act)
  }

  #schedule(): void {
    const dueAtMs = this.#line.length > 0 ? this.#now.monotonicMs : this.#relay.dueAtMs
    if (dueAtMs !== null) this.#ports.flushAt(dueAtMs)
    const hasWork = this.leadership?.hasWork || this.sessions.hasWork || this.#rings.hasWork
    if (hasWork) this.#wake()
  }

  #wake(): void {
    if (this.#isWoken) return
    this.#isWoken = true
    this.#ports.wake()
  }
}

/** The placement state as the Raft node drives it. */
function stateMachine(state: PlacementState): StateMachine<Applied> {
  return {
    apply: (entry) => {
      const applied = state.apply(entry)
      if (applied === null) throw new Error(`entry ${entry.index} was applied before`)
      return applied
    },
    get digest() {
      return state.digest
    },
    snapshot: () => state.snapshotChunks(),
    restoring: () => state.restoring(),
  }
}

/** Which admissions an entry ended by admitting the same name anew. */
function replacedBy(events: readonly PlacementEvent[]): Admission[] {
  return events.flatMap(({ kind, namespace, member, detail }) => {
    if (kind !== 'restarted' && kind !== 'changed') return []
    const { before, after } = detail as GenerationDetail
    if (namespace === null || member === null || before === null) return []
    return before.epoch === after?.epoch ? [] : [{ namespace, name: member, epoch: before.epoch }]
  })
}
