/**
 * The operator of a simulated cluster: adds, promotes and removes members, several at once as well,
 * hands leadership over, orders snapshots and elections, and replaces replicas that lost their
 * data. One membership change at a time, and while a voter is lost none but its removal, as the
 * manual says: with two changes and a lost disk at once even a person could take the quorum away.
 */
import { BerthError } from '../../../src/errors/berth-error.js'
import { isJoint, memberIds } from '../../../src/raft/core/configuration.js'
import type { MemberChange } from '../../../src/raft/core/entry.js'
import type {
  MembershipOutcome,
  MembershipRequest,
} from '../../../src/raft/node/calls/membership-requests.js'
import { Random } from '../kernel/random.js'
import type { Clients } from './clients.js'
import { type ClusterParts, currentLeader, ownKind, upReplicas } from './cluster-parts.js'
import type { SimReplica } from './sim-replica.js'

const membersMax = 7
const replicasMax = 14
const healEveryUs = 200_000

export class Operator {
  readonly #parts: ClusterParts
  readonly #clients: Clients
  readonly #random: Random
  #isChanging = false
  /** When a change ended that may or may not happen yet; -1 for none. */
  #uncertainSinceUs = -1
  #isHealing = false
  changes = 0

  constructor(parts: ClusterParts, clients: Clients) {
    this.#parts = parts
    this.#clients = clients
    this.#random = Random.of(parts.seed, 'operator')
  }

  start(): void {
    const { churn, transfer, campaign, snapshot } = this.#parts.plan.intensity
    this.#repeat(churn, () => this.#change())
    this.#repeat(transfer, () => this.#transfer())
    this.#repeat(campaign, () => this.#campaign())
    this.#repeat(snapshot, () => this.#snapshot())
    // Who lost data is replaced in any case.
    this.#repeat(0.5, () => this.#replace())
  }

  /** From now on it only repairs. */
  heal(): void {
    this.#isHealing = true
    const repair = () => {
      this.#replace()
      this.#leaveJoint()
      this.#parts.schedule.after(healEveryUs, ownKind.operator, 9, repair)
    }
    repair()
  }

  /** No change is under way, nor may one still happen. */
  get isSettled(): boolean {
    if (this.#isChanging) return false
    const since = this.#uncertainSinceUs
    // A later write that is in the log shows what became of what came before it.
    return since < 0 || this.#clients.acknowledgedCallUs > since
  }

  /** Whether the cluster goes on although this replica is lost for good. */
  canLose(lost: SimReplica): boolean {
    const { history } = this.#parts.invariants
    if (!this.isSettled || history.beyondCommit().some(({ kind }) => kind === 'configuration')) {
      return false
    }
    const { voters, votersOutgoing } = history.configuration
    // It may get its vote before anybody knows that it is lost.
    const next = this.#waitsForItsVote(lost) ? [...voters, lost.id] : voters
    return [voters, votersOutgoing, next].every((ids) => {
      const left = ids.filter((id) => id !== lost.id && !this.#isLost(id))
      return ids.length === 0 || left.length > ids.length / 2
    })
  }

  #waitsForItsVote({ id }: SimReplica): boolean {
    const { learners } = this.#parts.invariants.history.configuration
    if (!learners.includes(id)) return false
    return upReplicas(this.#parts).some(({ node, nowMs }) => {
      return node?.status(nowMs).members.some((one) => one.id === id && one.promote) === true
    })
  }

