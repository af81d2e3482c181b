/**
 * One replica without its sockets, clocks and databases: the Raft node, the placement state, the
 * sessions of hosts, and the leader's side of hosts while it leads. Inputs go in by the methods,
 * each with the instant; what is to be done comes out of the ports.
 *
 * Invariants:
 * - What one part asks of another waits in line until `flush`, so that no part is called in the
 *   middle of its own input. Only news of the log goes straight to those that follow it.
 * - A leadership exists exactly while this replica leads and has applied the `lead` command of its
 *   term; sessions know a leader exactly when its `lead` command is applied here.
 */
import { BerthError } from '../errors/berth-error.js'
import type { Command } from '../fsm/command.js'
import { encodeCommand } from '../fsm/command-codec.js'
import { type Applied, PlacementState } from '../fsm/placement-state.js'
import type { Instant } from '../hosts/instant.js'
import { Leadership } from '../hosts/leadership.js'
import type { LeadershipPorts } from '../hosts/leadership-ports.js'
import type { Downstream, SessionId, Upstream } from '../hosts/relay-message.js'
import { type KnownLeader, Sessions } from '../hosts/sessions.js'
import { composeTableAnswer } from '../hosts/welcome.js'
import type { Entry, ReplicaId } from '../raft/core/entry.js'
import type { Frame } from '../raft/node/frame.js'
import { Node } from '../raft/node/node.js'
import type { Membership, NodePorts, RoleChange } from '../raft/node/node-ports.js'
import type { ReadMode } from '../raft/node/reads.js'
import type { StoredState } from '../raft/node/storage.js'
import type { TableContext } from '../table/table-context.js'
import type { Get, HostMessage, TableAnswer } from '../wire/messages.js'
import { AskedRequests, type RequestDone } from './asked-requests.js'
import type { LeaderRequest, ReplicaFrame, ReplicaShown, RequestFrame } from './frames.js'
import { LeaderRequests, type ProposalOutcome } from './leader-requests.js'
import { placementMachine } from './placement-machine.js'
import type { ReplicaOptions, ReplicaPorts } from './ports.js'
import { Projection } from './projection.js'
import { RelayOutbox } from './relay-outbox.js'
import { replacedBy } from './replaced.js'

/** A replica shows itself to the others this often, in ms. */
const showEveryMs = 1_000
/** What should be in the log and is not is proposed again after this, in ms. */
const proposeAgainMs = 2_000

export interface AskOptions {
  /** Idempotency key, empty for none. */
  readonly key: string
  /** Whether a leader elsewhere is asked. */
  readonly forward: boolean
}

