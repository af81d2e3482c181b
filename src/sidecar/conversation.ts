/**
 * The conversation with replicas: what is said, when, and what was last heard of the session. It
 * lasts through all sessions of an instance. Decides nothing about keys.
 *
 * Invariants (design §5): a session has one hello; heartbeats before its welcome name no admission
 * and are worth no lease; the stamp of a heartbeat is taken before it is written.
 */
import type {
  Acknowledged,
  HostMessage,
  Registry,
  Times,
  Waiting,
  Welcome,
} from '../wire/messages.js'
import type { Stamp } from './clock.js'
import type { Effects } from './effect.js'
import { composeHello } from './hello.js'
import type { HostLease } from './host-lease.js'
import type { Self } from './key-set.js'
import type { OfferedTypes } from './offered-types.js'
import type { SidecarOptions } from './options.js'
import { ReplicaLink, type SessionEnd } from './replica-link.js'
import type { TableKeeper } from './table-keeper.js'

/** Before a welcome tells them: time between heartbeats, and patience for an answer, in ms. */
const firstTimes = { heartbeatMs: 1_000, answerTimeoutMs: 2_000, fenceAfterMs: 0, beaconMs: 0 }
/** Close codes that say what to do next, as in asyncapi.yaml. */
const closeCodes = { unsupportedVersion: 4426, tooManyMessages: 4429, goElsewhere: 4503 } as const
const nothingAcknowledged = { term: 0, generation: 0, digest: '0'.repeat(43) }

export class Conversation {
  readonly link: ReplicaLink
  readonly lease: HostLease
  /** What the hello waits for. */
  waiting: Waiting | null = null
  /** Why the last session was refused. */
  failure: { readonly code: string; readonly detail: string } | null = null
  readonly #options: SidecarOptions
  readonly #effects: Effects
  #welcome: Welcome | null = null
  #registry: Registry | null = null
  /** Keys of the replicas in it, by their ids. */
  #keys: ReadonlyMap<number, string | undefined> = new Map()
  #isWelcomed = false
  /** The admission of which "fenced" was said last; 0 for none. */
  #endedEpoch = 0
  #heartbeatAtMs = Number.NEGATIVE_INFINITY
  /** What was acknowledged last in this session. */
  #acknowledged: Acknowledged | null = null

  /** @param random in [0, 1) */
  constructor(options: SidecarOptions, lease: HostLease, effects: Effects, random: () => number) {
    this.#options = options
    this.#effects = effects
    this.lease = lease
    this.link = new ReplicaLink(options.replicas, effects, random, options.connectTimeoutMs)
  }

  /** The last welcome, of whatever session; null before the first and after another lineage. */
  get welcome(): Welcome | null {
    return this.#welcome
  }

  /** Whether the session that is open has been welcomed. */
  get isWelcomed(): boolean {
    return this.#isWelcomed && this.isOpen
  }

  get isOpen(): boolean {
    return this.link.phase === 'open'
  }

  /** The admission of this host; null for observers and before the welcome. */
  get self(): Self | null {
    const { host } = this.#options
    const epoch = this.#welcome?.epoch ?? 0
    return host === undefined || epoch === 0 ? null : { name: host.name, epoch }
  }

  /** Empty before the welcome. */
  get lineage(): string {
    return this.#welcome?.lineage ?? ''
  }

  get namespace(): string {
    return this.#options.namespace
  }

  get times(): Omit<Times, 'roundDeadlineMs'> {
    return this.#welcome?.times ?? firstTimes
  }

  /** Whether "fenced" was said of this admission: nothing may run under it any more. */
  hasEnded(epoch: number): boolean {
    return epoch !== 0 && epoch === this.#endedEpoch
  }

