/**
 * When a replica may begin to take part (design §3, Identity). It starts in one of three ways:
 *
 *   member   its database knows the cluster: it takes part at once
 *   forming  empty, and told to begin a cluster with the given voters: it takes part once it has
 *            listened for an election timeout, seen all of them reachable and empty and nobody who
 *            is not, or once one of them that has begun recognises its database, which that one
 *            saw empty
 *   waiting  empty, and not one of those who begin
 *
 * Forming or waiting, a leader's log makes it a member: it was added by a configuration change.
 *
 * Why all of them: an empty replica cannot know whether it is new or has lost what it promised.
 * If one of the voters is not empty, there is a cluster already, and only a member of it can tell.
 * Why it listens: the cluster may have grown since it began with these voters, and all of them may
 * have lost their data (one that began alone, say). Whoever was added since calls them.
 * Why one is enough then: it saw this same database empty, so nothing was promised from it.
 *
 * Invariant: whoever is forming or waiting votes for nobody and campaigns for nobody.
 */
import type { ReplicaId } from '../../core/entry.js'
import type { StoredState } from '../disk/storage.js'
import type { Glimpse, Handshake, KnownPeer } from './handshake.js'
import { isSameSet } from './peer-judgement.js'

export type Stage = 'member' | 'forming' | 'waiting'

export type Meeting =
  /** Whom it waits for, or for what, as a sentence. */
  | { readonly kind: 'wait'; readonly reason: string }
  /**
   * To be recorded durably before it takes part. `met` are the handshakes, `heardOf` what the
   * member that recognised this replica knows of the others.
   */
  | {
      readonly kind: 'begin'
      readonly voters: readonly ReplicaId[]
      readonly met: readonly Handshake[]
      readonly heardOf: readonly KnownPeer[]
    }

/** Whether the database never took part in anything. */
export function isEmptyState(state: StoredState): boolean {
  const { identity, hardState, snapshot, compacted, entries } = state
  const blank = identity.clusterId === null && identity.initialVoters === null
  const noLog = snapshot === null && compacted.index === 0 && entries.length === 0
  return blank && noLog && hardState.term === 0
}

export class Bootstrap {
  readonly #id: ReplicaId
  readonly #uuid: string
  readonly #voters: readonly ReplicaId[]
  /** Of those that it is to begin with, at most. */
  readonly #seen = new Map<ReplicaId, Handshake>()
  #stage: Stage
  #hasListened = false
  /** A member of a cluster that did not recognise this replica; 0 for none. */
  #stranger: ReplicaId = 0

  /** @param voters those the cluster is to begin with; without this replica: it joins later */
  constructor(id: ReplicaId, voters: readonly ReplicaId[], stored: StoredState) {
    this.#id = id
    this.#uuid = stored.identity.uuid
    this.#voters = voters
    if (!isEmptyState(stored)) this.#stage = 'member'
    else this.#stage = voters.includes(id) ? 'forming' : 'waiting'
  }

  get stage(): Stage {
    return this.#stage
  }

  /** What is missing, for logs and the status. */
  get reason(): string {
    if (this.#stage === 'member') return 'It takes part.'
    if (this.#stage === 'forming' && this.#stranger === 0) {
      const missing = this.#missing()
      if (missing.length > 0) return `The first start waits for replica ${missing.join(', ')}.`
      return 'The first start listens whether there is a cluster already.'
    }
    const cluster = this.#stranger === 0 ? 'No cluster' : `The cluster of replica ${this.#stranger}`
    const knows = this.#stranger === 0 ? 'knows' : 'does not know'
    const advice = 'If it is new, add it; if it has lost its data, add it under a new id.'
    return `${cluster} ${knows} this database as replica ${this.#id}. ${advice}`
  }

  /** It has been up for an election timeout: members of a cluster would have called by now. */
  listened(): Meeting {
    if (this.#hasListened) return this.#wait()
    this.#hasListened = true
    return this.#stage === 'forming' ? this.#decide() : this.#wait()
  }

  /** An accepted peer has said this of itself. */
  met(peer: Handshake): Meeting {
    if (this.#stage !== 'forming') return this.#wait()
    if (peer.isEmpty) {
      const isAwaited = this.#voters.includes(peer.replicaId)
      if (peer.initialVoters !== null && isAwaited) this.#seen.set(peer.replicaId, peer)
      return this.#decide()
    }
    this.#seen.delete(peer.replicaId)
    const { initialVoters } = peer
    const sameBeginning = initialVoters !== null && isSameSet(initialVoters, this.#voters)
    if (sameBeginning && this.#isKnownTo(peer)) return this.#begin([peer], peer.knownPeers)
    this.#stranger = peer.replicaId
    return this.#wait()
  }

  /** A peer has refused this replica: if it takes part in a cluster, that one does not know it. */
  refusedBy({ replicaId, isEmpty }: Glimpse): void {
    if (this.#stage !== 'member' && !isEmpty) this.#stranger = replicaId
  }

  /** Whether the peer was empty when it shook hands, and this replica waits for others of those. */
  sawEmpty(peer: ReplicaId): boolean {
    return this.#seen.has(peer)
  }

  /** The peer cannot be reached any more. */
  lost(peer: ReplicaId): void {
    this.#seen.delete(peer)
  }

  /** What `begin` asked for is durable, or a leader's log has arrived. */
  becameMember(): void {
    this.#stage = 'member'
    this.#seen.clear()
  }

  #decide(): Meeting {
    const mayBegin = this.#hasListened && this.#stranger === 0
    if (!mayBegin || this.#missing().length > 0) return this.#wait()
    return this.#begin([...this.#seen.values()], [])
  }

  #begin(met: readonly Handshake[], known: readonly KnownPeer[]): Meeting {
    const heardOf = known.filter(({ id }) => id !== this.#id)
    return { kind: 'begin', voters: this.#voters, met, heardOf }
  }

  #isKnownTo(peer: Handshake): boolean {
    return peer.knownPeers.some(({ id, uuid }) => id === this.#id && uuid === this.#uuid)
  }

  #missing(): ReplicaId[] {
    return this.#voters.filter((id) => id !== this.#id && !this.#seen.has(id))
  }

  #wait(): Meeting {
    return { kind: 'wait', reason: this.reason }
  }
}
