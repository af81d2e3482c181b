/**
 * Which learners have caught up: a leader that gave a vote to one that is seconds behind would hear
 * nothing of it while it takes in what it lacks, and lose its office (thesis §4.2.1).
 *
 * What the log holds at one look is to be on the disk of the learner by another one, within an
 * election timeout; however many entries that is, and however large. Then the next round begins.
 */
import type { ReplicaId } from '../../core/entry.js'
import type { PeerStatus } from '../../core/status.js'

interface Round {
  /** What the leader's log held when it began. */
  readonly lastIndex: number
  readonly tick: number
  /** Whether the round before it ended in time. */
  readonly hasCaughtUp: boolean
}

export class CatchUpWatch {
  readonly #electionTicks: number
  readonly #rounds = new Map<ReplicaId, Round>()

  constructor(electionTicks: number) {
    this.#electionTicks = electionTicks
  }

  /** This replica began or ceased to lead. */
  reset(): void {
    this.#rounds.clear()
  }

  /** As of the last look. */
  hasCaughtUp(id: ReplicaId): boolean {
    return this.#rounds.get(id)?.hasCaughtUp ?? false
  }

  /** A look of the leader at its peers. @param lastIndex of its log */
  look(peers: readonly PeerStatus[], lastIndex: number, tick: number): void {
    const learners = peers.filter(({ isLearner }) => isLearner)
    for (const id of this.#rounds.keys()) {
      if (!learners.some((learner) => learner.id === id)) this.#rounds.delete(id)
    }
    for (const { id, match, state, recentlyActive } of learners) {
      const round = this.#rounds.get(id) ?? { lastIndex, tick, hasCaughtUp: false }
      const isLate = tick - round.tick > this.#electionTicks
      if (state !== 'replicate' || !recentlyActive) this.#rounds.delete(id)
      else if (match < round.lastIndex) {
        this.#rounds.set(id, isLate ? { ...round, hasCaughtUp: false } : round)
      } else this.#rounds.set(id, { lastIndex, tick, hasCaughtUp: !isLate })
    }
  }
}
