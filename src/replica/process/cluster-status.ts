/** A replica's view of the cluster and of its own health, as REST shows them. Made on demand. */
import type { Check, ClusterStatus, Health } from '../../api/replica-port.js'
import type { Instant } from '../../fsm/instant.js'
import { memberIds } from '../../raft/core/configuration.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import { termMax } from '../../raft/core/limits.js'
import type { NodeStatus } from '../../raft/node/node-status.js'
import type { LinkStatus } from '../../raft/peers/transport-options.js'
import type { LogStore } from '../../raft/store/log-store.js'
import type { ReplicaShown } from '../machine/frames.js'
import type { ReplicaMachine } from '../machine/replica-machine.js'

type ShownReplica = ClusterStatus['replicas'][number]
type Role = ShownReplica['role']
type StoreShown = Pick<LogStore, 'status'>
type PeerShown = Pick<LinkStatus, 'id' | 'connected' | 'heardMs' | 'sinceMs' | 'tried'>

const ignoredBecause = {
  unmet: 'it is another process than the one that this replica connects to',
  'far-term': 'it speaks of terms beyond all reach',
} as const

/** A replica that was silent for longer is shown as `unknown`, in ms. */
const silentAfterMs = 5_000
/** A member that is heard for longer, and is not reached all that time, is an alarm, in ms. */
const unreachedAfterMs = 5_000
/** A write that takes longer makes the replica unready, in ms. */
const slowWriteMs = 5_000

export function clusterStatus(
  machine: ReplicaMachine,
  store: StoreShown,
  peers: readonly PeerShown[],
  now: Instant,
): ClusterStatus {
  const status = machine.node.status(now.monotonicMs)
  const { configuration } = status
  const voters = new Set(configuration.voters)
  const outgoing = configuration.votersOutgoing.filter((id) => !voters.has(id))
  const learners = [...configuration.learners, ...configuration.learnersNext]
  const members: [ReplicaId, ShownReplica['membership']][] = [
    ...configuration.voters.map((id): [ReplicaId, 'voter'] => [id, 'voter']),
    ...outgoing.map((id): [ReplicaId, 'leaving'] => [id, 'leaving']),
    ...learners
      .filter((id) => !outgoing.includes(id))
      .map((id): [ReplicaId, 'learner'] => [id, 'learner']),
  ]
  const shown = new Map(members.sort(([a], [b]) => a - b))
  return {
    answeredBy: machine.id,
    leader: status.leader === 0 ? null : status.leader,
    term: status.term,
    level: levelStatus(machine, now),
    replicas: [...shown].map(([id, membership]) =>
      id === machine.id
        ? ownStatus(machine, store, status, membership, now)
        : peerStatus(machine, status, id, membership, now),
    ),
    alarms: [...alarms(machine, status, now), ...unreached(peers, status)],
  }
}

export function replicaHealth(machine: ReplicaMachine, store: StoreShown, now: Instant): Health {
  const status = machine.node.status(now.monotonicMs)
  const { stage, waitsFor, leader, term } = status
  const isMember = stage === 'member'
  const { connected, waiting } = store.status
  const waitedMs = waiting?.waitedMs ?? 0
  const ready: Check[] = [
    {
      name: 'member',
      ok: isMember,
      detail: isMember ? 'takes part' : (waitsFor ?? stage),
    },
    {
      name: 'quorum',
      ok: machine.leader !== null,
      detail:
        machine.leader === null
          ? leader === 0
            ? 'no leader is known'
            : `replica ${leader} leads term ${term} but does not serve yet`
          : `replica ${leader} leads term ${term}`,
    },
    {
      name: 'database',
      ok: connected && waitedMs < slowWriteMs,
      detail:
        waiting === null || waitedMs < slowWriteMs
          ? connected
            ? 'writes come through'
            : 'not connected'
          : `waits ${Math.round(waitedMs)} ms for ${waiting.for}: ${waiting.reason ?? 'no answer'}`,
    },
    {
      name: 'peers',
      ok: status.ignored.length === 0,
      detail:
        status.ignored.length === 0
          ? 'all are listened to'
          : `not listened to: ${status.ignored.map(({ peer }) => `replica ${peer}`).join(', ')}`,
    },
    {
      name: 'nats',
      ok: machine.natsIsUp && machine.natsForbids === null,
      detail:
        machine.natsForbids ?? (machine.natsIsUp ? 'connected' : 'away; orders go over WebSocket'),
    },
  ]
  const isAlive = stage !== 'stopped'
  const live = [{ name: 'node', ok: isAlive, detail: isAlive ? 'runs' : 'has stopped' }]
  return { live, ready }
}

function levelStatus(machine: ReplicaMachine, { monotonicMs }: Instant): ClusterStatus['level'] {
  const { waitsFor } = machine.nextLevel(monotonicMs)
  return { active: machine.state.level, waitsFor: [...waitsFor] }
}

function ownStatus(
  machine: ReplicaMachine,
  store: StoreShown,
  { role, term, log, stage }: NodeStatus,
  membership: ShownReplica['membership'],
  { monotonicMs }: Instant,
): ShownReplica {
  const { postgres, version, levels } = machine.show(monotonicMs)
  return {
    id: machine.id,
    role: stage === 'stopped' ? 'stopped' : roleOf(role),
    membership,
    term,
    commit: log.committedIndex,
    applied: log.appliedIndex,
    lag: log.committedIndex - log.appliedIndex,
    digest: machine.state.digest,
    lastContactMs: 0,
    version,
    levels,
    postgres: { ...postgres, writable: store.status.connected },
    addresses: addressesOf(machine, machine.id),
  }
}

