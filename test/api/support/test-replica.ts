/**
 * A replica in one process: a real state machine fed with commands, and around it the least that
 * the API's port asks for. It leads unless a test says otherwise.
 */
import type { HostConnection, HostSession } from '../../../src/api/door/host-connection.js'
import type {
  AdminRequest,
  AdminResult,
  ClusterStatus,
  Consistency,
  EventPage,
  EventQuery,
  Health,
  ReplicaPort,
  RequestOptions,
  RoundsStatus,
} from '../../../src/api/replica-port.js'
import { BerthError } from '../../../src/errors/berth-error.js'
import type { Command, RemoveReason } from '../../../src/fsm/command.js'
import { encodeCommand } from '../../../src/fsm/command-codec.js'
import type { CommandResult } from '../../../src/fsm/command-result.js'
import { PlacementState } from '../../../src/fsm/placement-state.js'
import { defaultSettings } from '../../../src/fsm/settings.js'
import { createHasher } from '../../../src/hash/hasher.js'
import type { ProjectedEvent } from '../../../src/raft/node/disk/storage.js'
import { createTableContext, type TableContext } from '../../../src/table/table-context.js'
import { hashOf } from '../../support/secrets.js'

export const defaultHost = {
  namespace: 'default',
  instance: 'aaaaaaaa-0000-4000-8000-000000000001',
  secretHash: hashOf('a'),
  appId: 'shop',
  types: ['Order', 'Cart'] as readonly string[],
  level: 1,
}

type Replica = ClusterStatus['replicas'][number]

const allWell: Health = {
  live: [{ name: 'storage', ok: true, detail: 'the last write took 1 ms' }],
  ready: [
    { name: 'quorum', ok: true, detail: 'replica 1 leads' },
    { name: 'postgres', ok: true, detail: 'writable' },
    { name: 'nats', ok: true, detail: 'connected' },
  ],
}

export class TestReplica implements ReplicaPort {
  state: PlacementState
  /** What the projection holds; a test may take some away. */
  stored: ProjectedEvent[] = []
  /** Reads that were asked for, in order. */
  reads: Consistency[] = []
  requests: { request: AdminRequest; options: RequestOptions }[] = []
  eventQueries: EventQuery[] = []
  /** What the next reads or requests reject with. */
  failure: unknown
  leader: number | null = 1
  term = 1
  atMs = Date.parse('2026-11-20T12:00:00.000Z')
  running: RoundsStatus['running'] = null
  recent: RoundsStatus['recent'] = []
  checks: Health = allWell
  readonly #context: TableContext
  #kept = new Map<string, AdminResult>()
  #histories = 0

  private constructor(context: TableContext) {
    this.#context = context
    this.state = new PlacementState(context)
  }

  /** A replica whose log is empty. */
  static async createEmpty(): Promise<TestReplica> {
    return new TestReplica(createTableContext(await createHasher()))
  }

  /** A cluster that has begun, with nobody in it. */
  static async create(): Promise<TestReplica> {
    const replica = await TestReplica.createEmpty()
    replica.begin()
    return replica
  }

