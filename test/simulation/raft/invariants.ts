/**
 * What must hold at every instant (Raft figure 3, thesis §6.4, design §3 and §9), checked as things
 * happen, each at a cost of what changed; `checkAll` looks at everything, now and then.
 */
import type { Configuration, Entry } from '../../../src/raft/core/entry.js'
import type { Message } from '../../../src/raft/core/message.js'
import { JointQuorum } from '../../../src/raft/core/quorum.js'
import type { StorageOperation, StoredSnapshot } from '../../../src/raft/node/disk/storage.js'
import type { Frame } from '../../../src/raft/node/frame.js'
import type { Handshake } from '../../../src/raft/node/identity/handshake.js'
import type { RoleChange, StopReason } from '../../../src/raft/node/node-ports.js'
import { fail } from '../kernel/invariant-failure.js'
import type { TraceHash } from '../kernel/trace-hash.js'
import { History } from './history.js'
import type { ReplicaWatch, SimReplica } from './sim-replica.js'

/** What a run of a replica has shown so far: none of it ever falls. */
interface Shown {
  life: number
  term: number
  committed: number
}

export class Invariants implements ReplicaWatch {
  readonly history = new History()
  readonly #replicas: ReadonlyMap<number, SimReplica>
  readonly #trace: TraceHash
  /** Whether all clocks keep their bound, so that leases hold. */
  readonly #clocksHold: boolean
  /** The log of nobody ever takes more memory than this. */
  readonly #logBytesBound: number
  readonly #leaderOfTerm = new Map<number, number>()
  /** By the voter's database and term. */
  readonly #voteOf = new Map<string, number>()
  readonly #shown = new Map<number, Shown>()
  /** By the term of a leader, the terms of the entries that it sent, by index. */
  readonly #sentIn = new Map<number, Map<number, number>>()
  /** Highest term that anybody was elected in. */
  electedTermMax = 0
  elections = 0
  /** Called when a replica ended itself for a reason that may be. */
  onStopped: (replica: SimReplica, reason: StopReason) => void = () => {}

  /** Called when somebody was elected. */
  onLeader: (replica: SimReplica) => void = () => {}

  constructor(
    replicas: ReadonlyMap<number, SimReplica>,
    trace: TraceHash,
    { clocksHold, logBytesBound }: { clocksHold: boolean; logBytesBound: number },
  ) {
    this.#logBytesBound = logBytesBound
    this.#replicas = replicas
    this.#trace = trace
    this.#clocksHold = clocksHold
  }

  sending(replica: SimReplica, _to: number, frame: Frame): void {
    if (frame.kind === 'raft') this.#sendingMessage(replica, frame.message)
  }

  receiving(_replica: SimReplica, _from: number, frame: Frame): void {
    const trace = this.#trace
    if (frame.kind === 'raft') {
      const { message } = frame
      trace.fold(message.term)
      trace.fold(message.kind.length * 256 + message.kind.charCodeAt(0))
      if (message.kind === 'append') trace.fold(message.prevIndex + message.entries.length)
    } else trace.foldText(frame.kind)
  }

  /** Who lost its data has forgotten what it promised: no peer to those who knew it (S16). */
  accepting({ id, isLost }: SimReplica, peer: Handshake): void {
    const from = this.#replicas.get(peer.replicaId)!
    const record = from.knownAs.get(id)
    if (record === undefined || isLost) return
    const isOlder = peer.incarnation < record.incarnation
    if (peer.uuid !== record.uuid || isOlder) {
      fail('identity', `${id} accepts ${from.id}, which lost its data`)
    }
  }

  storing(replica: SimReplica, operation: StorageOperation): void {
    const { disk, id } = replica
    if (operation.kind === 'snapshot-install') {
      this.#checkHardState(replica, operation.hardState.term)
      this.#installing(replica, operation.snapshot.meta.index, operation.snapshot.meta.term)
    }
    if (operation.kind === 'compact') {
      const isCovered = operation.index <= disk.snapshotIndex
      if (!isCovered) fail('compaction', `${id} drops entries that no snapshot of it has`)
    }
    if (operation.kind !== 'append') return
    const { hardState, entries } = operation
    if (hardState !== null) {
      this.#checkHardState(replica, hardState.term)
      if (hardState.term === disk.hardState.term) {
        const { vote } = disk.hardState
        const isKept = vote === 0 || vote === hardState.vote
        if (!isKept) fail('one vote a term', `${id} forgets its vote for ${vote}`)
      }
    }
    if (entries.length > 0) this.#writing(replica, entries, hardState?.term ?? disk.hardState.term)
    if (hardState !== null) {
      const last = entries.at(-1)?.index ?? disk.lastIndex
      if (hardState.commit > last) fail('commit', `${id} writes a commit beyond its log`)
    }
  }

