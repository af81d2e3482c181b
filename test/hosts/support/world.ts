/**
 * A small world for the machines of hosts: replicas that share one committed log (consensus is
 * taken for granted), a NATS that can be cut, sidecars, and one virtual clock. Everything that is
 * sent arrives one millisecond later, in order, unless a cut says otherwise. Deterministic.
 */

import { type BudgetLimits, MessageBudget } from '../../../src/api/door/message-budget.js'
import type { Admission } from '../../../src/fsm/admission.js'
import type { Command } from '../../../src/fsm/command.js'
import { encodeCommand } from '../../../src/fsm/command-codec.js'
import type { Instant } from '../../../src/fsm/instant.js'
import type { PlacementEvent } from '../../../src/fsm/placement-event.js'
import { PlacementState } from '../../../src/fsm/placement-state.js'
import { defaultSettings, type Settings } from '../../../src/fsm/settings.js'
import { createHasher } from '../../../src/hash/hasher.js'
import { Leadership } from '../../../src/hosts/leadership.js'
import type { LeadershipEffect } from '../../../src/hosts/leadership-effects.js'
import type { Downstream, Upstream } from '../../../src/hosts/relay-message.js'
import { Sessions, type SessionsEffect } from '../../../src/hosts/sessions.js'
import { Budget } from '../../../src/jobs/job.js'
import type { Entry } from '../../../src/raft/core/entry.js'
import type { Stamp } from '../../../src/sidecar/clock.js'
import type { LetGo, SidecarEffect, Stop } from '../../../src/sidecar/effect.js'
import { SidecarMachine } from '../../../src/sidecar/machine.js'
import type { SidecarOptions } from '../../../src/sidecar/options.js'
import { createTableContext, type TableContext } from '../../../src/table/table-context.js'
import type {
  HostMessage,
  Order,
  Pulse,
  ReplicaMessage,
  TableAnswer,
} from '../../../src/wire/messages.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { exact } from '../../support/exact-messages.js'
import { secretOf } from '../../support/secrets.js'

const cluster = 'test'
const lineage = '00000000-0000-4000-8000-000000000001'
const wallStartMs = 1_700_000_000_000
/** Long work takes no time here. */
const endless = new Budget(Number.POSITIVE_INFINITY)
const key = 'A'.repeat(43)
export const keyOfTerm = (term: number) => `${String(term).padStart(8, '0')}${key.slice(8)}`

interface Scheduled {
  readonly atMs: number
  readonly sequence: number
  readonly act: () => void
}

export interface WorldOptions {
  readonly replicas?: number
  readonly settings?: Partial<Settings>
  /** Feature level that the cluster takes at once; 1 when it is not given. */
  readonly level?: number
  /** How much a session may say; without it, as much as it likes. */
  readonly budget?: BudgetLimits
  /** From a replica to another one, in ms. */
  readonly linkMs?: number
}

export class World {
  readonly context: TableContext
  readonly replicas: VirtualReplica[] = []
  readonly sidecars: VirtualSidecar[] = []
  /** Every order that was published, in order. */
  readonly published: Order[] = []
  readonly log: Entry[] = []
  readonly settings: Settings
  readonly budget: BudgetLimits | null
  readonly linkMs: number
  nowMs = 0
  term = 0
  natsIsUp = true
  /** Runs after every event. */
  check: () => void = () => undefined
  #queue: Scheduled[] = []
  #sequence = 0
  #instances = 0

  static async create(options: WorldOptions = {}): Promise<World> {
    return new World(createTableContext(await createHasher()), options)
  }

  private constructor(context: TableContext, options: WorldOptions) {
    const { replicas = 3, settings = {}, budget = null, linkMs = 1, level = 1 } = options
    this.context = context
    this.budget = budget
    this.linkMs = linkMs
    this.settings = { ...defaultSettings, ...settings }
    for (let id = 1; id <= replicas; id += 1) this.replicas.push(new VirtualReplica(this, id))
    this.commit({
      kind: 'genesis',
      atMs: wallStartMs,
      clusterId: lineage,
      cluster,
      lineage,
      level: 1,
      settings: this.settings,
    })
    if (level > 1) this.raise(level)
  }

