/**
 * What a replica does once it finds that another one has another state at the same index (design
 * §4, docs/safety.md). One of the two is wrong, and neither can know by itself which:
 *
 *   a majority of the voters stands against it   it stops; a leader hands over to one of them first
 *   a majority has its own state                 it goes on, and is an alarm about the others
 *   all have spoken, and none has a majority     a follower that differs from its leader stops
 *   too few have spoken                          it goes on, and is an alarm
 *
 * A leader that is on its way out answers nobody any more, sends its hosts elsewhere, and stops at
 * the latest two election timeouts later, whether or not somebody took over.
 */
import type { ReplicaId } from '../../core/entry.js'
import { JointQuorum } from '../../core/quorum.js'
import type { Raft } from '../../core/raft.js'
import type { DigestPoint } from '../frame.js'
import type { StopReason } from '../node-ports.js'
import { transferTargets } from '../regular-duties.js'
import {
  type DigestDifference,
  type DigestVerdict,
  type DigestWatch,
  judgeDifference,
} from './digest-watch.js'

/** In election timeouts. */
const handOverTimeouts = 2

/** A leader whose state is wrong hands over. */
export interface SteppingAside {
  readonly detail: string
  /** Voters whose state is the one that most have. */
  readonly to: readonly ReplicaId[]
  readonly deadlineTick: number
}

export interface DivergenceParts {
  readonly id: ReplicaId
  readonly electionTicks: number
  readonly digests: DigestWatch
  readonly core: () => Raft
  /** Of the own state machine, as it is now. */
  readonly digest: () => string
  readonly tick: () => number
}

export interface DivergencePorts {
  /** This replica must end. */
  stop(reason: StopReason): void
  /** This leader hands over: nobody is to hear of its state any more. Followed by `stop`. */
  leaving(aside: SteppingAside): void
}

export class Divergence {
  readonly #parts: DivergenceParts
  readonly #ports: DivergencePorts
  #aside: SteppingAside | null = null

  constructor(parts: DivergenceParts, ports: DivergencePorts) {
    this.#parts = parts
    this.#ports = ports
  }

  /** This leader has a wrong state and hands over; null if it does not. */
  get aside(): SteppingAside | null {
    return this.#aside
  }

  /** A member has told its digests; of others none count, for they come and go as they like. */
  told(from: ReplicaId, points: readonly DigestPoint[], appliedIndex: number): void {
    const { digests, digest } = this.#parts
    this.#weigh(digests.told(from, points, appliedIndex, digest))
  }

  /** The own state machine has applied the entry at this index. */
  applied(index: number): void {
    const { digests, digest } = this.#parts
    if (digests.wants(index)) this.#weigh(digests.applied(index, digest()))
  }

  tick(): void {
    const aside = this.#aside
    if (aside === null) return
    const core = this.#parts.core()
    if (core.role !== 'leader' || this.#parts.tick() >= aside.deadlineTick) this.#stop(aside.detail)
    else if (core.status().transferee === 0) this.#handOver(aside)
  }

  /** Acts on what a comparison has found. */
  #weigh(difference: DigestDifference | null): void {
    if (difference === null || this.#aside !== null) return
    const { voters, votersOutgoing } = this.#parts.core().configuration
    const quorum = new JointQuorum(voters, votersOutgoing)
    const verdict = judgeDifference(difference, quorum, this.#parts.id)
    if (verdict.kind === 'minority') this.#leave(verdict.against, describe(difference, verdict))
    else if (verdict.kind === 'tie' && this.#differsFromLeader(difference)) {
      this.#stop(describe(difference, verdict))
    }
  }

  #leave(to: readonly ReplicaId[], detail: string): void {
    const { core, electionTicks, tick } = this.#parts
    const isFollower = core().role !== 'leader'
    if (isFollower) {
      this.#stop(detail)
      return
    }
    const deadlineTick = tick() + handOverTimeouts * electionTicks
    this.#aside = { detail, to, deadlineTick }
    this.#ports.leaving(this.#aside)
    this.#handOver(this.#aside)
  }

  #handOver({ to }: SteppingAside): void {
    const core = this.#parts.core()
    const target = transferTargets(core, to).find((id) => to.includes(id))
    if (target !== undefined) core.transferLeader(target)
  }

  #differsFromLeader({ own, others }: DigestDifference): boolean {
    const core = this.#parts.core()
    const leaders = others.get(core.leader)
    return core.role !== 'leader' && leaders !== undefined && leaders !== own
  }

  #stop(detail: string): void {
    this.#ports.stop({ code: 'state_diverged', detail })
  }
}

function describe({ index, own, others }: DigestDifference, verdict: DigestVerdict): string {
  const told = [...others].map(([id, digest]) => `${digest} on replica ${id}`).join(', ')
  const found = `The digest of the state at index ${index} is ${own} here, but ${told}.`
  const why =
    verdict.kind === 'minority'
      ? 'Most voters have another state than this replica.'
      : 'No state has a majority, and this one is not the state of the leader.'
  const advice = 'Keep the logs and report it. Started again it makes its state anew.'
  return `${found} ${why} ${advice}`
}
