/**
 * The sessions of hosts and observers at the replica they are attached to: forwards what they say
 * to the leader, whoever that is, and what the leader answers back to them. Decides nothing about
 * membership.
 *
 * Invariants (design §5):
 * - Of each session the newest unanswered heartbeat, and a hello that is not answered yet, are kept
 *   and handed to the next leader the moment it is known. So a leader's death ends no session.
 * - A leader is told a hello once, and again only when it asks: heartbeats say that there is one.
 * - A session is welcomed once, by a welcome composed from a state at or after the index that the
 *   leader named.
 * - A session speaks only of the admission that it was welcomed under, with the hash of the secret
 *   of its hello; the secret goes no further than here.
 */
import { namespacesMax } from '../fsm/limits.js'
import type { PlacementState } from '../fsm/placement-state.js'
import { Budget } from '../jobs/job.js'
import type { ReplicaId } from '../raft/core/entry.js'
import { typeBytes } from '../table/type-sets.js'
import { rangeInWords } from '../versions/range.js'
import { typesLevel, typesProtocol } from '../versions/versions.js'
import type {
  Get,
  Hello,
  HostMessage,
  Leader,
  ReplicaMessage,
  TableAnswer,
  Types,
  Welcome,
} from '../wire/messages.js'
import { type AcknowledgedOrder, isAskedFor, nothingAcknowledged } from './acknowledgement.js'
import { UpdateParts } from './direct-orders.js'
import type { Downstream, SessionHeartbeat, SessionId, Upstream } from './relay-message.js'
import { type ProvenHello, prove } from './relay-message.js'
import { TableCopies } from './table-copies.js'
import { WaitingSessions } from './waiting-sessions.js'
import {
  composeRegistry,
  composeTableAnswer,
  composeWelcome,
  prepareCopies,
  type WelcomeAddresses,
} from './welcome.js'

/** The leader as far as this replica knows: it is named once its `lead` command is applied here. */
export interface KnownLeader {
  readonly replica: ReplicaId
  readonly term: number
}

/** What is to be done, in order. */
export type SessionsEffect =
  | {
      readonly kind: 'send'
      readonly sessions: readonly SessionId[]
      readonly message: ReplicaMessage
    }
  | {
      readonly kind: 'close'
      readonly session: SessionId
      readonly code: number
      readonly reason: string
    }
  /** To the leader; only while one is known. */
  | { readonly kind: 'up'; readonly message: Upstream }

/** WebSocket close codes, as in asyncapi.yaml. */
export const closeCodes = {
  invalidMessage: 4400,
  superseded: 4409,
  left: 4410,
  unsupportedVersion: 4426,
  goElsewhere: 4503,
} as const

const failureCloseCodes = {
  invalid_message: closeCodes.invalidMessage,
  overloaded: closeCodes.goElsewhere,
  unsupported_version: closeCodes.unsupportedVersion,
} as const

/** Words of hosts that ended while no leader was known; more are dropped, leases cover for them. */
export const unsentMax = 1_000

/**
 * What hellos that are not answered yet take here together, in bytes; who comes beyond it is told
 * `overloaded` and goes elsewhere.
 */
export const helloBytesMax = 64 * 1024 * 1024
/** Of a hello besides its types, about. */
const helloFrameBytes = 1_024

/** Units of a budget for a welcome, and for one session of all. */
const serveUnits = 50
const visitUnits = 2
/** A few are served at once: what a budget of so many units does. */
const atOnceUnits = 1_000
/** Sessions that are told the same by one effect, when it is for all. */
const announcedAtOnce = 256
/** What is to be told to all at a time, the newest of each kind. */
type Announcement = Extract<ReplicaMessage, { kind: 'leader' | 'registry' }>