  get now(): Instant {
    return { monotonicMs: this.nowMs, wallMs: wallStartMs + this.nowMs }
  }

  /** The cluster takes a feature level that hosts have no part in. */
  raise(level: number): void {
    this.commit({ kind: 'level', atMs: this.now.wallMs, level, tableLevel: 1 })
  }

  get leader(): VirtualReplica | undefined {
    return this.replicas.find((replica) => replica.leadership !== null && replica.isUp)
  }

  state(): PlacementState {
    return this.replicas.find(({ isUp }) => isUp)!.state
  }

  /** Of one run of a host. */
  identity() {
    const instance = this.uuid()
    return { instance, secret: secretOf(instance) }
  }

  uuid(): string {
    this.#instances += 1
    return `00000000-0000-4000-9000-${String(this.#instances).padStart(12, '0')}`
  }

  after(ms: number, act: () => void): void {
    this.#sequence += 1
    this.#queue.push({ atMs: this.nowMs + ms, sequence: this.#sequence, act })
  }

  /** Makes a replica the leader of a new term. */
  elect(id: number): void {
    this.term += 1
    const { term } = this
    for (const replica of this.replicas) replica.deposed()
    const winner = this.replicas[id - 1]!
    winner.electedAtMs = this.nowMs
    this.commit({ kind: 'lead', atMs: this.now.wallMs, term, replica: id, key: keyOfTerm(term) })
  }

  /** Puts a command into the log; every replica that is up applies it, the leader first. */
  commit(command: Command): void {
    const data = encodeCommand({ command }, this.replicas[0]!.state.level)
    const entry: Entry = { index: this.log.length + 1, term: this.term, kind: 'command', data }
    this.log.push(entry)
    const order = [...this.replicas].sort((a) => (a.leadership === null ? 1 : -1))
    for (const replica of order) if (replica.isUp) replica.apply(entry, command)
  }

  publish(message: Order | Pulse): void {
    exact.published(message)
    if (message.kind !== 'pulse') this.published.push(message)
    if (!this.natsIsUp) return
    const payload = encode(message)
    const signature = new Uint8Array([message.term])
    for (const sidecar of this.sidecars) {
      this.after(1, () => {
        if (sidecar.isRunning && sidecar.natsIsUp && this.natsIsUp && sidecar.subscribed) {
          const signed = { term: message.term, payload, signature }
          sidecar.tell((machine, now) => {
            if (message.kind === 'pulse') machine.natsPulse(signed, now)
            else machine.natsOrder(signed, now)
          })
        }
      })
    }
  }

  host(name: string, types: readonly string[], options: Partial<SidecarOptions> = {}) {
    const host = { name, appId: 'app', types }
    return this.add({ ...options, host })
  }

  observer() {
    return this.add({})
  }

  add(options: Partial<SidecarOptions>): VirtualSidecar {
    const sidecar = new VirtualSidecar(this, {
      replicas: this.replicas.map(({ url }) => url),
      namespace: 'default',
      ...this.identity(),
      staleTableMs: 60_000,
      ...options,
    })
    this.sidecars.push(sidecar)
    return sidecar
  }

  /** Lets time pass. */
  run(ms: number): void {
    const endMs = this.nowMs + ms
    for (;;) {
      this.#queue.sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence)
      const next = this.#queue[0]
      const tickAtMs = Math.floor(this.nowMs / 10) * 10 + 10
      if (next !== undefined && next.atMs <= Math.min(endMs, tickAtMs)) {
        this.#queue.shift()
        this.nowMs = Math.max(this.nowMs, next.atMs)
        next.act()
      } else if (tickAtMs <= endMs) {
        this.nowMs = tickAtMs
        this.#tick()
      } else {
        this.nowMs = endMs
        return
      }
      this.check()
    }
  }

  /** Lets time pass until the condition holds. */
  runUntil(what: string, condition: () => boolean, limitMs = 60_000): void {
    const limit = this.nowMs + limitMs
    while (!condition()) {
      if (this.nowMs >= limit) throw new Error(`not within ${limitMs} ms: ${what}`)
      this.run(10)
    }
  }

  #tick(): void {
    for (const replica of this.replicas) {
      if (replica.isUp && !replica.isPaused) replica.tick(this.now)
    }
    for (const sidecar of this.sidecars) sidecar.tick()
  }
}