  /** Else a peer that is slower than snapshots are made never gets one (bug L14). */
  chunkGone({ id, isLeader, node, nowMs }: SimReplica, { meta }: StoredSnapshot): void {
    if (!isLeader || node === null) return
    const { sending } = node.status(nowMs).snapshots
    // A chunk that was asked for may be wanted no more.
    if (sending.every(({ snapshotIndex }) => snapshotIndex !== meta.index)) return
    fail('snapshot', `${id} dropped the snapshot of ${meta.index} while it sends it`)
  }

  applied(replica: SimReplica, entry: Entry): void {
    const { id, machine, disk } = replica
    const { index, term } = entry
    this.#trace.fold(index)
    this.#trace.fold(machine.digestNumber)
    const { history } = this
    if (history.committedIndex < index) this.#committing(replica, index, term)
    const isFirst = history.apply(entry, machine.digestNumber, `replica ${id}`)
    if (!disk.has(index, term))
      fail('durability', `${id} applied ${index} before it was on its disk`)
    if (isFirst && entry.kind === 'configuration') this.#checkNobodyElectable(`entry ${index}`)
  }

  restored(replica: SimReplica, index: number): void {
    const digest = this.history.digestAt(index)
    this.#trace.fold(index)
    if (digest !== undefined && digest !== replica.machine.digestNumber) {
      fail('equal digests', `${replica.id} differs after the snapshot of ${index}`)
    }
    if (replica.machine.index !== index) fail('snapshot', `${replica.id} restored another index`)
  }

  roleChanged(replica: SimReplica, { role, term }: RoleChange): void {
    this.#trace.fold(term * 8 + role.length)
    if (role !== 'leader') return
    const { id, disk } = replica
    const known = this.#leaderOfTerm.get(term)
    if (known === id) return
    if (known !== undefined) fail('election safety', `${known} and ${id} both lead term ${term}`)
    this.#leaderOfTerm.set(term, id)
    this.elections += 1
    const { committedIndex, committedTerm } = this.history
    // One that wins late, when there is a later term already, lacks what that one committed.
    const isNewest = term > this.electedTermMax
    if (isNewest && !disk.has(committedIndex, committedTerm)) {
      fail('leader completeness', `leader ${id} of ${term} lacks entry ${committedIndex}`)
    }
    if (isNewest) this.#checkLeases(id, term)
    this.electedTermMax = Math.max(this.electedTermMax, term)
    this.onLeader(replica)
  }

  configured(): void {}

  stopped(replica: SimReplica, reason: StopReason): void {
    const { id, isLost } = replica
    const mayBe =
      reason.code === 'database_taken_over' ||
      reason.code === 'snapshot_damaged' ||
      (reason.code === 'removed' && this.history.isRemoved(id)) ||
      (reason.code === 'state_diverged' && this.#mayDiverge(replica)) ||
      (reason.code === 'identity_lost' && isLost)
    if (!mayBe) fail('no replica stops', `${id} stopped, ${reason.code}: ${reason.detail}`)
    this.onStopped(replica, reason)
  }

  /** Who is wrong, or one of so few that nobody can tell who is. */
  #mayDiverge({ machine }: SimReplica): boolean {
    const { voters, votersOutgoing } = this.history.configuration
    const isAnybodyWrong = [...this.#replicas.values()].some((one) => one.machine.damage !== 0)
    return (
      machine.damage !== 0 || (isAnybodyWrong && (voters.length < 3 || votersOutgoing.length > 0))
    )
  }

  /** Index that a linearizable read that begins now must have seen. */
  get readFloor(): number {
    return this.history.committedIndex
  }

  /** Looks at all disks and all replicas. */
  checkAll(): void {
    const { history } = this
    const { committedIndex, committedTerm } = history
    for (const replica of this.#replicas.values()) {
      const { disk, id } = replica
      if (!replica.isLost) {
        const through = Math.min(disk.lastIndex, committedIndex)
        if (history.committedTermAt(through) === disk.termAt(through)) {
          for (const { index, term } of disk.entries) {
            if (index > through) break
            if (term !== history.committedTermAt(index)) {
              fail('log matching', `the disk of ${id} has term ${term} at ${index}`)
            }
          }
        }
      }
      this.#checkProgress(replica)
    }
    if (committedIndex > 0 && committedTerm > 0) this.#checkNobodyElectable('now')
  }

  #checkProgress(replica: SimReplica): void {
    const { node, process, id } = replica
    if (node === null) return
    const { term, log } = node.status(replica.nowMs)
    const shown = this.#shown.get(id)
    const { committedIndex: committed, appliedIndex } = log
    const isSameRun = shown?.life === process.life
    if (isSameRun && term < shown.term) {
      fail('monotonic', `${id} went back from term ${shown.term} to ${term}`)
    }
    if (isSameRun && committed < shown.committed) {
      fail('monotonic', `${id} went back from commit ${shown.committed} to ${committed}`)
    }
    if (log.bytes > this.#logBytesBound) {
      fail('memory', `the log of ${id} takes ${log.bytes} bytes, at most ${this.#logBytesBound}`)
    }
    if (appliedIndex > committed) fail('monotonic', `${id} applied more than is committed`)
    this.#shown.set(id, { life: process.life, term, committed })
  }

