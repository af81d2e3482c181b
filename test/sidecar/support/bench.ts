/**
 * One sidecar's machine on a bench: its clock, its host and everything it is told are the test's.
 * The table before is `base`, generation 10: hosts a, b and c, of which a is this host.
 */
import { Budget } from '../../../src/jobs/job.js'
import type { Stamp } from '../../../src/sidecar/clock.js'
import type { SidecarEffect, Stop } from '../../../src/sidecar/effect.js'
import { hasKey, type KeySet } from '../../../src/sidecar/key-set.js'
import { SidecarMachine } from '../../../src/sidecar/machine.js'
import type { SidecarOptions } from '../../../src/sidecar/options.js'
import type { Member } from '../../../src/table/member.js'
import type { Table } from '../../../src/table/table.js'
import { difference, whole } from '../../../src/table/table-change.js'
import type { TableContext } from '../../../src/table/table-context.js'
import type {
  Get,
  Heartbeat,
  Hello,
  HostMessage,
  Order,
  Pulse,
  Registry,
  ReplicaMessage,
  TableAnswer,
  TableChange,
  Times,
  Update,
  Welcome,
} from '../../../src/wire/messages.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { exact } from '../../support/exact-messages.js'
import { identityOf } from '../../support/secrets.js'
import { makeContext, member, tableOf, typeSet } from '../../table/tables.js'

export const lineage = '00000000-0000-4000-8000-00000000000a'
/** What every welcome of the cluster `test` begins with. */
export const welcomeHead = {
  kind: 'welcome',
  protocol: 1,
  cluster: 'test',
  namespace: 'default',
  lineage,
} as const
export const otherLineage = '00000000-0000-4000-8000-00000000000b'
export const times: Times = {
  heartbeatMs: 1_000,
  fenceAfterMs: 6_000,
  roundDeadlineMs: 10_000,
  answerTimeoutMs: 2_000,
  beaconMs: 3_000,
}
export const orders = typeSet(1, 'Order')
/** Epochs of the hosts of `base`. */
export const epochs = { a: 5, b: 6, c: 7 } as const
const name = 'a:1'
/** One replica, which signs what it answers with the key of this number. */
export const replicaKey = 101

/** The key of a term's leader, and what it signs with. */
export const keyOf = (term: number) => Buffer.alloc(32, term).toString('base64url')

const registry: Registry = { version: 3, replicas: [{ id: 1, key: keyOf(replicaKey) }] }

/** Ids that tests draw from. */
const ids = Array.from({ length: 500 }, (_, i) => `id-${i}`)

/** The first actor that `from` gives to one host and `to` to another. */
export function moving(from: Table, to: Table, owner: string, next: string): string {
  const found = ids.find(
    (id) => from.owner('Order', id)?.name === owner && to.owner('Order', id)?.name === next,
  )
  if (found === undefined) throw new Error(`nothing moves from ${owner} to ${next}`)
  return found
}

/** The first actor that all these tables give to the host. */
export function owned(owner: string, ...tables: readonly Table[]): string {
  const found = ids.find((id) => tables.every((table) => table.owner('Order', id)?.name === owner))
  if (found === undefined) throw new Error(`${owner} keeps nothing`)
  return found
}

/** What the host was asked to let go of, or to stop. */
interface Asked {
  readonly types: readonly string[]
  has(type: string, id: string): boolean
}

export type AskedToStop = Omit<Stop, 'keys'> & { readonly keys: Asked }

function asked(keys: KeySet): Asked {
  return { types: keys.types, has: (type, id) => hasKey(keys, type, id) }
}

export class Bench {
  readonly context: TableContext
  readonly base: Table
  readonly machine: SidecarMachine
  /** All that was to be done, in order. */
  readonly effects: SidecarEffect[] = []
  /** What was said on all sessions. */
  readonly sent: HostMessage[] = []
  readonly opened: string[] = []
  readonly fences: AskedToStop[] = []
  readonly releases: { readonly keys: Asked; readonly release: number }[] = []
  /** Requests over NATS. */
  readonly asked: Get[] = []
  /** Payloads that came over NATS and were read. */
  reads = 0
  closes = 0
  /** Whether long work waits for `work`. */
  holdsWork = false
  changes = 0
  nowMs = 100_000
  /** How much more the boot clock has moved than the monotonic one. */
  sleptMs = 0