/** A replica: its copy of the state, its sessions, and the leadership while it has it. */
export class VirtualReplica {
  readonly id: number
  readonly url: string
  readonly state: PlacementState
  readonly sessions: Sessions
  leadership: Leadership | null = null
  electedAtMs = 0
  isUp = true
  isPaused = false
  /** Other replicas that it cannot reach. */
  readonly cut = new Set<number>()
  /** Sidecars whose sessions were closed because they said too much. */
  readonly tooLoud: VirtualSidecar[] = []
  readonly #world: World
  readonly #sockets = new Map<string, VirtualSidecar>()
  readonly #budgets = new Map<string, MessageBudget>()
  #applied = 0

  constructor(world: World, id: number) {
    this.#world = world
    this.id = id
    this.url = `ws://replica-${id}`
    this.state = new PlacementState(world.context)
    this.sessions = new Sessions(this.state, { natsServers: ['nats://nats'] })
  }

  connect(session: string, sidecar: VirtualSidecar): void {
    this.#sockets.set(session, sidecar)
    this.sessions.open(session)
    this.#carryOut()
  }

  disconnect(session: string): void {
    if (this.#sockets.delete(session)) this.sessions.closed(session)
    this.#carryOut()
  }

  receive(session: string, message: HostMessage): void {
    const sidecar = this.#sockets.get(session)
    if (this.isUp && sidecar !== undefined) {
      if (this.#allows(session, message)) this.sessions.receive(session, message)
      else {
        this.tooLoud.push(sidecar)
        this.disconnect(session)
        sidecar.socketClosed(session)
      }
    }
    this.leadership?.flush()
    this.#carryOut()
  }

  tick(now: Instant): void {
    this.leadership?.tick(now)
    this.#carryOut()
  }

  /** As the door counts. */
  #allows(session: string, message: HostMessage): boolean {
    const { budget: limits, nowMs } = this.#world
    if (limits === null) return true
    const budget = this.#budgets.get(session) ?? new MessageBudget(limits, nowMs)
    this.#budgets.set(session, budget)
    if (!budget.take(nowMs)) return false
    if (this.sessions.isAcknowledgement(session, message)) budget.giveBack()
    return true
  }

  apply(entry: Entry, command: Command): void {
    const applied = this.state.apply(entry)
    if (applied === null) return
    this.#applied = entry.index
    if (command.kind === 'lead') this.#named(command.term, command.replica, command.key)
    this.leadership?.applied(entry.index, command, replacedBy(applied.events), this.#world.now)
    this.leadership?.flush()
    this.sessions.applied()
    this.#carryOut()
  }

  deposed(): void {
    this.leadership = null
    this.sessions.leaderChanged(null)
    this.#carryOut()
  }

  /** The process is gone; its sockets with it. */
  kill(): void {
    this.isUp = false
    this.leadership = null
    for (const [session, sidecar] of this.#sockets) sidecar.socketClosed(session)
    this.#sockets.clear()
  }

  /** To this replica as the leader. */
  fromReplica(id: number, message: Upstream): void {
    this.leadership?.receive(id, message, this.#world.now)
    this.leadership?.flush()
    this.#carryOut()
  }

  down(message: Downstream, term: number): void {
    if (!this.isUp) return
    this.sessions.fromLeader(term, message)
    this.#carryOut()
  }

  #named(term: number, replica: number, leaderKey: string): void {
    const world = this.#world
    if (replica === this.id && term === world.term) {
      this.leadership = new Leadership(term, this.electedAtMs, this.state, true)
    }
    this.sessions.leaderNamed({ kind: 'leader', lineage, term, key: leaderKey })
    this.sessions.leaderChanged({ replica, term })
    this.leadership?.tick(world.now)
  }

  #up(message: Upstream): void {
    const world = this.#world
    const copy = { ...message }
    world.after(world.linkMs, () => {
      const { leader } = world
      if (leader === undefined || !this.isUp || leader.cut.has(this.id)) return
      leader.fromReplica(this.id, copy)
    })
  }

  /** Everything that is to be done, long work as well. */
  #carryOut(): void {
    const { sessions, leadership } = this
    do {
      sessions.work(new Budget(50))
      leadership?.work(new Budget(50), this.#world.now)
    } while (sessions.hasWork || leadership?.hasWork)
    for (const effect of sessions.takeEffects()) this.#ofSessions(effect)
    if (leadership === null) return
    for (const effect of leadership.takeEffects()) this.#ofLeadership(leadership, effect)
  }

  #ofSessions(effect: SessionsEffect): void {
    switch (effect.kind) {
      case 'send':
        exact.replicaMessage(effect.message)
        for (const session of effect.sessions) {
          this.#sockets.get(session)?.fromReplica(session, effect.message)
        }
        return
      case 'close': {
        const sidecar = this.#sockets.get(effect.session)
        this.disconnect(effect.session)
        sidecar?.socketClosed(effect.session)
        return
      }
      case 'up':
        this.#up(effect.message)
        return
      default:
        effect satisfies never
    }
  }

  #ofLeadership(leadership: Leadership, effect: LeadershipEffect): void {
    const world = this.#world
    const { term } = leadership
    const isLeader = () => this.isUp && world.term === term
    switch (effect.kind) {
      case 'propose':
        world.after(2, () => {
          const isApplied = isLeader()
          if (isApplied) world.commit(effect.command)
          leadership.proposed(effect.number, isApplied, world.now)
          this.#carryOut()
        })
        return
      case 'confirm':
        world.after(2, () => {
          leadership.confirmed(isLeader(), world.now)
          this.#carryOut()
        })
        return
      case 'tell':
        this.#tell(effect.replica, effect.message, term)
        return
      case 'tell-all':
        for (const { id } of world.replicas) this.#tell(id, effect.message, term)
        return
      case 'publish':
        world.publish(effect.message)
        return
      default:
        effect satisfies never
    }
  }