export class ReplicaMachine {
  readonly state: PlacementState
  readonly node: Node<Applied>
  readonly sessions: Sessions
  /** What the other replicas last showed of themselves. */
  readonly shown = new Map<ReplicaId, { readonly of: ReplicaShown; readonly atMs: number }>()
  readonly #options: ReplicaOptions
  readonly #ports: ReplicaPorts
  readonly #outbox: RelayOutbox
  readonly #asked: AskedRequests
  readonly #decider: LeaderRequests
  readonly #projection: Projection
  #line: ((now: Instant) => void)[] = []
  #leadership: Leadership | null = null
  #role: RoleChange = { role: 'follower', term: 0, leader: 0 }
  #membership: Membership | null = null
  #known: KnownLeader | null = null
  #electedAtMs = 0
  #proposedAtMs = Number.NEGATIVE_INFINITY
  #registeredAtMs = Number.NEGATIVE_INFINITY
  #shownAtMs = Number.NEGATIVE_INFINITY
  #natsIsUp = false
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
    this.#asked = new AskedRequests(options.run)
    this.#projection = new Projection(stored.projected)
    this.state = new PlacementState(context)
    this.#outbox = new RelayOutbox({
      sendUp: (messages) => this.#sendUp(messages),
      sendDown: (to, messages) => this.#sendDown(to, messages),
    })
    this.sessions = new Sessions(this.state, {
      send: (sessions, message) => ports.tell(sessions, message),
      close: (session, code, reason) => ports.closeSession(session, code, reason),
      addresses: () => ports.addresses(),
      up: (message) => this.#outbox.up(message, this.#isRoutine(message), this.#now.monotonicMs),
    })
    const machine = placementMachine(this.state)
    this.node = new Node<Applied>(options.node, stored, machine, this.#nodePorts(), now.monotonicMs)
    this.#decider = new LeaderRequests(this.state, options.timing, {
      replica: options.node.id,
      propose: (command, key, done) => this.#propose(command, key, done),
      changeMembership: (request, done) =>
        this.#later((then) => this.node.changeMembership(request, then.monotonicMs, done)),
      transfer: (to, done) =>
        this.#later((then) => this.node.transferLeadership(to, then.monotonicMs, done)),
      leadership: () => this.#leadership,
    })
  }

  // ---- what is known -------------------------------------------------------------------------

  get id(): ReplicaId {
    return this.#options.node.id
  }

  /** The leader, once its `lead` command is applied here; null for none. */
  get leader(): KnownLeader | null {
    return this.#known
  }

  get leadership(): Leadership | null {
    return this.#leadership
  }

  get membership(): Membership | null {
    return this.#membership
  }

  /** What is known of the own database. */
  database(): ReturnType<ReplicaPorts['database']> {
    return this.#ports.database()
  }

  get natsIsUp(): boolean {
    return this.#natsIsUp
  }

  // ---- inputs --------------------------------------------------------------------------------

  start(now: Instant): void {
    this.#input(now, () => this.node.start(now.monotonicMs))
  }

  /** Every Raft tick. */
  tick(now: Instant): void {
    this.#input(now, () => {
      this.node.tick(now.monotonicMs)
      this.#leadership?.tick(now)
      this.#asked.tick(now.monotonicMs)
      this.#doDuties(now)
    })
  }

  /** Between ticks, while a round runs. */
  advance(now: Instant): void {
    this.#input(now, () => this.#leadership?.tick(now))
  }

  /** Any input of the node that this machine has no part in. */
  toNode(now: Instant, act: (node: Node<Applied>) => void): void {
    this.#input(now, () => act(this.node))
  }

  receive(from: ReplicaId, frame: ReplicaFrame, now: Instant): void {
    this.#input(now, () => this.#receive(from, frame))
  }

  hostOpened(session: SessionId): void {
    this.sessions.open(session)
  }

  hostSaid(session: SessionId, message: HostMessage, now: Instant): void {
    this.#input(now, () => this.sessions.receive(session, message))
  }

  hostClosed(session: SessionId, now: Instant): void {
    this.#input(now, () => this.sessions.closed(session))
  }

  natsChanged(isUp: boolean): void {
    this.#natsIsUp = isUp
    this.#leadership?.natsChanged(isUp)
  }

  /** The answer to a request for a table over NATS; null while this replica is behind it. */
  tableFor(namespace: string, get: Get): TableAnswer | null {
    const roundTo = this.sessions.runningTo(namespace)
    return composeTableAnswer(this.state, namespace, get, roundTo)
  }

  /** Waits until the local state may be read. @param done is called with null, or why not */
  read(mode: ReadMode, now: Instant, done: (error: BerthError | null) => void): void {
    this.#input(now, () =>
      this.node.read(mode, now.monotonicMs, (outcome) =>
        done(outcome instanceof BerthError ? outcome : null),
      ),
    )
  }

  /** Has the leader decide a request, wherever it is. */
  ask(request: LeaderRequest, { key, forward }: AskOptions, now: Instant, done: RequestDone): void {
    this.#input(now, () => {
      const leader = this.#known
      if (leader === null) {
        const detail = 'No leader is known now; an election usually takes one or two seconds.'
        done({ kind: 'failed', error: new BerthError('no_leader', detail) })
      } else if (leader.replica === this.id) {
        this.#decider.decide(request, key, now, done)
      } else if (!forward) {
        done({ kind: 'failed', error: this.#notLeader(leader.replica) })
      } else {
        const number = this.#asked.ask(done, now.monotonicMs)
        if (number === null) return
        const { run } = this.#options
        this.#ports.send(leader.replica, { kind: 'request', number, run, request, key })
      }
    })
  }

  /** Everybody is sent elsewhere; nothing is answered any more. */
  stop(now: Instant): void {
    this.#input(now, () => {
      this.sessions.stop()
      this.#asked.stop()
    })
  }

  /** What the parts asked of one another, and what waited for company, goes out. */
  flush(now: Instant): void {
    this.#now = now
    for (;;) {
      const line = this.#line
      this.#line = []
      for (const act of line) act(now)
      this.#leadership?.flush()
      const sent = this.#outbox.flush()
      if (!sent && line.length === 0 && this.#line.length === 0) break
    }
    this.#schedule()
  }

  // ---- the log -------------------------------------------------------------------------------

  #nodePorts(): NodePorts<Applied> {
    const { store, readChunk, crc32c, random, stop, log, wake } = this.#ports
    return {
      store,
      readChunk,
      crc32c,
      random,
      stop,
      log,
      wake,
      send: (to, frame) => this.#ports.send(to, frame),
      roleChanged: (change) => this.#roleChanged(change),
      membershipChanged: (membership) => {
        this.#membership = membership
        this.#ports.replicasChanged()
      },
      applied: (entry, result) => this.#applied(entry, result),
      restored: (index) => this.#restored(index),
      stalled: () => this.#leadership?.stalled(this.#now),
    }
  }

  #applied(entry: Entry, applied: Applied): void {
    const { command, repeated, events } = applied
    this.#projection.add(entry.index, events)
    if (command !== null && !repeated) {
      this.#followed(command)
      this.#leadership?.applied(entry.index, command, replacedBy(events), this.#now)
    }
    this.sessions.applied()
  }

  /** A snapshot took the place of the state. */
  #restored(index: number): void {
    this.#projection.skipTo(index, this.#now.wallMs)
    this.#formed()
    this.#leaderNamed()
    this.#ports.replicasChanged()
    this.sessions.applied()
  }

  #followed(command: Command): void {
    switch (command.kind) {
      case 'genesis':
        this.#formed()
        return
      case 'lead':
        this.#leaderNamed()
        return
      case 'register':
      case 'unregister':
        this.#ports.replicasChanged()
        return
      case 'upsert':
      case 'remove':
      case 'disseminated':
      case 'cordon':
      case 'settings':
        return
      default:
        command satisfies never
    }
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
    this.#knowLeader()
  }

  #roleChanged(change: RoleChange): void {
    const wasLeader = this.#role.role === 'leader' && this.#role.term === change.term
    this.#role = change
    if (change.role === 'leader' && !wasLeader) {
      this.#electedAtMs = this.#now.monotonicMs
      this.#proposedAtMs = Number.NEGATIVE_INFINITY
      this.#later((then) => this.#doDuties(then))
    }
    this.#knowLeader()
  }

  /** The leader of Raft counts once its `lead` command is applied here. */
  #knowLeader(): void {
    const { leader } = this.state
    const { role, term, leader: raftLeader } = this.#role
    const isNamed = leader !== undefined && leader.term === term && leader.replica === raftLeader
    const known = isNamed && this.state.origin !== null ? { replica: raftLeader, term } : null
    const before = this.#known
    if (before?.replica === known?.replica && before?.term === known?.term) return
    this.#known = known
    this.#outbox.forget()
    const leads = known !== null && known.replica === this.id && role === 'leader'
    this.#leadership = leads ? this.#makeLeadership(term) : null
    this.sessions.leaderChanged(known)
    this.#leadership?.tick(this.#now)
  }

  #makeLeadership(term: number): Leadership {
    const ports: LeadershipPorts = {
      propose: (command, done) =>
        this.#propose(command, '', (outcome, then) => done(!(outcome instanceof BerthError), then)),
      confirm: (done) =>
        this.#later((then) =>
          this.node.confirmLeadership(then.monotonicMs, (isLeader) =>
            this.#later((after) => done(isLeader, after)),
          ),
        ),
      tell: (replica, message) => this.#outbox.down(replica, message, this.#now.monotonicMs),
      tellAll: (message) => {
        for (const id of this.#members()) this.#outbox.down(id, message, this.#now.monotonicMs)
      },
      publish: (order) => this.#ports.publish(order),
    }
    return new Leadership(term, this.#electedAtMs, this.state, ports, this.#natsIsUp)
  }

  #propose(
    command: Command,
    key: string,
    done: (outcome: ProposalOutcome, now: Instant) => void,
  ): void {
    this.#later((now) => {
      const data = encodeCommand(key === '' ? { command } : { command, key })
      this.node.propose(data, now.monotonicMs, (outcome) =>
        this.#later((then) => done(outcome, then)),
      )
    })
  }

  // ---- duties --------------------------------------------------------------------------------

  #doDuties(now: Instant): void {
    const nowMs = now.monotonicMs
    if (this.#role.role === 'leader' && this.#leadership === null) this.#lead(now)
    if (nowMs - this.#shownAtMs >= showEveryMs) {
      this.#shownAtMs = nowMs
      this.#register(now)
      this.#unregisterRemoved(now)
      this.#show(nowMs)
    }
    const batch = this.#projection.take()
    if (batch !== null) this.node.project(batch.through, batch.events)
  }

  /** A new leader names its key; the first one of all makes the cluster. */
  #lead(now: Instant): void {
    if (now.monotonicMs - this.#proposedAtMs < proposeAgainMs) return
    this.#proposedAtMs = now.monotonicMs
    const { genesisSettings: settings, key, node } = this.#options
    const atMs = now.wallMs
    const ignore = () => undefined
    if (this.state.origin === null) {
      const [clusterId, lineage] = [this.#ports.uuid(), this.#ports.uuid()]
      const cluster = node.clusterName
      this.#propose({ kind: 'genesis', atMs, clusterId, cluster, lineage, settings }, '', ignore)
    }
    const { term } = this.#role
    this.#propose({ kind: 'lead', atMs, term, replica: this.id, key }, '', ignore)
  }

  /** Sees to it that the cluster knows where this replica is reached. */
  #register(now: Instant): void {
    const { peerAddress: peer, apiUrl: api } = this.#options
    const known = this.state.replicas.find(({ replica }) => replica === this.id)
    if (this.#known === null || (known?.peer === peer && known.api === api)) return
    if (now.monotonicMs - this.#registeredAtMs < proposeAgainMs) return
    this.#registeredAtMs = now.monotonicMs
    const request = { kind: 'register', replica: this.id, peer, api } as const
    this.#later((then) => this.ask(request, { key: '', forward: true }, then, () => undefined))
  }

  /** Nobody is sent to a replica that is gone. Its remover may be gone as well: any leader does it. */
  #unregisterRemoved({ wallMs: atMs }: Instant): void {
    if (this.#leadership === null) return
    for (const { replica } of this.state.replicas) {
      if (!this.node.isRemoved(replica)) continue
      this.#propose({ kind: 'unregister', atMs, replica }, '', () => undefined)
    }
  }

  #show(nowMs: number): void {
    const { role, term, log, storage } = this.node.status(nowMs)
    const status: ReplicaShown = {
      role,
      term,
      commit: log.committedIndex,
      applied: log.appliedIndex,
      digest: this.state.digest,
      postgres: { writable: !storage.isStalled, ...this.#ports.database() },
    }
    for (const id of this.#members()) {
      if (id !== this.id) this.#ports.send(id, { kind: 'status', status })
    }
  }

  // ---- between replicas ----------------------------------------------------------------------

  #receive(from: ReplicaId, frame: ReplicaFrame): void {
    switch (frame.kind) {
      case 'relay-up':
        if (this.#leadership?.term !== frame.term) return
        for (const message of frame.messages) this.#leadership.receive(from, message, this.#now)
        this.#outbox.due(this.#now.monotonicMs)
        return
      case 'relay-down':
        if (this.#known?.replica !== from || this.#known.term !== frame.term) return
        for (const message of frame.messages) this.sessions.fromLeader(frame.term, message)
        return
      case 'request':
        this.#requested(from, frame)
        return
      case 'response':
        this.#asked.answered(frame)
        return
      case 'status':
        this.shown.set(from, { of: frame.status, atMs: this.#now.monotonicMs })
        return
      default:
        frame satisfies never
    }
  }

  #requested(from: ReplicaId, { number, run, request, key }: RequestFrame): void {
    const answer: RequestDone = (outcome) => {
      const isDone = outcome.kind === 'done'
      const error = isDone ? null : { code: outcome.error.code, detail: outcome.error.message }
      const result = isDone ? outcome.result : null
      this.#ports.send(from, { kind: 'response', number, run, error, result })
    }
    if (this.#leadership !== null) this.#decider.decide(request, key, this.#now, answer)
    else answer({ kind: 'failed', error: this.#notLeader(this.#known?.replica ?? 0) })
  }

  #sendUp(messages: readonly Upstream[]): void {
    const leader = this.#known
    if (leader === null) return
    if (leader.replica !== this.id) {
      this.#ports.send(leader.replica, { kind: 'relay-up', term: leader.term, messages })
      return
    }
    for (const message of messages) this.#leadership?.receive(this.id, message, this.#now)
  }

  #sendDown(to: ReplicaId, messages: readonly Downstream[]): void {
    const term = this.#leadership?.term
    if (term === undefined) return
    if (to !== this.id) this.#ports.send(to, { kind: 'relay-down', term, messages })
    else for (const message of messages) this.sessions.fromLeader(term, message)
  }

  #notLeader(leader: ReplicaId): BerthError {
    const known = this.state.replicas.find(({ replica }) => replica === leader)
    const where = known === undefined ? '' : ` at ${known.api}`
    const detail =
      leader === 0 ? 'No leader is known now.' : `Replica ${leader} leads${where}; ask that one.`
    return new BerthError('not_leader', detail)
  }

  #members(): ReplicaId[] {
    const configuration = this.#membership?.configuration
    if (configuration === undefined) return []
    const { voters, votersOutgoing, learners } = configuration
    return [...new Set([...voters, ...votersOutgoing, ...learners])].sort((a, b) => a - b)
  }

  /** Heartbeats that acknowledge nothing new can wait for company. */
  #isRoutine(message: Upstream): boolean {
    if (message.kind !== 'heartbeat') return false
    const disseminated = this.state.namespace(message.namespace)?.disseminated ?? 0
    return message.acknowledged.generation === disseminated
  }

  // ---- the line ------------------------------------------------------------------------------

  #input(now: Instant, act: () => void): void {
    this.#now = now
    act()
    this.#schedule()
  }

  #later(act: (now: Instant) => void): void {
    this.#line.push(act)
  }

  #schedule(): void {
    const dueAtMs = this.#line.length > 0 ? this.#now.monotonicMs : this.#outbox.dueAtMs
    if (dueAtMs !== null) this.#ports.flushAt(dueAtMs)
  }
}