  #sendingMessage(replica: SimReplica, message: Message): void {
    const { id, disk } = replica
    switch (message.kind) {
      case 'append': {
        const { entries, prevIndex, prevTerm, commit, term } = message
        this.history.holds(entries, prevTerm, `leader ${id}`)
        this.#sentBy(term, prevIndex, prevTerm)
        for (const entry of entries) this.#sentBy(term, entry.index, entry.term)
        const isNews = commit > this.history.committedIndex
        if (isNews && this.history.isKnown(commit, term)) this.#committing(replica, commit, term)
        break
      }
      case 'append-accepted': {
        const { term, index } = message
        const isThere = disk.hardState.term >= term && disk.lastIndex >= index
        if (!isThere) fail('durability', `${id} acknowledges ${index} in ${term} too early`)
        const sent = this.#sentIn.get(term)?.get(index)
        if (sent !== undefined && !disk.has(index, sent)) {
          fail('durability', `${id} acknowledges (${index}, ${sent}) in ${term} and lacks it`)
        }
        break
      }
      case 'snapshot':
        this.#sentBy(message.term, message.snapshot.index, message.snapshot.term)
        break
      case 'vote-request':
        if (!message.pre && disk.hardState.term < message.term) {
          fail('durability', `${id} campaigns in ${message.term} before its disk knows`)
        }
        break
      case 'vote-response':
        if (message.granted && !message.pre) this.#voting(replica, message.to, message.term)
        break
      default:
        break
    }
  }

  /** The log of the leader of `term` has an entry of `entryTerm` at the index. */
  #sentBy(term: number, index: number, entryTerm: number): void {
    const sent = this.#sentIn.get(term) ?? new Map<number, number>()
    this.#sentIn.set(term, sent)
    sent.set(index, entryTerm)
  }

  #voting({ id, disk }: SimReplica, candidate: number, term: number): void {
    const key = `${disk.identity.uuid}:${term}`
    const known = this.#voteOf.get(key)
    if (known !== undefined && known !== candidate) {
      fail('one vote a term', `${id} voted for ${known} and ${candidate} in ${term}`)
    }
    this.#voteOf.set(key, candidate)
    const { hardState } = disk
    const isThere =
      hardState.term > term || (hardState.term === term && hardState.vote === candidate)
    if (!isThere) fail('durability', `${id} votes in ${term} before it is on its disk`)
  }

  #checkHardState({ id, disk }: SimReplica, term: number): void {
    const before = disk.hardState.term
    if (term < before) fail('monotonic', `${id} writes term ${term} after ${before}`)
  }

  /** Log matching, and no committed entry is ever cut off. */
  #writing(replica: SimReplica, entries: readonly Entry[], term: number): void {
    const { id, disk, isLost } = replica
    const first = entries[0]!
    const prevTerm = disk.termAt(first.index - 1)
    if (prevTerm === undefined) fail('log matching', `${id} writes ${first.index} behind a gap`)
    this.history.holds(entries, prevTerm, `replica ${id}`)
    const last = entries.at(-1)!
    if (last.term > term)
      fail('durability', `${id} writes an entry of ${last.term} before the term`)
    const { committedIndex } = this.history
    if (isLost || first.index > committedIndex) return
    const through = Math.min(committedIndex, disk.lastIndex)
    for (let index = first.index; index <= through; index += 1) {
      const committed = this.history.committedTermAt(index)
      if (disk.termAt(index) !== committed) continue
      const now = entries[index - first.index]?.term
      if (now !== committed) fail('committed entries stay', `${id} cuts off entry ${index}`)
    }
  }

  #installing({ id, disk }: SimReplica, index: number, term: number): void {
    const committed = this.history.committedTermAt(index)
    if (committed === undefined || committed !== term) {
      fail('snapshot', `${id} installs (${index}, ${term}), which is not committed`)
    }
    const { committedIndex, committedTerm } = this.history
    if (disk.has(committedIndex, committedTerm) && committedIndex > index) {
      fail('committed entries stay', `${id} drops entries up to ${committedIndex} for a snapshot`)
    }
  }

  /** Somebody takes this entry, and all before it, for committed, for the first time. */
  #committing(replica: SimReplica, index: number, term: number): void {
    this.history.commit(index, term, `replica ${replica.id}`)
    if (!replica.isLeader) return
    // It may have been counted just before a membership change was applied.
    const inUse = [replica.configuration, replica.configurationBefore]
    const isOnQuorum = inUse.some((one) => one !== null && this.#quorumHas(one, index, term))
    if (!isOnQuorum) fail('committed on a quorum', `entry ${index} of leader ${replica.id}`)
    this.#checkNobodyOutvotes(index, term)
  }

  #quorumHas({ voters, votersOutgoing }: Configuration, index: number, term: number): boolean {
    const quorum = new JointQuorum(voters, votersOutgoing)
    return quorum.result((id) => this.#hasOrNeverVotes(id, index, term)) === 'won'
  }

  #hasOrNeverVotes(id: number, index: number, term: number): boolean {
    const replica = this.#replicas.get(id)!
    return replica.isLost || replica.disk.has(index, term)
  }

  /** Those who lack the last committed entry are no quorum: nobody without it can be elected. */
  #checkNobodyElectable(when: string): void {
    const { committedIndex, committedTerm, configuration } = this.history
    const { voters, votersOutgoing } = configuration
    if (voters.length === 0) return
    const quorum = new JointQuorum(voters, votersOutgoing)
    const lacks = (id: number) => !this.#hasOrNeverVotes(id, committedIndex, committedTerm)
    if (quorum.result(lacks) === 'won') {
      fail('committed on a quorum', `a quorum lacks entry ${committedIndex} (${when})`)
    }
    this.#checkNobodyOutvotes(committedIndex, committedTerm)
  }

  /**
   * No voter that lacks a committed entry has a log by which a quorum would vote for it (Raft
   * §5.4.1, and figure 8 of it: bug S1). Only a log that ends in a later term could be such a one.
   */
  #checkNobodyOutvotes(index: number, term: number): void {
    const { voters, votersOutgoing } = this.history.configuration
    for (const id of new Set([...voters, ...votersOutgoing])) {
      if (this.#hasOrNeverVotes(id, index, term)) continue
      const { disk } = this.#replicas.get(id)!
      const lastTerm = disk.termAt(disk.lastIndex)!
      if (lastTerm <= term) continue
      const quorum = new JointQuorum(voters, votersOutgoing)
      const votes = ({ disk: other, isLost }: SimReplica) => {
        const otherTerm = other.termAt(other.lastIndex)!
        const isNoLater =
          otherTerm < lastTerm || (otherTerm === lastTerm && other.lastIndex <= disk.lastIndex)
        return isNoLater && !isLost
      }
      if (quorum.result((other) => votes(this.#replicas.get(other)!)) !== 'won') continue
      fail('leader completeness', `${id}, of ${lastTerm}, may be elected without entry ${index}`)
    }
  }

  /** While somebody may answer reads by himself, nobody else is elected (thesis §6.4.1). */
  #checkLeases(elected: number, term: number): void {
    if (!this.#clocksHold) return
    for (const replica of this.#replicas.values()) {
      const { node, id } = replica
      if (id === elected || node === null || !replica.isLeader) continue
      const { leaseMs } = node.status(replica.nowMs)
      if (leaseMs > 0) {
        fail('leases', `${id} has a lease of ${leaseMs} ms while ${elected} is elected in ${term}`)
      }
    }
  }
}