interface Session {
  readonly id: SessionId
  /** Without what only the leader asks of it, once it is welcomed. */
  hello: ProvenHello | null
  /** What it takes until it is answered, in bytes. */
  helloBytes: number
  /** How often leaders were told it. */
  hellos: number
  phase: 'new' | 'greeting' | 'welcomed'
  epoch: number
  /** Index from which the welcome may be composed, while that is not applied here. */
  admitted: Extract<Downstream, { kind: 'admitted' }> | null
  /** Newest heartbeat that was not answered. */
  heartbeat: SessionHeartbeat | null
  /** Whether the host knows that there is no leader. */
  toldLeaderless: boolean
  /** A request that this replica is behind for. */
  get: Get | null
  /** The newest acknowledgement that was asked for. */
  acknowledged: AcknowledgedOrder
  /** How many leaders there were when its words were handed over last. */
  leaders: number
}

/** Sessions that have still their turn, and what each is told or is done about it. */
interface Walk {
  readonly rest: Iterator<Session>
  readonly visit: Announcement | ((session: Session) => void)
}

export class Sessions {
  readonly #state: PlacementState
  readonly #addresses: WelcomeAddresses
  readonly #sessions = new Map<SessionId, Session>()
  readonly #waiting = new WaitingSessions<Session>()
  /** What waits for its turn. */
  readonly #walks = new Map<string, Walk>()
  #effects: SessionsEffect[] = []
  /** Running rounds by namespace, as the leader told: of no more than there can be. */
  readonly #rounds = new Map<string, number>()
  readonly #copies = new TableCopies()
  readonly #parts = new UpdateParts()
  /** Of all sessions. */
  #helloBytes = 0
  #unsent: Upstream[] = []
  #leader: KnownLeader | null = null
  /** Leaders known so far, none between two of them counted as well. */
  #leaders = 0

  /** @param addresses what hosts are told in their welcome */
  constructor(state: PlacementState, addresses: WelcomeAddresses) {
    this.#state = state
    this.#addresses = addresses
  }

  get count(): number {
    return this.#sessions.size
  }

  /** What is to be done since it was asked last, in order. */
  takeEffects(): readonly SessionsEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  /** Whether `work` would do anything now. */
  get hasWork(): boolean {
    return this.#walks.size > 0 || this.#waiting.hasReady
  }

  /** Goes on with what was left for later. Called behind input that waits. */
  work(budget: Budget): void {
    this.#serveReady(budget)
    for (const [name, walk] of this.#walks) {
      if (this.#goOn(walk, budget)) this.#walks.delete(name)
      if (budget.isSpent) return
    }
  }

  /** Newest generation of the running round of a namespace, as far as this replica was told. */
  runningTo(namespace: string): number | null {
    return this.#rounds.get(namespace) ?? null
  }

  /** The answer to a request for a table, from wherever; null while this replica is behind it. */
  tableFor(namespace: string, get: Get): TableAnswer | null {
    const round = this.runningTo(namespace)
    return composeTableAnswer(this.#state, namespace, get, round, this.#copies)
  }

  open(id: SessionId): void {
    this.#sessions.set(id, {
      id,
      hello: null,
      helloBytes: 0,
      hellos: 0,
      phase: 'new',
      epoch: 0,
      admitted: null,
      heartbeat: null,
      toldLeaderless: false,
      get: null,
      acknowledged: nothingAcknowledged,
      leaders: this.#leaders,
    })
  }