  /** Forgets everything and begins a cluster anew: for tests that share a server. */
  begin(): void {
    Object.assign(this, new TestReplica(this.#context))
    this.#kept = new Map()
    this.#histories += 1
    const { atMs, lineage } = this
    const ids = { clusterId: '99999999-8888-4777-8666-555555555555', cluster: 'berth', lineage }
    this.apply({ kind: 'genesis', atMs, ...ids, level: 1, settings: defaultSettings })
  }

  /** Of the present history. */
  get lineage(): string {
    return `11111111-2222-4333-8444-${String(this.#histories).padStart(12, '0')}`
  }

  apply(command: Command): CommandResult {
    this.atMs += 1_000
    const applied = this.state.apply({
      index: this.state.appliedIndex + 1,
      term: this.term,
      kind: 'command',
      data: encodeCommand({ command }, 1),
    })
    if (applied?.result == null) throw new Error('the entry was not applied')
    // As they come back from a database: through JSON.
    this.stored.push(...(JSON.parse(JSON.stringify(applied.events)) as ProjectedEvent[]))
    return applied.result
  }

  join(...hosts: (Partial<typeof defaultHost> & { readonly name: string })[]): CommandResult {
    const { term, atMs } = this
    const upserted = hosts.map((host) => ({ ...defaultHost, ...host }))
    return this.apply({ kind: 'upsert', atMs, term, hosts: upserted })
  }

  leave(name: string, reason: RemoveReason = 'left', namespace = 'default'): CommandResult {
    const { term, atMs } = this
    const epoch = this.state.namespace(namespace)?.member(name)?.epoch ?? 0
    return this.apply({ kind: 'remove', atMs, term, hosts: [{ namespace, name, epoch, reason }] })
  }

  /** Records the round to the newest generation. */
  disseminate(namespace = 'default'): void {
    const { term, atMs } = this
    const generation = this.state.namespace(namespace)?.newest ?? 0
    this.apply({ kind: 'disseminated', atMs, term, namespace, generation })
  }

  // ---- the port ------------------------------------------------------------------------------

  async read(consistency: Consistency): Promise<PlacementState> {
    this.reads.push(consistency)
    this.#mayFail()
    return this.state
  }

  view(): PlacementState {
    return this.state
  }

  async request(request: AdminRequest, options: RequestOptions): Promise<AdminResult> {
    this.requests.push({ request, options })
    this.#mayFail()
    if (request.kind !== 'snapshot') {
      if (this.leader === null) throw new BerthError('no_leader', 'No leader was elected yet.')
      if (this.leader !== 1 && !options.forward) {
        throw new BerthError('not_leader', 'This replica follows: ask the leader.')
      }
    }
    const { idempotencyKey } = options
    const kept = idempotencyKey === null ? undefined : this.#kept.get(idempotencyKey)
    if (kept !== undefined) return kept
    const result = this.#decide(request)
    if (idempotencyKey !== null) this.#kept.set(idempotencyKey, result)
    return result
  }

  async events(query: EventQuery): Promise<EventPage> {
    this.eventQueries.push(query)
    const { order, after, limit } = query
    const sign = order === 'newest' ? -1 : 1
    const compare = (a: Place, b: Place) => sign * (a.index - b.index || a.position - b.position)
    const found = this.stored
      .filter((event) => passes(event, query))
      .filter((event) => after === null || compare(event, after) > 0)
      .sort(compare)
    return { events: found.slice(0, limit), more: found.length > limit }
  }

  async rounds(): Promise<RoundsStatus> {
    return { running: this.running, recent: this.recent }
  }

  wallMs(): number {
    return this.atMs
  }

  knownLeader(): number | null {
    return this.leader
  }

  cluster(): ClusterStatus {
    const replicas = [1, 2, 3].map((id) => this.#replica(id))
    const level = { active: this.state.level, waitsFor: [] }
    return { answeredBy: 1, leader: this.leader, term: this.term, level, replicas, alarms: [] }
  }

  health(): Health {
    return this.checks
  }

  openSession(_connection: HostConnection): HostSession {
    throw new BerthError('unavailable', 'This replica takes no hosts.')
  }

  #replica(id: number): Replica {
    const { appliedIndex, digest } = this.state
    return {
      id,
      role: id === this.leader ? 'leader' : 'follower',
      membership: 'voter',
      term: this.term,
      commit: appliedIndex,
      applied: appliedIndex,
      lag: 0,
      digest,
      lastContactMs: id === 1 ? 0 : 20,
      version: '0.1.0',
      levels: { oldest: 1, newest: 1 },
      postgres: { writable: true, version: '18.4', commitMs: 0.4 },
      addresses: { api: `http://127.0.0.1:${7399 + id}`, peer: `127.0.0.1:${7409 + id}` },
    }
  }

  #mayFail(): void {
    if (this.failure !== undefined) throw this.failure
  }

  #decide(request: AdminRequest): AdminResult {
    switch (request.kind) {
      case 'evict': {
        const { namespace, name, refuseMs } = request
        const member = this.state.namespace(namespace)?.member(name)
        if (member === undefined) throw new BerthError('not_found', `There is no member ${name}.`)
        const { term, atMs } = this
        const host = { namespace, name, epoch: member.epoch, reason: 'evicted', refuseMs } as const
        this.apply({ kind: 'remove', atMs, term, hosts: [host] })
        return this.#done(true, namespace)
      }
      case 'cordon': {
        const { namespace, name, cordoned } = request
        const { atMs } = this
        const result = this.apply({ kind: 'cordon', atMs, namespace, name, cordoned })
        if (result.kind !== 'cordon' || result.outcome === 'no_namespace') {
          throw new BerthError('not_found', `There is no namespace ${namespace}.`)
        }
        return this.#done(result.outcome === 'changed', namespace)
      }
      case 'lift': {
        const { namespace, name } = request
        const result = this.apply({ kind: 'lift', atMs: this.atMs, namespace, name })
        if (result.kind !== 'lift' || result.outcome === 'no_namespace') {
          throw new BerthError('not_found', `There is no namespace ${namespace}.`)
        }
        return this.#done(result.outcome === 'changed', namespace)
      }
      case 'drop': {
        const { namespace } = request
        const result = this.apply({ kind: 'drop', atMs: this.atMs, namespace, spent: false })
        if (result.kind !== 'drop' || result.outcome !== 'dropped') {
          throw new BerthError('conflict', `The namespace ${namespace} is in use.`)
        }
        return { index: this.state.appliedIndex, term: this.term, changed: true, generation: null }
      }
      case 'settings': {
        const { atMs } = this
        const result = this.apply({ kind: 'settings', atMs, settings: request.settings })
        if (result.kind !== 'settings') throw new Error('the settings were not looked at')
        const [fault] = result.faults
        if (fault !== undefined) throw new BerthError('invalid_request', fault)
        return this.#done(result.changed, null)
      }
      default:
        return this.#done(true, null)
    }
  }

  #done(changed: boolean, namespace: string | null): AdminResult {
    const generation = namespace === null ? null : (this.state.namespace(namespace)?.newest ?? null)
    return { index: this.state.appliedIndex, term: this.term, changed, generation }
  }
}

type Place = Pick<ProjectedEvent, 'index' | 'position'>

function passes(event: ProjectedEvent, query: EventQuery): boolean {
  const { fromIndex, toIndex, namespace, kind, member } = query
  if (event.index < (fromIndex ?? 0) || event.index > (toIndex ?? Number.MAX_SAFE_INTEGER)) {
    return false
  }
  if (event.kind === 'gap') return true
  return (
    (namespace === null || event.namespace === namespace) &&
    (kind === null || event.kind === kind) &&
    (member === null || event.member === member)
  )
}
