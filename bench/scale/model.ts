/**
 * A round over very many hosts as a chain of queues: orders fan out over NATS servers, hosts apply
 * them, acknowledgements come in through replicas to the leader, one after the other. A model, not
 * the program: it says how long a round takes where no machine is large enough to try, from what
 * one message was measured to cost. Times in ms, of one leader's clock.
 */

/** What one thing costs, in ms of one core unless it says otherwise. */
export interface Costs {
  /** A NATS server hands one message to one client. */
  readonly delivery: number
  /** A sidecar verifies and applies one update. */
  readonly apply: number
  /** A replica takes a heartbeat from a socket, passes it on, and answers. */
  readonly heartbeatAtReplica: number
  /** The leader takes one that was passed on, and answers. */
  readonly heartbeatAtLeader: number
  /** Each further heartbeat in the same message, for either of them. */
  readonly furtherHeartbeat: number
  /** A commit, in ms of time. */
  readonly commit: number
}

export interface Fleet {
  readonly hosts: number
  /** Of one group; one of them leads and has no hosts of its own. */
  readonly replicas: number
  /** NATS servers that hosts are connected to; each hears of an order by one hop. */
  readonly natsServers: number
  /** Of a server or leaf node, in bytes per ms. */
  readonly natsBytesPerMs: number
  /** Of an order with its headers and signature. */
  readonly orderBytes: number
  /** Between two machines, one way: the median. */
  readonly hopMs: number
  /** Hosts whose process stands still when an order comes (garbage, a busy core): the share. */
  readonly pausedShare: number
  /** And for how long, on average. */
  readonly pausedMs: number
  readonly heartbeatMs: number
  /** How many heartbeats of hosts go as one: 1 without anything that gathers them. */
  readonly gathered: number
}

export interface RoundResult {
  /** From the first lock until the last host has the unlock. */
  readonly roundMs: number
  /** Until the last host has applied the update. */
  readonly appliedMs: number
  /** Until the leader has counted the last acknowledgement. */
  readonly countedMs: number
  /** Of the leader's core, by heartbeats of hosts at rest; from 1 on it cannot keep up. */
  readonly leaderLoad: number
  /** Of the core of another replica. */
  readonly replicaLoad: number
}

/** @param random uniform in [0, 1) */
export function roundOf(fleet: Fleet, costs: Costs, random: () => number): RoundResult {
  const { hosts, replicas, gathered } = fleet
  const carriers = Math.max(1, replicas - 1)
  const messagesPerMs = hosts / gathered / fleet.heartbeatMs
  const further = (gathered - 1) * costs.furtherHeartbeat
  const leaderLoad = messagesPerMs * (costs.heartbeatAtLeader + further)
  const replicaLoad = (messagesPerMs / carriers) * (costs.heartbeatAtReplica + further)
  const appliedAt = delivered(fleet, costs, random)
  for (let host = 0; host < hosts; host += 1) {
    const pause = random() < fleet.pausedShare ? exponential(fleet.pausedMs, random) : 0
    appliedAt[host] = appliedAt[host]! + pause + costs.apply
  }
  const appliedMs = largest(appliedAt)
  // What heartbeats at rest leave of a core.
  const slower = (load: number) => 1 / Math.max(0.01, 1 - load)
  const atReplica = (costs.heartbeatAtReplica + further) * slower(replicaLoad)
  const atLeader = (costs.heartbeatAtLeader + further) * slower(leaderLoad)
  const arrivals = gatheredTimes(appliedAt, gathered).map((at) => at + hop(fleet, random))
  const passedOn = new Float64Array(arrivals.length)
  for (let carrier = 0; carrier < carriers; carrier += 1) {
    const own = arrivals.filter((_, i) => i % carriers === carrier)
    const done = queued(own, atReplica)
    for (let i = 0; i < done.length; i += 1) passedOn[carrier + i * carriers] = done[i]!
  }
  const atLeaderTimes = passedOn.map((at) => at + hop(fleet, random))
  const countedMs = largest(queued(atLeaderTimes, atLeader))
  const unlocked = delivered(fleet, costs, random)
  const roundMs = countedMs + costs.commit + largest(unlocked)
  return { roundMs, appliedMs, countedMs, leaderLoad, replicaLoad }
}

/** When each host has an order that is published at 0. */
function delivered(fleet: Fleet, costs: Costs, random: () => number): Float64Array {
  const { hosts, natsServers, natsBytesPerMs, orderBytes } = fleet
  const each = Math.max(costs.delivery, orderBytes / natsBytesPerMs)
  const times = new Float64Array(hosts)
  for (let host = 0; host < hosts; host += 1) {
    const place = Math.floor(host / natsServers) + 1
    times[host] = hop(fleet, random) + place * each + hop(fleet, random)
  }
  return times
}

/** When each of these is done by one core that takes them in the order in which they come. */
export function queued(arrivals: Float64Array, cost: number): Float64Array {
  const order = arrivals.slice().sort()
  let freeAt = 0
  for (let i = 0; i < order.length; i += 1) {
    freeAt = Math.max(freeAt, order[i]!) + cost
    order[i] = freeAt
  }
  return order
}

/** Several that go as one go with the last of them. */
function gatheredTimes(times: Float64Array, by: number): Float64Array {
  if (by === 1) return times
  const groups = new Float64Array(Math.ceil(times.length / by))
  for (let i = 0; i < times.length; i += 1) {
    const group = Math.floor(i / by)
    groups[group] = Math.max(groups[group]!, times[i]!)
  }
  return groups
}

/** One way between two machines: most are near the median, some far above it. */
function hop({ hopMs }: Fleet, random: () => number): number {
  return hopMs * Math.exp(0.5 * normal(random))
}

function exponential(mean: number, random: () => number): number {
  return -mean * Math.log(1 - random())
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

function largest(values: Float64Array): number {
  let most = 0
  for (const value of values) if (value > most) most = value
  return most
}
