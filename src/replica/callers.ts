/**
 * Replicas that have shown themselves here and were let in, and where they say that they are
 * reached. One that was away while the members changed may know none of those who lead today; they
 * know it, and it answers them at the address that they give.
 */
import { membersMax } from '../raft/core/configuration.js'
import type { ReplicaId } from '../raft/core/entry.js'
import type { PeerAddress } from '../raft/peers/transport-options.js'
import { socketAddress } from './setting-kinds.js'

export class Callers {
  /** The one that came last at the end; of more than there can be members the first is dropped. */
  readonly #addresses = new Map<ReplicaId, PeerAddress>()

  get(id: ReplicaId): PeerAddress | undefined {
    return this.#addresses.get(id)
  }

  get ids(): readonly ReplicaId[] {
    return [...this.#addresses.keys()]
  }

  /** @returns whether that is news */
  note(id: ReplicaId, advertised: string): boolean {
    const address = socketAddress.parse(advertised)
    if (address === undefined) return false
    const before = this.#addresses.get(id)
    if (before?.host === address.host && before.port === address.port) return false
    this.#addresses.delete(id)
    this.#addresses.set(id, { id, ...address })
    const [oldest] = this.#addresses.keys()
    if (this.#addresses.size > membersMax && oldest !== undefined) this.#addresses.delete(oldest)
    return true
  }

  /** It is not let in any more. */
  forget(id: ReplicaId): void {
    this.#addresses.delete(id)
  }
}
