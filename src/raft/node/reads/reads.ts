/**
 * Reads of this replica's state that must not be older than they may be (design §3). A read is done
 * when the state machine has applied the index that it needs:
 *
 *   stale       none: the state as it is
 *   default     on the leader its commit index, at once under its lease; a follower asks it
 *   consistent  the leader's commit index, confirmed by a quorum after the question (ReadIndex)
 *
 * A leader without a lease, and one that a follower asked, answer `default` like `consistent`. What
 * gets no answer is asked again until the deadline: a read changes nothing.
 *
 * Invariant: each reader is called once (bug L17).
 */
import { BerthError } from '../../../errors/berth-error.js'
import { type Question, type ReadDone, type Reader, ReadLane } from './read-lane.js'

export type ReadMode = 'stale' | 'default' | 'consistent'

export interface ReadSources {
  /** An index that a quorum confirms. */
  askQuorum(): Question
  /** The commit index under this leader's lease, or a question to the leader. */
  askLeader(): Question
  /** Whether this replica leads. */
  isLeader(): boolean
  /** Whether any leader is known. */
  isLeaderKnown(): boolean
  appliedIndex(): number
}

export interface ReadLimits {
  /** A read that takes longer fails. */
  readonly timeoutTicks: number
  /** An answer that takes longer is taken for lost, and asked for again. */
  readonly retryTicks: number
  /** Of more reads that wait, the next is refused as `overloaded`. */
  readonly readsMax: number
}

interface Ready {
  readonly index: number
  readers: readonly Reader[]
}

export class Reads {
  readonly #sources: ReadSources
  readonly #limits: ReadLimits
  readonly #byQuorum: ReadLane
  readonly #byLeader: ReadLane
  /** Readers that wait until their index is applied. */
  #ready: Ready[] = []

  constructor(sources: ReadSources, limits: ReadLimits) {
    this.#sources = sources
    this.#limits = limits
    this.#byQuorum = new ReadLane(limits.retryTicks, () => sources.askQuorum())
    this.#byLeader = new ReadLane(limits.retryTicks, () => sources.askLeader())
  }

  get count(): number {
    const ready = this.#ready.reduce((sum, { readers }) => sum + readers.length, 0)
    return this.#byQuorum.count + this.#byLeader.count + ready
  }

  read(mode: ReadMode, tick: number, done: ReadDone): void {
    if (mode === 'stale') {
      done(this.#sources.appliedIndex())
      return
    }
    if (this.count >= this.#limits.readsMax) {
      done(new BerthError('overloaded', `${this.#limits.readsMax} reads wait already.`))
      return
    }
    const reader = { deadlineTick: tick + this.#limits.timeoutTicks, done }
    if (mode === 'default') this.#byLeader.add(reader)
    else this.#byQuorum.add(reader)
    this.#start(tick)
  }

  /** The core has confirmed an index for question `number`. */
  quorumAnswered(number: number, index: number, tick: number): void {
    this.#wait(index, this.#byQuorum.answered(number))
    this.#start(tick)
  }

  quorumAbandoned(number: number): void {
    this.#byQuorum.abandoned(number)
  }

  /** @param index null: that replica cannot say */
  leaderAnswered(number: number, index: number | null, tick: number): void {
    if (index === null) {
      this.#byLeader.abandoned(number)
      return
    }
    this.#wait(index, this.#byLeader.answered(number))
    this.#start(tick)
  }

  /** Another leader, or none: what the former one was asked is asked again. */
  leaderChanged(tick: number): void {
    this.#byLeader.abandonedAll()
    this.#start(tick)
  }

  /** The state machine has come so far. */
  applied(index: number): void {
    if (!this.#ready.some((ready) => ready.index <= index)) return
    const done = this.#ready.filter((ready) => ready.index <= index)
    this.#ready = this.#ready.filter((ready) => ready.index > index)
    for (const { readers } of done) {
      for (const reader of readers) reader.done(index)
    }
  }

  tick(tick: number): void {
    const late = [...this.#byLeader.tick(tick), ...this.#byQuorum.tick(tick)]
    for (const ready of this.#ready) {
      if (ready.readers.every(({ deadlineTick }) => deadlineTick > tick)) continue
      late.push(...ready.readers.filter(({ deadlineTick }) => deadlineTick <= tick))
      ready.readers = ready.readers.filter(({ deadlineTick }) => deadlineTick > tick)
    }
    for (const { done } of late) done(this.#lateError())
    this.#start(tick)
  }

  failAll(error: BerthError): void {
    const ready = this.#ready.flatMap(({ readers }) => readers)
    this.#ready = []
    const all = [...this.#byLeader.clear(), ...this.#byQuorum.clear(), ...ready]
    for (const { done } of all) done(error)
  }

  #start(tick: number): void {
    const known = this.#byLeader.start(tick)
    if (known !== null) this.#wait(known.index, known.readers)
    else if (this.#sources.isLeader()) {
      // A leader without a lease has itself confirmed instead of asking itself.
      for (const reader of this.#byLeader.clear()) this.#byQuorum.add(reader)
    }
    const confirmed = this.#byQuorum.start(tick)
    if (confirmed !== null) this.#wait(confirmed.index, confirmed.readers)
  }

  #wait(index: number, readers: readonly Reader[]): void {
    if (readers.length === 0) return
    const applied = this.#sources.appliedIndex()
    if (applied < index) {
      this.#ready.push({ index, readers })
      return
    }
    for (const { done } of readers) done(applied)
  }

  #lateError(): BerthError {
    if (this.#sources.isLeaderKnown()) {
      return new BerthError('timeout', 'The read was not answered in time; repeat it.')
    }
    return new BerthError('no_leader', 'No leader is known, so the state may be an old one.')
  }
}
