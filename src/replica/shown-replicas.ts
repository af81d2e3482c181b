/**
 * What the other replicas last showed of themselves. Members are shown whatever happens; of others
 * (new ones that wait, removed ones, whoever was let in) no more than a few are kept.
 */
import { membersMax } from '../raft/core/configuration.js'
import type { ReplicaId } from '../raft/core/entry.js'
import type { ReplicaShown } from './frames.js'

/** Members and others together. */
export const shownReplicasMax = 2 * membersMax

export interface LastShown {
  readonly of: ReplicaShown
  readonly atMs: number
}

export class ShownReplicas implements Iterable<[ReplicaId, LastShown]> {
  /** The one that was heard of last at the end. */
  readonly #shown = new Map<ReplicaId, LastShown>()

  get(id: ReplicaId): LastShown | undefined {
    return this.#shown.get(id)
  }

  has(id: ReplicaId): boolean {
    return this.#shown.has(id)
  }

  [Symbol.iterator](): Iterator<[ReplicaId, LastShown]> {
    return this.#shown.entries()
  }

  /** @param members whom it must not drop */
  note(id: ReplicaId, of: ReplicaShown, atMs: number, members: readonly ReplicaId[]): void {
    this.#shown.delete(id)
    this.#shown.set(id, { of, atMs })
    if (this.#shown.size <= shownReplicasMax) return
    const oldest = [...this.#shown.keys()].find((each) => !members.includes(each))
    if (oldest !== undefined) this.#shown.delete(oldest)
  }
}