  static async host(options: Partial<SidecarOptions> = {}, random = () => 0): Promise<Bench> {
    const host = { name, appId: 'app', types: ['Order'] }
    return new Bench(await makeContext(), { host, ...options }, random)
  }

  static async observer(options: Partial<SidecarOptions> = {}): Promise<Bench> {
    return new Bench(await makeContext(), options)
  }

  private constructor(context: TableContext, options: Partial<SidecarOptions>, random = () => 0) {
    this.context = context
    this.base = this.table(10, ['a:1', epochs.a], ['b:1', epochs.b], ['c:1', epochs.c])
    const all: SidecarOptions = {
      replicas: ['ws://r1'],
      namespace: 'default',
      ...identityOf(1),
      staleTableMs: 60_000,
      ...options,
    }
    this.machine = new SidecarMachine(all, context, {
      random,
      verify: (key, _payload, signature) => key === keyOf(signature[0]!),
      read: {
        order: (payload) => this.#read(payload) as Order,
        pulse: (payload) => this.#read(payload) as Pulse,
        answer: (payload) => this.#read(payload) as TableAnswer,
      },
    })
  }

  /** An input of the machine, what it wants done, and the work that follows unless it is held. */
  tell(act: (machine: SidecarMachine) => void): void {
    act(this.machine)
    for (const effect of this.machine.takeEffects()) this.#do(effect)
    while (!this.holdsWork && this.machine.hasWork) this.work()
  }

  /** A slice of the work of the machine, as long as it likes or the smallest. */
  work(units = Number.POSITIVE_INFINITY): void {
    this.machine.work(this.now, new Budget(units))
    for (const effect of this.machine.takeEffects()) this.#do(effect)
  }

