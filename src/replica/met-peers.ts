/**
 * What peers showed of themselves at their last handshake, let in or not: what came of a connection
 * is told to the node together with it. Anybody may show himself, under whatever id: of those who
 * were let in as many are kept as there can be members, of the others a few, the last ones.
 */
import { membersMax } from '../raft/core/configuration.js'
import type { ReplicaId } from '../raft/core/entry.js'
import type { Handshake } from '../raft/node/handshake.js'

/** Peers that are kept although they were not let in. */
export const strangersMax = 64

export class MetPeers {
  readonly #accepted = new Map<ReplicaId, Handshake>()
  readonly #strangers = new Map<ReplicaId, Handshake>()

  get size(): number {
    return this.#accepted.size + this.#strangers.size
  }

  note(id: ReplicaId, shown: Handshake, isAccepted: boolean): void {
    this.#accepted.delete(id)
    this.#strangers.delete(id)
    if (isAccepted) keep(this.#accepted, id, shown, membersMax)
    else keep(this.#strangers, id, shown, strangersMax)
  }

  get(id: ReplicaId): Handshake | undefined {
    return this.#accepted.get(id) ?? this.#strangers.get(id)
  }
}

/** At the end; of more than so many the first is dropped. */
function keep(kept: Map<ReplicaId, Handshake>, id: ReplicaId, shown: Handshake, max: number): void {
  kept.set(id, shown)
  const [oldest] = kept.keys()
  if (kept.size > max && oldest !== undefined) kept.delete(oldest)
}
