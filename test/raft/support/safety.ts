/**
 * What must hold in a cluster after every step (Raft figure 3), checked as things happen rather
 * than by looking at everything each time. Each check throws with what was seen.
 */
import type { Entry, Message, Output, ReplicaId } from '../../../src/raft/core/index.js'
import { JointQuorum } from '../../../src/raft/core/quorum.js'
import type { TestReplica } from './replica.js'

export class Safety {
  readonly #replicas: ReadonlyMap<ReplicaId, TestReplica>
  readonly #leaderOfTerm = new Map<number, ReplicaId>()
  readonly #voteOf = new Map<string, ReplicaId>()
  /** Term and digest of what was applied at an index, by whoever came first. */
  readonly #applied: string[] = []
  /** Terms of the committed entries, by index. */
  readonly #committed: number[] = [0]
  /** Highest term that anybody was leader of when a heartbeat round was sent. */
  readonly #roundSent = new Map<string, number>()
  #electedTermMax = 0
  readonly #seen = new Map<ReplicaId, { raft: unknown; term: number; committed: number }>()

  constructor(replicas: ReadonlyMap<ReplicaId, TestReplica>) {
    this.#replicas = replicas
  }

  get committedIndex(): number {
    return this.#committed.length - 1
  }

  /** State-machine safety: nobody applies another entry at the same index. */
  applied(id: ReplicaId, entry: Entry): void {
    const key = `${entry.term}:${entry.kind}:${entry.data.join()}`
    const known = this.#applied[entry.index]
    if (known === undefined) this.#applied[entry.index] = key
    else if (known !== key) fail(`${id} applied ${key} at ${entry.index}, others ${known}`)
  }

  /** To be called with every output, before anything of it is used. */
  output(replica: TestReplica, output: Output): void {
    const { id } = replica
    for (const message of output.messages) this.#sent(message)
    const { standing } = output
    if (standing?.role === 'leader') this.#leads(replica, standing.term)
    if (output.round > 0) {
      this.#roundSent.set(`${id}:${replica.raft.term}:${output.round}`, this.#electedTermMax)
    }
    if (output.confirmedRound > 0) this.#confirms(replica, output.confirmedRound)
    for (const { read, index } of output.reads) this.#reads.answered(id, read, index)
  }

  /** Election safety, and leader completeness at the moment of the election. */
  #leads(replica: TestReplica, term: number): void {
    const { id } = replica
    const known = this.#leaderOfTerm.get(term)
    if (known !== undefined && known !== id) fail(`${known} and ${id} both lead term ${term}`)
    if (known === id) return
    this.#leaderOfTerm.set(term, id)
    this.#electedTermMax = Math.max(this.#electedTermMax, term)
    const { compactedIndex, lastIndex } = replica.raft.status()
    if (lastIndex < this.committedIndex) fail(`leader ${id} of ${term} lacks committed entries`)
    for (const entry of replica.raft.entries(compactedIndex + 1, this.committedIndex)) {
      if (entry.term !== this.#committed[entry.index]) {
        fail(`leader ${id} of ${term} has another entry at ${entry.index}`)
      }
    }
  }

  /** A vote that left is on disk, and the only one of its term. */
  #sent(message: Message): void {
    if (message.kind !== 'vote-response' || message.pre || !message.granted) return
    const { from, to, term } = message
    const key = `${from}:${term}`
    const known = this.#voteOf.get(key)
    if (known !== undefined && known !== to) fail(`${from} voted for ${known} and ${to} in ${term}`)
    this.#voteOf.set(key, to)
    const { hardState } = this.#replicas.get(from)!.disk
    const isDurable = hardState.term > term || (hardState.term === term && hardState.vote === to)
    if (!isDurable) fail(`${from} sent a vote in ${term} that is not on disk`)
  }

  /**
   * To be called after whatever may have moved a replica, before its configuration can change
   * again: what is newly committed is on the disks of a quorum; terms and commits never fall.
   */
  moved(replica: TestReplica): void {
    const { raft, id } = replica
    const committed = raft.committedIndex
    const seen = this.#seen.get(id)
    if (seen?.raft === raft && (raft.term < seen.term || committed < seen.committed)) {
      fail(`${id} went back from term ${seen.term}, commit ${seen.committed}`)
    }
    this.#seen.set(id, { raft, term: raft.term, committed })
    if (committed <= this.committedIndex) return
    if (raft.role === 'leader') this.#checkOnDisks(replica, committed)
    const { compactedIndex } = raft.status()
    if (compactedIndex > this.committedIndex) fail(`${id} compacted what nobody had committed`)
    for (const entry of raft.entries(this.committedIndex + 1, committed)) {
      this.#committed[entry.index] = entry.term
    }
  }

  #checkOnDisks(leader: TestReplica, committed: number): void {
    const { term } = leader.raft.entries(committed, committed)[0]!
    const { voters, votersOutgoing } = leader.raft.configuration
    const has = (id: ReplicaId) => hasOnDisk(this.#replicas.get(id)!, committed, term)
    if (new JointQuorum(voters, votersOutgoing).result(has) !== 'won') {
      fail(`${leader.id} committed ${committed} that is not on a quorum of disks`)
    }
  }

  /** Who sent a confirmed round was the newest leader at that time. */
  #confirms(replica: TestReplica, round: number): void {
    const { term } = replica.raft
    for (let r = round; r > 0; r -= 1) {
      const elected = this.#roundSent.get(`${replica.id}:${term}:${r}`)
      if (elected === undefined) return
      if (elected > term) fail(`${replica.id} confirmed round ${r} of ${term} below ${elected}`)
      this.#roundSent.delete(`${replica.id}:${term}:${r}`)
    }
  }

  readonly #reads = new ReadChecks()

  /** A read begins now: whatever is committed anywhere must be in its index. */
  readAsked(replica: TestReplica, read: number): void {
    let committed = this.committedIndex
    for (const { raft } of this.#replicas.values()) {
      committed = Math.max(committed, raft.committedIndex)
    }
    this.#reads.asked(replica.id, read, committed)
  }

  crashed(id: ReplicaId): void {
    this.#reads.forget(id)
  }
}

function hasOnDisk({ disk }: TestReplica, index: number, term: number): boolean {
  if (disk.compacted.index > index) return true
  if (disk.compacted.index === index) return disk.compacted.term === term
  return disk.entries[index - disk.compacted.index - 1]?.term === term
}

/** Reads under way: what was committed when each began. */
class ReadChecks {
  readonly #committedAt = new Map<string, number>()

  asked(id: ReplicaId, read: number, committed: number): void {
    this.#committedAt.set(`${id}:${read}`, committed)
  }

  answered(id: ReplicaId, read: number, index: number): void {
    const key = `${id}:${read}`
    const committed = this.#committedAt.get(key)
    if (committed === undefined) fail(`${id} got an answer to read ${read} that it did not ask`)
    if (index < committed) fail(`read ${read} of ${id} at ${index} misses ${committed}`)
    this.#committedAt.delete(key)
  }

  forget(id: ReplicaId): void {
    for (const key of this.#committedAt.keys()) {
      if (key.startsWith(`${id}:`)) this.#committedAt.delete(key)
    }
  }
}

function fail(what: string): never {
  throw new Error(`safety: ${what}`)
}
