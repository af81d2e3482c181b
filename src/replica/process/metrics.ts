/** What a replica counts and measures, for Prometheus. Read from the parts when it is asked for. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { NatsLink } from '../../broadcast/nats-link.js'
import type { NodeStatus } from '../../raft/node/node-status.js'
import type { PeerTransport } from '../../raft/peers/transport-options.js'
import type { ReplicaMachine } from '../machine/replica-machine.js'

export interface Measured {
  readonly machine: ReplicaMachine
  readonly nats: Pick<NatsLink, 'isUp' | 'counts' | 'forbiddenCount'>
  readonly peers: Pick<PeerTransport, 'status'>
  /** Messages to other replicas that were too long, and were lost. */
  readonly oversized: { readonly count: number }
  nowMs(): number
}

export interface ReplicaMetrics {
  readonly registry: Registry
  /** Seconds that a write of the log took. */
  readonly writeSeconds: Histogram
  /** Begins to show the parts once they exist. */
  measure(parts: Measured): void
}

export function createMetrics(): ReplicaMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const writeSeconds = new Histogram({
    name: 'berth_storage_write_seconds',
    help: 'Time until a write of the log was durable.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
    registers: [registry],
  })
  return { registry, writeSeconds, measure: (parts) => measure(registry, parts) }
}

function measure(registry: Registry, { machine, nats, peers, oversized, nowMs }: Measured): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(read()) })
  }
  gauge('berth_feature_level', 'Feature level of the cluster.', () => machine.state.level)
  measureRaft(gauge, () => machine.node.status(nowMs()))
  gauge('berth_nats_up', '1 while orders go out over NATS.', () => (nats.isUp ? 1 : 0))
  const forbidden = 'Subjects that NATS forbids this replica, and that it needs.'
  gauge('berth_nats_forbidden_subjects', forbidden, () => nats.forbiddenCount)
  gauge('berth_host_sessions', 'Hosts and observers attached here.', () => machine.sessions.count)
  measureNamespaces(registry, machine)
  measureWaiting(registry, machine)
  const counter = (name: string, help: string, read: () => number) => {
    const made: Counter = new Counter({
      name,
      help,
      registers: [registry],
      collect: () => {
        made.reset()
        made.inc(read())
      },
    })
  }
  counter('berth_nats_orders_total', 'Orders published over NATS.', () => nats.counts.published)
  counter(
    'berth_nats_unreadable_requests_total',
    'Requests for a table over NATS that could not be read.',
    () => nats.counts.unreadable,
  )
  counter(
    'berth_nats_refused_requests_total',
    'Requests for a table over NATS that were over the limit, and got no answer.',
    () => nats.counts.refused,
  )
  counter(
    'berth_peer_oversized_messages_total',
    'Messages to other replicas that were longer than these take, and were lost.',
    () => oversized.count,
  )
  const peerUp: Gauge = new Gauge({
    name: 'berth_peer_up',
    help: '1 while messages to the peer leave.',
    labelNames: ['peer'],
    registers,
    collect: () => {
      peerUp.reset()
      for (const { id, connected } of peers.status()) {
        peerUp.set({ peer: String(id) }, connected ? 1 : 0)
      }
    },
  })
}

type MakeGauge = (name: string, help: string, read: () => number) => void

function measureRaft(gauge: MakeGauge, status: () => NodeStatus): void {
  const log = () => status().log
  gauge('berth_raft_term', 'Term of this replica.', () => status().term)
  gauge('berth_raft_is_leader', '1 on the leader.', () => (status().role === 'leader' ? 1 : 0))
  gauge('berth_raft_commit_index', 'Highest committed index known.', () => log().committedIndex)
  gauge('berth_raft_applied_index', 'Highest index applied.', () => log().appliedIndex)
  const ignored = 'Members that speak and are not listened to.'
  gauge('berth_peers_ignored', ignored, () => status().ignored.length)
  gauge('berth_raft_log_entries', 'Entries in the log.', () => {
    const { lastIndex, firstIndex } = log()
    return lastIndex - firstIndex + 1
  })
  gauge('berth_raft_log_bytes', 'What the log takes in memory.', () => log().bytes)
  const oldest = 'Age of the oldest write that is not durable.'
  gauge('berth_storage_oldest_write_seconds', oldest, () => status().storage.oldestMs / 1_000)
}

function measureNamespaces(registry: Registry, machine: ReplicaMachine): void {
  const gauge = (name: string, help: string, read: (namespace: string) => number) => {
    const made: Gauge = new Gauge({
      name,
      help,
      labelNames: ['namespace'],
      registers: [registry],
      collect: () => {
        made.reset()
        for (const namespace of shownNamespaces(machine)) made.set({ namespace }, read(namespace))
      },
    })
  }
  const known = (namespace: string) => machine.state.namespace(namespace)
  gauge('berth_table_members', 'Members of the newest table.', (namespace) => {
    return known(namespace)?.newestTable.size ?? 0
  })
  gauge('berth_table_newest_generation', 'Last committed generation.', (namespace) => {
    return known(namespace)?.newest ?? 0
  })
  gauge('berth_table_disseminated_generation', 'Last disseminated one.', (namespace) => {
    return known(namespace)?.disseminated ?? 0
  })
  gauge('berth_round_waiting_hosts', 'Hosts that the running round waits for.', (namespace) => {
    return machine.leadership?.rounds(namespace)?.round?.missing().size ?? 0
  })
}

/** Who is kept out is seen by whoever operates the cluster, not by that host alone. */
function measureWaiting(registry: Registry, machine: ReplicaMachine): void {
  const waiting: Gauge = new Gauge({
    name: 'berth_hosts_waiting',
    help: 'Hosts that wait to be admitted, on the leader, by why.',
    labelNames: ['code'],
    registers: [registry],
    collect: () => {
      waiting.reset()
      for (const [code, count] of machine.leadership?.waiting ?? []) waiting.set({ code }, count)
    },
  })
}

/** Namespaces that have series of their own; the others are left out, so that nothing explodes. */
const namespacesMax = 100

function shownNamespaces(machine: ReplicaMachine): string[] {
  const names: string[] = []
  for (const { name } of machine.state.namespaces()) {
    names.push(name)
    if (names.length === namespacesMax) break
  }
  return names
}