  #tell(id: number, message: Downstream, term: number): void {
    const world = this.#world
    world.after(world.linkMs, () => {
      if (!this.cut.has(id)) world.replicas[id - 1]!.down(message, term)
    })
  }
}

/** A sidecar, its sockets, and the host behind it. */
export class VirtualSidecar {
  readonly machine: SidecarMachine
  readonly options: SidecarOptions
  readonly fences: Stop[] = []
  readonly releases: LetGo[] = []
  /** By the ids of its sessions. */
  readonly welcomes: string[] = []
  /** How long the host takes to let go; null: never. */
  releaseMs: number | null = 0
  stopMs: number | null = 0
  isRunning = true
  isPaused = false
  natsIsUp = true
  subscribed = false
  /** Replicas that it cannot reach. */
  readonly cut = new Set<number>()
  readonly #world: World
  #session: { readonly id: string; readonly replica: VirtualReplica } | null = null
  #sessions = 0
  #held: (() => void)[] = []
  /** Of its table, until that may have changed: the whole state is costly after every event. */
  #generation: number | null = null

  constructor(world: World, options: SidecarOptions) {
    this.#world = world
    this.options = options
    this.machine = new SidecarMachine(options, world.context, {
      random: () => 0.5,
      verify: (leaderKey, _payload, signature) => leaderKey === keyOfTerm(signature[0]!),
      read: {
        order: (payload) => decode(payload) as Order,
        pulse: (payload) => decode(payload) as Pulse,
        answer: (payload) => decode(payload) as TableAnswer,
      },
    })
  }

  get name(): string {
    return this.options.host?.name ?? 'observer'
  }

