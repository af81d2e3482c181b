/** What a replica shows to the others of itself, and what they have shown to it. */
import type { ReplicaId } from '../../raft/core/entry.js'
import type { NodeStatus } from '../../raft/node/node-status.js'
import type { ReplicaShown } from './frames.js'
import type { ReplicaPorts } from './ports.js'

export function composeShown(
  { role, term, log, storage }: NodeStatus,
  digest: string,
  build: Pick<ReplicaShown, 'version' | 'levels'>,
  database: ReturnType<ReplicaPorts['database']>,
): ReplicaShown {
  return {
    role,
    term,
    commit: log.committedIndex,
    applied: log.appliedIndex,
    digest,
    stopped: null,
    ...build,
    postgres: { writable: !storage.isStalled, ...database },
  }
}

/** What the members of the cluster showed last. Others come and go as they like: not theirs. */
export class ShownMembers {
  #members: readonly ReplicaId[] = []
  readonly #shown = new Map<ReplicaId, { readonly of: ReplicaShown; readonly atMs: number }>()

  /** From now on these are the members. */
  configured(members: readonly ReplicaId[]): void {
    this.#members = members
    for (const id of this.#shown.keys()) if (!members.includes(id)) this.#shown.delete(id)
  }

  note(from: ReplicaId, of: ReplicaShown, atMs: number): void {
    if (this.#members.includes(from)) this.#shown.set(from, { of, atMs })
  }

  get(id: ReplicaId): { readonly of: ReplicaShown; readonly atMs: number } | undefined {
    return this.#shown.get(id)
  }

  /** Those of whom anything is known, and what. */
  entries(): Iterable<[ReplicaId, { readonly of: ReplicaShown; readonly atMs: number }]> {
    return this.#shown
  }
}