  #do(effect: SidecarEffect): void {
    this.effects.push(effect)
    switch (effect.kind) {
      case 'connect':
        this.opened.push(effect.url)
        return
      case 'disconnect':
        this.closes += 1
        return
      case 'send':
        this.sent.push(exact.hostMessage(effect.message))
        return
      case 'request':
        this.asked.push(exact.get(effect.get))
        return
      case 'let-go':
        this.releases.push({ release: effect.release, keys: asked(effect.keys) })
        return
      case 'stop':
        this.fences.push({ ...effect, keys: asked(effect.keys) })
        return
      case 'changed':
        this.changes += 1
        return
      case 'subscribe':
      case 'log':
        return
      default:
        effect satisfies never
    }
  }

  #read(payload: Uint8Array): unknown {
    this.reads += 1
    return decode(payload)
  }

  // ---- the world of the sidecar ----------------------------------------------------------------

  get now(): Stamp {
    return { monotonicMs: this.nowMs, bootMs: this.nowMs + this.sleptMs }
  }

  table(generation: number, ...hosts: readonly (readonly [name: string, epoch: number])[]): Table {
    const members = hosts.map(([host, epoch]): Member => member(host, epoch, orders))
    return tableOf(this.context, generation, members)
  }

  /** Base without c, generation 11: a and b gain, c loses. */
  get withoutC(): Table {
    return this.table(11, ['a:1', epochs.a], ['b:1', epochs.b])
  }

  /** Base with d, generation 11: a, b and c lose to d. */
  get withD(): Table {
    return this.base.edit({ generation: 11, upserts: [member('d:1', 11, orders)], removes: [] })
  }

  /** Lets time pass in ticks. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + 50)
      this.tell((machine) => machine.tick(this.now))
    }
  }

  // ---- sessions --------------------------------------------------------------------------------

  /** A session opens. */
  open(): void {
    const before = this.opened.length
    for (let i = 0; i < 100 && this.opened.length === before; i += 1) this.pass(50)
    this.tell((machine) => machine.opened(this.now))
  }

  say(message: ReplicaMessage): void {
    this.tell((machine) => machine.message(message, this.now))
  }

  welcome(more: Partial<Welcome> = {}): Welcome {
    const { generation, digest } = this.base
    return {
      ...welcomeHead,
      epoch: epochs.a,
      term: 1,
      key: keyOf(more.term ?? 1),
      times,
      nats: { servers: ['nats://n'], table: 't', pulse: 'p', get: 'g' },
      registry,
      disseminated: { generation, digest },
      table: whole(this.base),
      ...more,
    }
  }

  /** Answers the newest heartbeat, or the one of this number. */
  answer(number = this.heartbeats.at(-1)!.number, disseminated = this.base): void {
    const { generation, digest } = disseminated
    const answer = { kind: 'answer', lineage, number, term: 1 } as const
    this.say({ ...answer, disseminated: generation, digest })
  }

  /** Connected, welcomed, and with a lease from now on. */
  serve(more: Partial<Welcome> = {}): this {
    this.open()
    this.say(this.welcome(more))
    this.answer()
    return this
  }

  /** Hears of NATS: connected, and a beacon comes through. */
  nats(): this {
    this.tell((machine) => machine.natsChanged(true, this.now))
    this.publish(this.beacon(this.base))
    return this
  }

  /** The leader's pulse over NATS, signed with the key of this number. */
  pulse(term = 1, key = term, header = term): void {
    const pulse: Pulse = { kind: 'pulse', lineage, term }
    const signed = { term: header, payload: encode(pulse), signature: Uint8Array.of(key) }
    this.tell((machine) => machine.natsPulse(signed, this.now))
  }

  /** A replica answers over NATS; its signature tells the key. */
  give(answer: TableAnswer, replica = 1, key = replicaKey): void {
    const payload = encode(answer)
    const signed = { replica, payload, signature: Uint8Array.of(key) }
    this.tell((machine) => machine.natsTable(signed, this.now))
  }

  get heartbeats(): Heartbeat[] {
    return this.sent.filter((message) => message.kind === 'heartbeat')
  }

  get hellos(): Hello[] {
    return this.sent.filter((message) => message.kind === 'hello')
  }

  /** What was acknowledged last. */
  get acknowledged(): { readonly term: number; readonly generation: number } {
    const { term, generation } = this.heartbeats.at(-1)!.acknowledged
    return { term, generation }
  }

  // ---- orders ----------------------------------------------------------------------------------

  #head(term: number) {
    return { namespace: 'default', lineage, term }
  }

  lock(from: Table, to: Table, term = 1): Order {
    const { generation, digest } = from
    const span = { from: generation, digest, to: to.generation, touched: [] }
    return { kind: 'lock', ...this.#head(term), ...span }
  }

  update(from: Table, to: Table, term = 1): Update {
    return this.updateBy(difference(from, to), term)
  }

  updateBy(change: TableChange, term = 1): Update {
    return { kind: 'update', ...this.#head(term), deadlineMs: 10_000, part: 1, parts: 1, change }
  }

  unlock({ generation, digest }: Table, term = 1): Order {
    return { kind: 'unlock', ...this.#head(term), generation, digest }
  }

  beacon({ generation, digest }: Table, term = 1): Order {
    return { kind: 'beacon', ...this.#head(term), generation, digest, newest: generation }
  }

  /** Over NATS, signed by the leader of the order's term. */
  publish(...published: readonly Order[]): void {
    for (const order of published) this.forge(order, order.term)
  }

  /** Over NATS, signed by the leader of some term, under a header that may say another one. */
  forge(order: Order, signer: number, term = order.term): void {
    const signature = Uint8Array.of(signer)
    const signed = { term, payload: encode(order), signature }
    this.tell((machine) => machine.natsOrder(signed, this.now))
  }

  // ---- the host --------------------------------------------------------------------------------

  owns(id: string): boolean {
    return this.machine.owns('Order', id, this.now)
  }

  token(id: string): number | null {
    return this.machine.token('Order', id, this.now)
  }

  /** The owner's name, or why there is none. */
  where(id: string, type = 'Order'): string {
    const lookup = this.machine.lookup(type, id, this.now)
    return lookup.kind === 'owner' ? lookup.member.name : lookup.kind
  }

  /** The host has let go of what it was asked for last. */
  letGo(index = this.releases.length - 1): void {
    const { release } = this.releases[index]!
    this.tell((machine) => machine.released(release, this.now))
  }

  /** The host has stopped what it was told to stop: by all fences, or by this one. */
  stopped(...stops: readonly AskedToStop[]): void {
    for (const { fence } of stops.length > 0 ? stops : this.fences) {
      this.tell((machine) => machine.stopped(fence, this.now))
    }
  }

  get state() {
    return this.machine.state(this.now)
  }
}