  get stamp(): Stamp {
    return { monotonicMs: this.#world.nowMs, bootMs: this.#world.nowMs }
  }

  get phase() {
    return this.machine.phase
  }

  get generation() {
    this.#generation ??= this.machine.state(this.stamp).generation
    return this.#generation
  }

  get replicaId(): number | undefined {
    return this.#session?.replica.id
  }

  /** Sessions that it opened, or tried to. */
  get sessionCount(): number {
    return this.#sessions
  }

  owns(type: string, id: string): boolean {
    return this.isRunning && this.machine.owns(type, id, this.stamp)
  }

  owner(type: string, id: string): string {
    const lookup = this.machine.lookup(type, id, this.stamp)
    return lookup.kind === 'owner' ? lookup.member.name : lookup.kind
  }

  admission(): Admission {
    const { epoch } = this.machine.state(this.stamp)
    return { namespace: this.options.namespace, name: this.name, epoch }
  }

  tick(): void {
    if (this.isRunning && !this.isPaused) this.tell((machine, now) => machine.tick(now))
  }

  /** An input of the machine, and what it wants done. */
  tell(act: (machine: SidecarMachine, now: Stamp) => void): void {
    act(this.machine, this.stamp)
    for (const effect of this.machine.takeEffects()) this.#do(effect)
    if (this.machine.hasWork) this.tell((machine, now) => machine.work(now, endless))
  }

  #do(effect: SidecarEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#open(effect.url)
        return
      case 'disconnect':
        this.#close()
        return
      case 'send':
        this.#send(effect.message)
        return
      case 'subscribe':
        this.#subscribe()
        return
      case 'request':
        exact.get(effect.get)
        return
      case 'let-go':
        this.#release(effect)
        return
      case 'stop':
        this.#fence(effect)
        return
      case 'changed':
        this.#generation = null
        return
      case 'log':
        return
      default:
        effect satisfies never
    }
  }

  #subscribe(): void {
    if (this.subscribed) return
    this.subscribed = true
    this.#later(5, () => this.#natsChanged(this.natsIsUp && this.#world.natsIsUp))
  }

  kill(): void {
    this.isRunning = false
    this.#close()
  }

  /** The process stands still; what arrives waits. */
  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    const held = this.#held
    this.#held = []
    for (const act of held) act()
  }

  fromReplica(session: string, message: ReplicaMessage): void {
    this.#world.after(1, () =>
      this.#now(() => {
        if (message.kind === 'welcome') this.welcomes.push(session)
        if (this.#session?.id !== session) return
        this.tell((machine, now) => machine.message(message, now))
      }),
    )
  }

  socketClosed(session: string): void {
    this.#world.after(1, () =>
      this.#now(() => {
        if (this.#session?.id !== session) return
        this.#session = null
        this.tell((machine, now) => machine.closed(now))
      }),
    )
  }

  setNats(isUp: boolean): void {
    this.natsIsUp = isUp
    this.#natsChanged(isUp)
  }

  #natsChanged(isUp: boolean): void {
    this.tell((machine, now) => machine.natsChanged(isUp, now))
  }

  #open(url: string): void {
    this.#sessions += 1
    const id = `${this.options.instance}.${this.#sessions}`
    const replica = this.#world.replicas.find((each) => each.url === url)!
    this.#later(1, () => {
      if (!replica.isUp || this.cut.has(replica.id)) {
        this.tell((machine, now) => machine.closed(now))
        return
      }
      this.#session = { id, replica }
      replica.connect(id, this)
      this.tell((machine, now) => machine.opened(now))
    })
  }

  #close(): void {
    const session = this.#session
    this.#session = null
    if (session !== null) this.#world.after(1, () => session.replica.disconnect(session.id))
  }

  #send(message: HostMessage): void {
    const session = this.#session
    exact.hostMessage(message)
    if (session === null) return
    this.#world.after(1, () => {
      if (!this.cut.has(session.replica.id)) session.replica.receive(session.id, message)
    })
  }

  #release(letGo: LetGo): void {
    this.releases.push(letGo)
    const { release } = letGo
    if (this.releaseMs === null) return
    this.#later(this.releaseMs, () => this.tell((machine, now) => machine.released(release, now)))
  }

  #fence(stop: Stop): void {
    this.fences.push(stop)
    const { fence } = stop
    if (this.stopMs === null) return
    this.#later(this.stopMs, () => this.tell((machine, now) => machine.stopped(fence, now)))
  }

  #later(ms: number, act: () => void): void {
    this.#world.after(ms, () => this.#now(act))
  }

  #now(act: () => void): void {
    if (!this.isRunning) return
    if (this.isPaused) this.#held.push(act)
    else act()
  }
}

function replacedBy(events: readonly PlacementEvent[]): Admission[] {
  return events.flatMap(({ kind, namespace, member, detail }) => {
    if (kind !== 'restarted' && kind !== 'changed') return []
    const { before } = detail as { readonly before: { readonly epoch: number } }
    return [{ namespace: namespace!, name: member!, epoch: before.epoch }]
  })
}