  closed(id: SessionId): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#sessions.delete(id)
    this.#waiting.remove(session)
    this.#countHello(session, 0)
    if (session.phase !== 'new') this.#up({ kind: 'closed', session: id })
  }

  receive(id: SessionId, message: HostMessage): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    this.#meetLeader(session)
    if (message.kind === 'hello') this.#hello(session, message)
    else if (session.hello === null) this.#fail(session, 'Say hello first.')
    else this.#say(session, session.hello, message)
  }

  /** Whether the cluster asked for this message: a new acknowledgement. Asked before `receive`. */
  isAcknowledgement(id: SessionId, message: HostMessage): boolean {
    const session = this.#sessions.get(id)
    if (message.kind !== 'heartbeat' || session?.phase !== 'welcomed') return false
    const state = this.#state.namespace(session.hello?.namespace ?? '')
    if (state === undefined || message.epoch === 0 || message.epoch !== session.epoch) return false
    const { name, disseminated, newest } = state
    const known = { disseminated, newest, runningTo: this.runningTo(name) }
    const { acknowledged } = message
    const term = this.#leader?.term
    if (!isAskedFor(acknowledged, session.acknowledged, { term, ...known })) return false
    session.acknowledged = acknowledged
    return true
  }

  /** The leader changed, was lost (null), or is now ready to serve. */
  leaderChanged(leader: KnownLeader | null): void {
    this.#leader = leader
    this.#leaders += 1
    this.#rounds.clear()
    this.#parts.forget()
    this.#walk('leader', (session) => this.#meetLeader(session))
    if (leader === null) return
    const unsent = this.#unsent
    this.#unsent = []
    for (const message of unsent) this.#effects.push({ kind: 'up', message })
  }

  /** Entries were applied here. */
  applied(): void {
    this.#waiting.applied(this.#state.appliedIndex)
    this.#serveReady(new Budget(atOnceUnits))
  }

  /** A leader's `lead` command was applied here: every sidecar hears its key. */
  leaderNamed(leader: Leader): void {
    this.#announce(leader)
  }

  /** The feature level rose: who does not know that of tables is sent away. No member is. */
  levelRaised(): void {
    this.#walk('level', (session) => {
      const { hello } = session
      if (hello !== null && session.epoch === 0) this.#failIfOutdated(session, hello)
    })
  }

  /** The list of replicas is another one: every sidecar hears it. */
  registryChanged(): void {
    const { origin } = this.#state
    if (origin === null) return
    const { lineage } = origin
    this.#announce({ kind: 'registry', lineage, registry: composeRegistry(this.#state) })
  }

  /** This replica stops: everyone is asked to attach to another one. */
  stop(): void {
    const ids = [...this.#sessions.keys()]
    if (ids.length > 0) this.#sendAll(ids, { kind: 'go_elsewhere' })
    for (const id of ids) this.#close(id, closeCodes.goElsewhere, 'this replica stops')
  }

  /** From the leader of `term`. */
  fromLeader(term: number, message: Downstream): void {
    if (message.kind === 'orders') {
      const { order, sessions } = message
      const whole = order.kind === 'update' ? this.#parts.add(order) : order
      const there = sessions.filter((id) => this.#sessions.get(id)?.phase === 'welcomed')
      if (whole !== null && there.length > 0) this.#sendAll(there, whole)
      return
    }
    if (message.kind === 'round') {
      if (message.to === null) this.#rounds.delete(message.namespace)
      else if (this.#rounds.size < namespacesMax || this.#rounds.has(message.namespace)) {
        this.#rounds.set(message.namespace, message.to)
        // Asked for now, its table is kept until the round ends.
        this.#state.namespace(message.namespace)?.tableAt(message.to)
      }
      return
    }
    const session = this.#sessions.get(message.session)
    if (session !== undefined) this.#tell(session, term, message)
  }

  // ---- from the host -------------------------------------------------------------------------

  #hello(session: Session, hello: Hello): void {
    if (session.hello !== null) {
      this.#fail(session, 'A session has one hello. Open another WebSocket for another one.')
      return
    }
    const cluster = this.#state.origin?.cluster
    if (hello.cluster !== undefined && cluster !== undefined && hello.cluster !== cluster) {
      this.#fail(session, `This is cluster "${cluster}", not "${hello.cluster}". Check replicas.`)
      return
    }
    if ((hello.types?.length ?? 0) > 0 && (hello.name === undefined || hello.appId === undefined)) {
      this.#fail(session, 'A host with types needs "name" (host:port) and "appId".')
      return
    }
    if (hello.name !== undefined && hello.secret === undefined) {
      const how = '43 to 128 random characters (base64url or hex), made anew at each start'
      this.#fail(session, `A hello with "name" needs a "secret": ${how}.`)
      return
    }
    if (this.#failIfOutdated(session, hello)) return
    const bytes = helloFrameBytes + typeBytes(hello.types ?? [])
    if (this.#helloBytes + bytes > helloBytesMax) {
      const detail = 'Too many hosts wait at this replica. Use another one, or try again later.'
      this.#fail(session, detail, 'overloaded')
      return
    }
    this.#countHello(session, bytes)
    session.hello = prove(hello, this.#state.context)
    session.phase = 'greeting'
    this.#handOver(session)
    this.#tellLeaderless(session)
  }

  /** @returns whether it does not know a feature level that it must know */
  #failIfOutdated(session: Session, { levels }: Pick<Hello, 'levels'>): boolean {
    const { level, tableLevel } = this.#state
    const known = rangeInWords(levels)
    if (levels.newest < tableLevel) {
      const detail = `This cluster is at feature level ${tableLevel}, this host knows ${known}`
      this.#fail(session, `${detail}: upgrade its sidecar.`, 'unsupported_version')
      return true
    }
    if (levels.oldest > level) {
      const detail = `This cluster is at feature level ${level}, this host knows ${known}`
      const how = 'upgrade the replicas first, then hosts that know no later one'
      this.#fail(session, `${detail}: ${how}.`, 'unsupported_version')
      return true
    }
    return false
  }

  #say(session: Session, hello: ProvenHello, message: Exclude<HostMessage, Hello>): void {
    if ('epoch' in message && !this.#isOwn(session, message.epoch)) return
    switch (message.kind) {
      case 'heartbeat': {
        const { lineage, epoch, number, acknowledged, listening } = message
        // A waiting hello has no epoch yet; its heartbeats only show that its session lives.
        const name = epoch === 0 ? null : (hello.name ?? null)
        const { namespace, secretHash } = hello
        const of = { session: session.id, namespace, name, secretHash }
        session.heartbeat = { ...of, lineage, epoch, number, acknowledged, listening }
        this.#handOverHeartbeat(session)
        this.#tellLeaderless(session)
        return
      }
      case 'leave':
      case 'bye':
      case 'fenced': {
        const { kind, lineage, epoch } = message
        const { namespace, name, secretHash } = hello
        if (name === undefined || epoch === 0) {
          if (kind === 'leave') this.#left(session, epoch)
          return
        }
        this.#up({ kind, session: session.id, lineage, namespace, name, epoch, secretHash })
        return
      }
      case 'get':
        session.get = message
        this.#serve(session)
        return
      case 'types':
        this.#types(session, hello, message)
        return
      default:
        message satisfies never
    }
  }

  /** Nothing of it is kept here: the host says it again until it is answered. */
  #types(session: Session, hello: ProvenHello, { lineage, epoch, number, types }: Types): void {
    const { namespace, name, secretHash } = hello
    if (hello.protocol.newest < typesProtocol) {
      this.#fail(session, `"types" came with version ${typesProtocol} of the protocol: say so.`)
      return
    }
    if (name === undefined || epoch === 0) {
      this.#fail(session, 'Only a member has types to change. Say hello with types.')
      return
    }
    const { level } = this.#state
    if (level >= typesLevel) {
      // Without a leader it is lost.
      if (this.#leader === null) return
      const who = { session: session.id, lineage, namespace, name, epoch, secretHash }
      this.#up({ kind: 'types', ...who, number, types })
      return
    }
    const detail =
      `Types change from feature level ${typesLevel} on, this cluster is at ${level}: upgrade ` +
      'all replicas. GET /v1/cluster says who is not, and what keeps the level from rising.'
    const refused = { code: 'level_too_low', detail, retryAfterMs: 0 } as const
    this.#send(session, {
      kind: 'types_waiting',
      lineage: this.#lineage,
      epoch,
      number,
      ...refused,
    })
  }

  /** Whether a session may speak of this admission: of its own, or of none. */
  #isOwn(session: Session, epoch: number): boolean {
    if (epoch === 0 || (session.phase === 'welcomed' && epoch === session.epoch)) return true
    const own =
      session.phase === 'welcomed'
        ? `This session was welcomed under epoch ${session.epoch}`
        : 'Before its welcome a session has no admission: its epoch is 0'
    this.#fail(session, `${own}, not ${epoch}.`)
    return false
  }

  // ---- to the leader -------------------------------------------------------------------------

  /** Once for each leader, also when it says something before its turn. */
  #meetLeader(session: Session): void {
    if (session.leaders === this.#leaders) return
    session.leaders = this.#leaders
    session.toldLeaderless = false
    if (this.#leader !== null) this.#handOver(session)
    // Whoever waits for an answer stays more patiently when it knows why none comes.
    else if (session.heartbeat !== null || session.phase === 'greeting') {
      this.#tellLeaderless(session)
    }
  }

  #handOver(session: Session): void {
    this.#handOverHello(session)
    this.#handOverHeartbeat(session)
  }

  #handOverHello(session: Session): void {
    if (this.#leader === null || session.hello === null || !isUnanswered(session)) return
    session.hellos += 1
    const { secretHash, ...hello } = session.hello
    this.#up({ kind: 'hello', session: session.id, hello, secretHash })
  }

  #handOverHeartbeat(session: Session): void {
    if (this.#leader === null || session.heartbeat === null) return
    const hellos = isUnanswered(session) ? session.hellos : 0
    this.#up({ kind: 'heartbeat', ...session.heartbeat, hellos })
  }

  #up(message: Upstream): void {
    if (this.#leader !== null) this.#effects.push({ kind: 'up', message })
    else if (message.kind !== 'closed' && this.#unsent.length < unsentMax) {
      this.#unsent.push(message)
    }
  }

  // ---- to the host ---------------------------------------------------------------------------

  #tell(
    session: Session,
    term: number,
    message: Exclude<Downstream, { kind: 'orders' | 'round' }>,
  ): void {
    const lineage = this.#lineage
    switch (message.kind) {
      case 'admitted':
        // The leader says so for each copy of the hello that reaches it; a session has one welcome.
        if (session.phase !== 'greeting' || session.admitted !== null) return
        session.admitted = message
        this.#await(session)
        this.applied()
        return
      case 'say_hello':
        // Once for each that was told: what crosses one that is on its way asks for nothing.
        if (message.hellos === session.hellos) this.#handOverHello(session)
        return
      case 'waiting': {
        const { session: _id, ...waiting } = message
        this.#send(session, waiting)
        return
      }
      case 'answer': {
        const { session: _id, ...answer } = message
        this.#answered(session, message.number)
        this.#send(session, { ...answer, lineage, term })
        return
      }
      case 'refused': {
        const { session: _id, ...refused } = message
        this.#answered(session, message.number)
        this.#send(session, { ...refused, lineage, term })
        return
      }
      case 'fence': {
        const { epoch, code } = message
        this.#send(session, { kind: 'fence', lineage, epoch, code })
        return
      }
      case 'left':
        this.#left(session, message.epoch)
        return
      case 'types_taken':
      case 'types_waiting': {
        const { session: _id, ...answer } = message
        this.#send(session, { ...answer, lineage })
        return
      }
      case 'superseded':
        this.#close(session.id, closeCodes.superseded, 'another session took over')
        return
      default:
        message satisfies never
    }
  }

  #serveReady(budget: Budget): void {
    while (!budget.isSpent) {
      const session = this.#waiting.first()
      if (session === null) return
      budget.spend(serveUnits)
      // The first one of many that are welcomed waits for a copy of the table; the others find it.
      const { hello, admitted } = session
      const namespace = hello?.namespace ?? ''
      const roundTo = admitted?.roundTo ?? this.runningTo(namespace)
      if (!prepareCopies(this.#state, namespace, roundTo, this.#copies, budget)) return
      this.#waiting.remove(session)
      this.#serve(session)
    }
  }

  /** Gives what the session waits for, as soon as this replica's state allows. */
  #serve(session: Session): void {
    const { hello, admitted, get } = session
    if (hello === null) return
    if (admitted !== null && this.#state.appliedIndex >= admitted.index) {
      session.admitted = null
      session.phase = 'welcomed'
      session.epoch = admitted.epoch
      this.#send(session, this.#welcome(hello, admitted))
      const { types: _, resume: __, ...rest } = hello
      session.hello = rest
      this.#countHello(session, 0)
    }
    const answer = get === null ? null : this.tableFor(hello.namespace, get)
    if (answer !== null) {
      session.get = null
      this.#send(session, answer)
    }
    this.#await(session)
  }

  /** What it waits for still comes with an entry: which one, of a table nobody can tell. */
  #await(session: Session): void {
    const { admitted, get } = session
    if (get !== null) this.#waiting.add(session, this.#state.appliedIndex + 1)
    else if (admitted !== null) this.#waiting.add(session, admitted.index)
  }

  #welcome(
    hello: ProvenHello,
    { epoch, roundTo }: Extract<Downstream, { kind: 'admitted' }>,
  ): Welcome {
    return composeWelcome(this.#state, hello, epoch, roundTo, this.#addresses, this.#copies)
  }

  #answered(session: Session, number: number): void {
    if (session.heartbeat !== null && session.heartbeat.number <= number) session.heartbeat = null
  }

  #left(session: Session, epoch: number): void {
    this.#send(session, { kind: 'left', lineage: this.#lineage, epoch })
    this.#close(session.id, closeCodes.left, 'left')
  }

  #tellLeaderless(session: Session): void {
    if (this.#leader !== null || session.toldLeaderless) return
    session.toldLeaderless = true
    const detail = 'This replica knows no leader now; an election usually takes one or two seconds.'
    this.#send(session, { kind: 'waiting', code: 'no_leader', detail, retryAfterMs: 1_000 })
  }

  // ---- to all --------------------------------------------------------------------------------

  /** Whoever is welcomed hears it; a later one of the kind takes its place. */
  #announce(message: Announcement): void {
    this.#walks.delete(message.kind)
    this.#walks.set(message.kind, { rest: this.#sessions.values(), visit: message })
    this.work(new Budget(atOnceUnits))
  }

  /** Everyone has its turn. The new walk of a name takes the place of the one under way. */
  #walk(name: string, visit: (session: Session) => void): void {
    this.#walks.delete(name)
    this.#walks.set(name, { rest: this.#sessions.values(), visit })
    this.work(new Budget(atOnceUnits))
  }

  /** @returns whether all had their turn */
  #goOn({ rest, visit }: Walk, budget: Budget): boolean {
    const told: SessionId[] = []
    let isDone = false
    while (!budget.isSpent && told.length < announcedAtOnce) {
      const { done, value } = rest.next()
      isDone = done === true
      if (isDone || value === undefined) break
      budget.spend(visitUnits)
      if (typeof visit === 'function') visit(value)
      else if (value.phase === 'welcomed') told.push(value.id)
    }
    if (told.length > 0 && typeof visit !== 'function') this.#sendAll(told, visit)
    return isDone
  }

  get #lineage(): string {
    return this.#state.origin?.lineage ?? ''
  }

  #countHello(session: Session, bytes: number): void {
    this.#helloBytes += bytes - session.helloBytes
    session.helloBytes = bytes
  }

  #fail(
    { id }: Session,
    detail: string,
    code: keyof typeof failureCloseCodes = 'invalid_message',
  ): void {
    const retryable = code === 'overloaded'
    this.#sendAll([id], { kind: 'error', code, detail, retryable })
    this.#close(id, failureCloseCodes[code], code.replace('_', ' '))
  }

  #send(session: Session, message: ReplicaMessage): void {
    this.#sendAll([session.id], message)
  }

  #sendAll(sessions: readonly SessionId[], message: ReplicaMessage): void {
    this.#effects.push({ kind: 'send', sessions, message })
  }

  #close(session: SessionId, code: number, reason: string): void {
    this.#effects.push({ kind: 'close', session, code, reason })
  }
}

/** Whether its hello is still to be answered by a leader. */
function isUnanswered({ phase, admitted }: Session): boolean {
  return phase === 'greeting' && admitted === null
}