  #isLost(id: number): boolean {
    const replica = this.#parts.replicas.get(id)
    return replica === undefined || replica.isLost
  }

  #repeat(perSecond: number, act: () => void): void {
    if (perSecond === 0) return
    const next = () => {
      const delayUs = this.#random.exponential(1_000_000 / perSecond)
      this.#parts.schedule.after(delayUs, ownKind.operator, 1, () => {
        if (this.#isHealing) return
        act()
        next()
      })
    }
    next()
  }

  #change(): void {
    const { configuration } = this.#parts.invariants.history
    const lost = memberIds(configuration).some((id) => this.#isLost(id))
    if (lost || configuration.voters.length === 0) return
    const request = this.#drawChange()
    if (request !== null) this.#ask(request)
  }

  #drawChange(): MembershipRequest | null {
    const random = this.#random
    const { voters, learners } = this.#parts.invariants.history.configuration
    const members = memberIds(this.#parts.invariants.history.configuration)
    const hasRoom = members.length < membersMax && this.#parts.replicas.size < replicasMax
    switch (random.below(8)) {
      case 0:
      case 1:
        return hasRoom ? this.#addition(random.chance(0.7) ? 'voter' : 'learner') : null
      case 2:
      case 3:
        return voters.length > 1 ? { kind: 'remove', id: random.pick(members) } : null
      case 4:
        return learners.length > 0 ? { kind: 'promote', id: random.pick(learners) } : null
      case 5:
        return { kind: 'leave' }
      default:
        return this.#several(members, hasRoom)
    }
  }

  #addition(membership: 'voter' | 'learner'): MembershipRequest {
    const { id } = this.#parts.addReplica()
    return { kind: 'add', id, address: null, membership }
  }

  #several(members: readonly number[], hasRoom: boolean): MembershipRequest {
    const random = this.#random
    const { voters } = this.#parts.invariants.history.configuration
    const changes: MemberChange[] = []
    for (const id of random.shuffled(members).slice(0, random.between(1, 3))) {
      const kind = random.pick(['voter', 'voter', 'learner', 'remove'] as const)
      changes.push({ kind, id })
    }
    if (hasRoom && random.chance(0.5)) {
      const { id } = this.#parts.addReplica()
      changes.push({ kind: 'learner', id })
    }
    const gone = changes.filter(({ kind, id }) => kind !== 'voter' && voters.includes(id)).length
    const transition = random.pick(['auto', 'auto', 'implicit', 'explicit'] as const)
    // Somebody must be left to vote.
    const kept = gone < voters.length ? changes : changes.slice(0, 1)
    return { kind: 'change', transition, changes: kept, addresses: new Map() }
  }

  /** Those who lost their data are removed, and somebody new is added in their place. */
  #replace(): void {
    const { history } = this.#parts.invariants
    const { configuration } = history
    if (configuration.voters.length === 0 || !this.isSettled) return
    const lost = memberIds(configuration).find((id) => this.#isLost(id))
    if (lost === undefined) return
    if (isJoint(configuration)) this.#leaveJoint()
    else if (configuration.voters.length > 1 || !configuration.voters.includes(lost)) {
      this.#ask({ kind: 'remove', id: lost })
    }
  }

  #leaveJoint(): void {
    const { configuration } = this.#parts.invariants.history
    if (isJoint(configuration) && !configuration.autoLeave) this.#ask({ kind: 'leave' })
  }

  #ask(request: MembershipRequest): void {
    const leader = currentLeader(this.#parts)
    if (leader === null || this.#isChanging) return
    const { calls, options, schedule } = this.#parts
    const { node } = leader
    const limitMs = 2 * options.proposalTimeoutTicks! * options.tickMs!
    this.#isChanging = true
    this.changes += 1
    let isOver = false
    const over = (isCertain: boolean) => {
      if (isOver) return
      isOver = true
      this.#isChanging = false
      if (!isCertain) this.#uncertainSinceUs = schedule.nowUs
    }
    // If the replica dies there is no answer.
    schedule.after(limitMs * 2000, ownKind.operator, 2, () => over(false))
    const done = calls.open<MembershipOutcome | BerthError>(
      leader,
      `membership ${request.kind}`,
      limitMs,
      (outcome) => over(!(outcome instanceof BerthError) || outcome.code !== 'timeout'),
    )
    node?.changeMembership(request, leader.nowMs, done)
  }

  #transfer(): void {
    const leader = currentLeader(this.#parts)
    if (leader === null) return
    const { calls, options, replicas } = this.#parts
    const to = this.#random.chance(0.5) ? null : this.#random.pick([...replicas.keys()])
    const limitMs = 3 * options.electionTicks! * options.tickMs!
    const done = calls.open<number | BerthError>(leader, 'transfer', limitMs, () => {})
    leader.node?.transferLeadership(to, leader.nowMs, done)
  }

  #campaign(): void {
    const up = upReplicas(this.#parts).filter(({ process }) => !process.isPaused)
    if (up.length > 0) {
      const replica = this.#random.pick(up)
      replica.node?.campaign(replica.nowMs)
    }
  }

  #snapshot(): void {
    const up = upReplicas(this.#parts).filter(({ process }) => !process.isPaused)
    if (up.length === 0) return
    const replica = this.#random.pick(up)
    const done = this.#parts.calls.open(replica, 'snapshot', Number.POSITIVE_INFINITY, () => {})
    replica.node?.snapshotNow(replica.nowMs, done)
  }
}
