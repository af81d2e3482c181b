/**
 * A replica that is a cluster by itself, as its machine alone: a disk that answers at once or when
 * it is told to, hosts that are lists of what they were told, and a clock that is set by hand.
 */

import type { Instant } from '../../../src/fsm/instant.js'
import { defaultSettings } from '../../../src/fsm/settings.js'
import { defaultTiming } from '../../../src/fsm/settings-check.js'
import { createHasher } from '../../../src/hash/hasher.js'
import type { StorageOperation, StoredState } from '../../../src/raft/node/disk/storage.js'
import type { NodeOptions } from '../../../src/raft/node/node-options.js'
import { ReplicaMachine } from '../../../src/replica/machine/replica-machine.js'
import { createTableContext } from '../../../src/table/table-context.js'
import type { HostMessage, Order, ReplicaMessage } from '../../../src/wire/messages.js'
import { exact } from '../../support/exact-messages.js'

const wallStartMs = 1_700_000_000_000
const nothingStored: StoredState = {
  identity: {
    uuid: '00000000-0000-4000-8000-0000000000aa',
    incarnation: 1,
    replicaId: 0,
    clusterId: null,
    initialVoters: null,
    latched: null,
    peers: [],
  },
  hardState: { term: 0, vote: 0, commit: 0 },
  snapshot: null,
  compacted: { index: 0, term: 0 },
  entries: [],
  projected: 0,
}

export class LoneReplica {
  readonly machine: ReplicaMachine
  readonly published: Order[] = []
  pulses = 0
  /** Lines above "info". */
  readonly warnings: object[] = []
  /** What each session was told. */
  readonly told = new Map<string, ReplicaMessage[]>()
  /** Sessions that the replica closed, with the code. */
  readonly closed = new Map<string, number>()
  nowMs = 0
  /** Whether the disk answers. */
  diskAnswers = true
  #stored: StorageOperation[] = []
  #uuids = 0
  #isWoken = false
  #flushAtMs = Number.POSITIVE_INFINITY
  /** Why the machine stopped: its test goes on no further. */
  #stopped: string | null = null

  /** A replica that leads. */
  static async leading(options: Partial<NodeOptions> = {}): Promise<LoneReplica> {
    const replica = new LoneReplica(createTableContext(await createHasher()), options)
    replica.machine.start(replica.now)
    replica.run(5_000)
    if (replica.machine.leadership === null) throw new Error('it does not lead')
    return replica
  }

  private constructor(
    context: ReturnType<typeof createTableContext>,
    options: Partial<NodeOptions>,
  ) {
    this.machine = new ReplicaMachine(
      {
        node: { id: 1, clusterName: 'test', initialVoters: [1], ...options },
        genesisSettings: defaultSettings,
        timing: defaultTiming,
        key: 'A'.repeat(43),
        run: 1,
        peerAddress: '127.0.0.1:1',
        apiUrl: 'http://127.0.0.1:2',
        addresses: { natsServers: ['nats://nowhere'] },
        version: '0.1.0',
      },
      nothingStored,
      context,
      {
        store: (operation) => this.#stored.push(operation),
        readChunk: () => undefined,
        crc32c: (bytes) => context.hasher.crc32c(bytes),
        random: () => 0,
        stop: ({ detail }) => {
          this.#stopped = detail
        },
        log: (level, fields) => {
          if (level === 'warn' || level === 'error') this.warnings.push(fields)
        },
        wake: () => {
          this.#isWoken = true
        },
        greet: () => undefined,
        send: () => undefined,
        publish: (message) => {
          exact.published(message)
          if (message.kind === 'pulse') this.pulses += 1
          else this.published.push(message)
        },
        tell: (sessions, message) => {
          exact.replicaMessage(message)
          for (const session of sessions) this.told.get(session)?.push(message)
        },
        closeSession: (session, code) => this.closed.set(session, code),
        database: () => ({ version: null, commitMs: null }),
        uuid: () => {
          this.#uuids += 1
          return `00000000-0000-4000-8000-${String(this.#uuids).padStart(12, '0')}`
        },
        replicasChanged: () => undefined,
        flushAt: (atMs) => {
          this.#flushAtMs = Math.min(this.#flushAtMs, atMs)
        },
      },
      this.now,
    )
  }

  get now(): Instant {
    return { monotonicMs: this.nowMs, wallMs: wallStartMs + this.nowMs }
  }

  /** A session says something; its first message opens it. */
  say(session: string, message: HostMessage): void {
    if (!this.told.has(session)) {
      this.told.set(session, [])
      this.machine.hostOpened(session)
    }
    this.machine.hostSaid(session, message, this.now)
    this.#mayGoOn()
  }

  /** The last that a session was told of a kind. */
  last<K extends ReplicaMessage['kind']>(session: string, kind: K) {
    const told = this.told.get(session) ?? []
    return told.findLast((each): each is Extract<ReplicaMessage, { kind: K }> => each.kind === kind)
  }

  /** Everything that waits is done, in no time. */
  settle(): void {
    do {
      this.#flush()
      while (this.diskAnswers && this.#stored.length > 0) {
        this.#stored.shift()
        this.machine.toNode(this.now, (node) => node.stored(null, this.nowMs))
      }
      this.#work()
    } while (this.#flushAtMs <= this.nowMs || (this.diskAnswers && this.#stored.length > 0))
    this.#flush()
    this.#mayGoOn()
  }

  #flush(): void {
    this.#flushAtMs = Number.POSITIVE_INFINITY
    this.machine.flush(this.now)
  }

  #work(): void {
    while (this.#isWoken) {
      this.#isWoken = false
      this.machine.work(this.now)
    }
  }

  #mayGoOn(): void {
    if (this.#stopped !== null) throw new Error(this.#stopped)
  }

  /** Lets time pass, in ticks. */
  run(ms: number): void {
    const endMs = this.nowMs + ms
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + 50)
      this.machine.tick(this.now)
      this.settle()
    }
  }

  /** Time passes, and the process does nothing in it. */
  sleep(ms: number): void {
    this.nowMs += ms
  }
}