function peerStatus(
  machine: ReplicaMachine,
  own: NodeStatus,
  id: ReplicaId,
  membership: ShownReplica['membership'],
  now: Instant,
): ShownReplica {
  const known = machine.shown.get(id)
  const addresses = addressesOf(machine, id)
  if (known === undefined) {
    const nothing = { term: null, commit: null, applied: null, lag: null, digest: null }
    const unheard = { lastContactMs: null, version: null, levels: null, postgres: null }
    return { id, role: 'unknown', membership, ...nothing, ...unheard, addresses }
  }
  const { of, atMs } = known
  const lastContactMs = Math.max(0, Math.round(now.monotonicMs - atMs))
  return {
    id,
    role: shownRole(of, lastContactMs),
    membership,
    term: of.term,
    commit: of.commit,
    applied: of.applied,
    lag: Math.max(0, own.log.committedIndex - of.applied),
    digest: of.digest,
    lastContactMs,
    version: of.version,
    levels: of.levels,
    postgres: of.postgres,
    addresses,
  }
}

function shownRole({ stopped, role }: ReplicaShown, lastContactMs: number): Role {
  if (stopped !== null) return 'stopped'
  return lastContactMs > silentAfterMs ? 'unknown' : roleOf(role)
}

function roleOf(role: string): Role {
  if (role === 'leader') return 'leader'
  return role === 'candidate' || role === 'pre-candidate' ? 'candidate' : 'follower'
}

function addressesOf(machine: ReplicaMachine, id: ReplicaId): ShownReplica['addresses'] {
  const known = machine.state.replicas.find(({ replica }) => replica === id)
  const added = machine.membership?.members.find((member) => member.id === id)
  const api = known === undefined || known.api === '' ? null : known.api
  return { api, peer: known?.peer ?? added?.address ?? null }
}

function alarms(
  machine: ReplicaMachine,
  status: NodeStatus,
  now: Instant,
): ClusterStatus['alarms'] {
  const found: ClusterStatus['alarms'][number][] = []
  const own = machine.id
  const { storage, waitsFor } = status
  if (storage.isStalled) {
    const detail = `A write has not been durable for ${Math.round(storage.oldestMs)} ms.`
    found.push({ code: 'disk_stalled', replica: own, detail })
  }
  if (waitsFor !== null) found.push({ code: 'not_a_member', replica: own, detail: waitsFor })
  if (machine.natsForbids !== null) {
    found.push({ code: 'nats_forbids', replica: own, detail: `${machine.natsForbids}.` })
  } else if (!machine.natsIsUp) {
    const detail = 'NATS is away; orders go over WebSocket.'
    found.push({ code: 'nats_away', replica: own, detail })
  }
  if (status.term > termMax / 2) {
    const detail = `Term ${status.term} is more than half of all that there are: who raises it?`
    found.push({ code: 'terms_low', replica: own, detail })
  }
  const members = memberIds(status.configuration)
  const upMs = now.monotonicMs - machine.startedAtMs
  for (const id of members) {
    if (id === own || machine.shown.get(id) !== undefined || upMs <= silentAfterMs) continue
    const detail = `Never heard from in the ${Math.round(upMs / 1_000)} s that this replica runs.`
    found.push({ code: 'replica_silent', replica: id, detail })
  }
  for (const { peer, why, forMs } of status.ignored) {
    const seconds = Math.round(forMs / 1_000)
    const detail = `What it says has not counted for ${seconds} s: ${ignoredBecause[why]}.`
    found.push({ code: 'replica_ignored', replica: peer, detail })
  }
  for (const [id, { atMs, of }] of machine.shown.entries()) {
    const silentMs = now.monotonicMs - atMs
    if (of.stopped !== null) {
      const code = of.stopped === 'state_diverged' ? 'state_differs' : 'replica_stopped'
      const detail = `It has stopped: ${of.stopped}. Its log says more.`
      found.push({ code, replica: id, detail })
    } else if (silentMs > silentAfterMs) {
      const detail = `Not heard from for ${Math.round(silentMs / 1_000)} s.`
      found.push({ code: 'replica_silent', replica: id, detail })
    } else if (status.differing.has(id)) {
      const detail = `Its state at index ${status.differing.get(id)} is another than here.`
      found.push({ code: 'state_differs', replica: id, detail })
    }
  }
  return found
}

/** Members whose messages arrive here, and to whom none leave. */
function unreached(
  peers: readonly PeerShown[],
  { configuration }: NodeStatus,
): ClusterStatus['alarms'] {
  const members = memberIds(configuration)
  return peers
    .filter(({ id, connected }) => !connected && members.includes(id))
    .flatMap(({ id, heardMs, sinceMs, tried }) => {
      const forMs = Math.min(heardMs, sinceMs)
      if (forMs <= unreachedAfterMs) return []
      const tries = tried.map(({ address, reason }) => `${address} (${reason})`).join(', ')
      const seconds = Math.round(forMs / 1_000)
      const detail = `It is heard, and for ${seconds} s not reached: ${tries}.`
      return [{ code: 'replica_unreachable', replica: id, detail }]
    })
}