  /** The session is open: says hello. */
  hello(keeper: TableKeeper, offered: OfferedTypes, leaves: boolean, now: Stamp): void {
    const types = offered.forHello(this.self !== null && !this.lease.isFenced)
    this.failure = null
    this.#isWelcomed = false
    this.#acknowledged = null
    this.lease.hello()
    this.send(composeHello(this.#options, types, this.#welcome, keeper, this.lease, leaves))
    this.link.asked(now.monotonicMs)
    this.#heartbeatAtMs = now.monotonicMs + this.times.heartbeatMs
  }

  welcomed(welcome: Welcome): void {
    this.#isWelcomed = true
    this.#welcome = welcome
    this.waiting = null
    this.lease.welcomed()
    this.link.answered()
    this.learnRegistry(welcome.registry)
  }

  /** The replicas of the cluster; null before the first welcome of a lineage. */
  get registry(): Registry | null {
    return this.#registry
  }

  /** The key that a replica of the cluster signs with; undefined for one that is not known. */
  keyOf(replica: number): string | undefined {
    return this.#keys.get(replica)
  }

  /** A list of the replicas: an older one than that which is known is ignored. */
  learnRegistry(registry: Registry): void {
    if (this.#registry !== null && registry.version < this.#registry.version) return
    this.#registry = registry
    this.#keys = new Map(registry.replicas.map(({ id, key }) => [id, key]))
    this.link.learnUrls(registry.replicas.flatMap(({ url }) => url ?? []))
  }

  /** Over the open session. */
  send(message: HostMessage): void {
    this.#effects.push({ kind: 'send', message })
  }

  /** Another history of the cluster: what its welcome said holds no more. */
  forget(): void {
    this.#welcome = null
    this.#registry = null
    this.#keys = new Map()
  }

  isHeartbeatDue(now: Stamp): boolean {
    return now.monotonicMs >= this.#heartbeatAtMs
  }

  /** Whether there is something to acknowledge that this session has not said. */
  acknowledgesMore({ acknowledged }: TableKeeper): boolean {
    const said = this.#acknowledged
    if (acknowledged === null || this.self === null || !this.isWelcomed) return false
    return said?.term !== acknowledged.term || said.generation !== acknowledged.generation
  }

  /** Also the acknowledgement of the newest table that was let go for. */
  heartbeat(keeper: TableKeeper, listening: boolean, leaves: boolean, now: Stamp): void {
    this.#heartbeatAtMs = now.monotonicMs + this.times.heartbeatMs
    const welcome = this.isWelcomed ? this.#welcome : null
    const { lineage, epoch } = welcome ?? { lineage: '', epoch: 0 }
    if (leaves && epoch !== 0) this.send({ kind: 'leave', lineage, epoch })
    this.link.asked(now.monotonicMs)
    this.#acknowledged = keeper.acknowledged
    this.send({
      kind: 'heartbeat',
      lineage,
      epoch,
      number: this.lease.send(now, epoch !== 0),
      acknowledged: keeper.acknowledged ?? nothingAcknowledged,
      listening,
    })
  }

  /** Says that everything held under this admission is stopped. */
  end(kind: 'bye' | 'fenced'): void {
    const { self, lineage } = this
    if (self === null || !this.isWelcomed) return
    this.send({ kind, lineage, epoch: self.epoch })
    if (kind === 'fenced') this.#endedEpoch = self.epoch
  }

  /** Welcomed under an admission that has ended: says so again, and tries anew. */
  refuse({ lineage, epoch }: Welcome, now: Stamp): void {
    this.send({ kind: 'fenced', lineage, epoch })
    this.link.moveOn(now.monotonicMs, 'it welcomed this host under an admission that has ended')
  }

  /**
   * The socket is gone.
   * @param code with which it was closed, if it was
   * @param reason for people
   */
  closed(now: Stamp, code?: number, reason?: string): void {
    const { failure } = this
    const why = failure === null ? reason : `refused: ${failure.detail}`
    this.link.closed(now.monotonicMs, this.#endBy(code), why)
  }

  /** Gives the session up for a new one at once. @param reason for people */
  renew(now: Stamp, reason: string): void {
    this.link.moveOn(now.monotonicMs, reason)
  }

  /** The replica stops: so does everybody who is attached to it, but not all at once. */
  goElsewhere(now: Stamp): void {
    this.link.moveOn(now.monotonicMs, 'it sent this sidecar elsewhere', true)
  }

  tick(now: Stamp): void {
    const { answerTimeoutMs } = this.times
    const isLeaderless = this.waiting?.code === 'no_leader'
    this.link.tick(now.monotonicMs, isLeaderless ? 2 * answerTimeoutMs : answerTimeoutMs)
  }

  #endBy(code: number | undefined): SessionEnd {
    if (code === closeCodes.unsupportedVersion) return 'outdated'
    if (code === closeCodes.tooManyMessages) return 'too_fast'
    if (code === closeCodes.goElsewhere) return 'elsewhere'
    return this.failure === null ? 'lost' : 'refused'
  }
}
