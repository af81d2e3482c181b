/**
 * The one line in front of the disk: what is to be written, in order, one operation at a time.
 *
 * Appends come first, and those that wait leave as one operation, hard state and entries together
 * (bug S4), so that one fsync serves them all. Upkeep (snapshots, compaction, events) goes when no
 * append waits, and after some appends in any case, so that neither starves the other (bug L16).
 *
 * Invariants: appends complete in the order in which they came; an upkeep operation keeps its place
 * among its kind; a snapshot is completed only when the events up to it are written, for after a
 * restart nobody could make them again.
 */
import type { Entry, HardState } from '../../core/entry.js'
import type { AppendRecord } from '../../core/output.js'
import type { IdentityChange, ProjectedEvent, StorageOperation, StoredSnapshot } from './storage.js'

/** Most bytes of entries that are merged into one operation; one record alone may be larger. */
const mergedBytesMax = 4 * 1024 * 1024
/** Most entries of one merged operation. */
const mergedEntriesMax = 8192
/** So many operations with appends may pass waiting upkeep. */
const appendsBeforeUpkeep = 8

/** What an append of the core, or a change of the identity, brings to the disk. */
interface WaitingAppend {
  sinceMs: number
  readonly record: AppendRecord | null
  readonly identity: IdentityChange | null
  /** Of a record that installs a snapshot. */
  readonly snapshot: StoredSnapshot | null
  readonly done: (() => void) | null
}

interface WaitingUpkeep {
  readonly operation: UpkeepOperation
  /** Never called when a snapshot that is installed makes the operation needless. */
  readonly done: () => void
}

export type UpkeepOperation = Extract<
  StorageOperation,
  { kind: 'snapshot-chunk' | 'snapshot-complete' | 'snapshot-discard' | 'compact' }
>

interface UnderWay {
  readonly operation: StorageOperation
  sinceMs: number
  /** Called in order when it is durable. */
  readonly done: readonly (() => void)[]
}

export interface WriteQueueOutput {
  /** A record is durable, after all before it. */
  appended(record: AppendRecord): void
  /** Database and log have come so far. */
  durable(hardState: HardState, lastIndex: number): void
}

export class WriteQueue {
  readonly #output: WriteQueueOutput
  /** Records of the core (`appendsUnderWayMax`), and a few changes of the identity. */
  readonly #appends: WaitingAppend[] = []
  /** A chunk of the snapshot that is made, a window of the one that comes in, discards of both. */
  readonly #upkeep: WaitingUpkeep[] = []
  readonly #events = new EventQueue()
  #underWay: UnderWay | null = null
  #appendsInARow = 0
  /** Whether the last upkeep was a batch of events. */
  #eventsWereLast = false
  /** As of the last operation handed out. */
  #hardState: HardState
  #lastIndex: number

  constructor(hardState: HardState, lastIndex: number, output: WriteQueueOutput) {
    this.#hardState = hardState
    this.#lastIndex = lastIndex
    this.#output = output
  }

  /** @param snapshot the stored form of the one that the record installs; null for none */
  append(record: AppendRecord, snapshot: StoredSnapshot | null, nowMs: number): void {
    this.#appends.push({ sinceMs: nowMs, record, identity: null, snapshot, done: null })
  }

  writeIdentity(identity: IdentityChange, nowMs: number, done: (() => void) | null): void {
    this.#appends.push({ sinceMs: nowMs, record: null, identity, snapshot: null, done })
  }

  upkeep(operation: UpkeepOperation, done: () => void): void {
    this.#upkeep.push({ operation, done })
  }

  project(batch: EventBatch): void {
    this.#events.add(batch)
  }

  /** Events that wait to be written. */
  get eventsWaiting(): number {
    return this.#events.count
  }

  get isBusy(): boolean {
    return this.#underWay !== null
  }

  /** Operations under way and waiting, a batch of events counted as one. */
  get depth(): number {
    const events = this.#events.count > 0 ? 1 : 0
    return this.#appends.length + this.#upkeep.length + events + (this.isBusy ? 1 : 0)
  }

  /** Age of the oldest thing that the disk owes, in ms; 0 if it owes nothing. */
  oldestMs(nowMs: number): number {
    const underWayMs = this.#underWay?.sinceMs ?? nowMs
    const waitingMs = this.#appends[0]?.sinceMs ?? nowMs
    return Math.max(0, nowMs - Math.min(underWayMs, waitingMs))
  }

  /** The process stood still: the disk is not to blame for that time. */
  processStalled(nowMs: number): void {
    if (this.#underWay !== null) this.#underWay.sinceMs = nowMs
    for (const append of this.#appends) append.sinceMs = nowMs
  }

  /**
   * The next operation, if none is under way.
   * @param extra what may go along with an append for free; asked only when one goes
   */
  take(nowMs: number, extra: () => IdentityChange | null): StorageOperation | null {
    if (this.#underWay !== null) return null
    const hasUpkeep = this.#upkeep.length > 0 || this.#events.count > 0
    const isDue = this.#appends.length === 0 || this.#appendsInARow >= appendsBeforeUpkeep
    if (hasUpkeep && isDue) {
      this.#appendsInARow = 0
      return this.#begin(this.#takeUpkeep(), nowMs)
    }
    if (this.#appends.length === 0) return null
    this.#appendsInARow += 1
    const sinceMs = this.#appends[0]!.sinceMs
    return this.#begin(this.#takeAppends(extra), sinceMs)
  }

  /** The operation under way is durable. */
  completed(): void {
    const done = this.#underWay?.done ?? []
    this.#underWay = null
    for (const one of done) one()
  }

  #begin(next: Omit<UnderWay, 'sinceMs'>, sinceMs: number): StorageOperation {
    this.#underWay = { ...next, sinceMs }
    return next.operation
  }

  #takeAppends(extra: () => IdentityChange | null): Omit<UnderWay, 'sinceMs'> {
    const first = this.#appends[0]!
    if (first.snapshot !== null) return this.#takeInstall(first.record!, first.snapshot)
    const taken = this.#mergeable()
    this.#appends.splice(0, taken.length)
    let entries: Entry[] = []
    let hardState: HardState | null = null
    let identity: IdentityChange | null = extra()
    for (const { record, identity: change } of taken) {
      if (record !== null) {
        entries = merge(entries, record.entries)
        hardState = record.hardState ?? hardState
      }
      if (change !== null) identity = { ...identity, ...change }
    }
    this.#hardState = hardState ?? this.#hardState
    this.#lastIndex = entries.at(-1)?.index ?? this.#lastIndex
    const operation = { kind: 'append', hardState, entries, identity } as const
    return { operation, done: [this.#tellDurable(), ...taken.map((one) => this.#tell(one))] }
  }

  /** The first waiting appends that go as one. */
  #mergeable(): readonly WaitingAppend[] {
    let bytes = 0
    let count = 0
    let end = 0
    for (; end < this.#appends.length; end += 1) {
      const { record, snapshot } = this.#appends[end]!
      if (snapshot !== null) break
      for (const entry of record?.entries ?? []) bytes += entry.data.length
      count += record?.entries.length ?? 0
      if (end > 0 && (bytes > mergedBytesMax || count > mergedEntriesMax)) break
    }
    return this.#appends.slice(0, end)
  }

  #takeInstall(record: AppendRecord, snapshot: StoredSnapshot): Omit<UnderWay, 'sinceMs'> {
    const install = this.#appends.shift()!
    this.#hardState = record.hardState ?? this.#hardState
    this.#lastIndex = snapshot.meta.index
    const { index } = snapshot.meta
    this.#dropUpkeepThrough(index)
    const operation = { kind: 'snapshot-install', snapshot, hardState: this.#hardState } as const
    return { operation, done: [this.#tellDurable(), this.#tell(install)] }
  }

  #takeUpkeep(): Omit<UnderWay, 'sinceMs'> {
    const next = this.#upkeep[0]
    const needsEvents = next?.operation.kind === 'snapshot-complete'
    const eventsFirst = next === undefined || needsEvents || !this.#eventsWereLast
    if (this.#events.count > 0 && eventsFirst) {
      this.#eventsWereLast = true
      const { through, events, done } = this.#events.take()
      return { operation: { kind: 'project', through, events }, done: [done] }
    }
    this.#eventsWereLast = false
    const { operation, done } = this.#upkeep.shift()!
    return { operation, done: [done] }
  }

  /** What an older state has yet to write would only get in the way of the newer one. */
  #dropUpkeepThrough(index: number): void {
    const kept = this.#upkeep.filter(({ operation }) => {
      if (operation.kind === 'snapshot-discard') return true
      const { index: at } =
        operation.kind === 'snapshot-complete' ? operation.snapshot.meta : operation
      return at > index
    })
    this.#upkeep.splice(0, this.#upkeep.length, ...kept)
  }

  #tell({ record, done }: WaitingAppend): () => void {
    return () => {
      if (record !== null) this.#output.appended(record)
      done?.()
    }
  }

  #tellDurable(): () => void {
    const [hardState, lastIndex] = [this.#hardState, this.#lastIndex]
    return () => this.#output.durable(hardState, lastIndex)
  }
}

/** The later entries replace everything from the index of the first of them on. */
function merge(earlier: Entry[], later: readonly Entry[]): Entry[] {
  const first = later[0]
  if (first === undefined) return earlier
  while (earlier.length > 0 && earlier[earlier.length - 1]!.index >= first.index) earlier.pop()
  for (const entry of later) earlier.push(entry)
  return earlier
}

/** The node applies nothing while more events than this wait. */
export const eventsWaitingMax = 16_384
/** Nor while they wait of entries of more bytes: what an entry brings, its events may hold. */
export const eventsBytesMax = 64 * 1024 * 1024
/**
 * Most events in one storage operation; those of one entry stay together. Appends wait for it, and
 * an event takes Postgres 40 to 100 microseconds: so it is small, unless more come in than go out.
 */
const batchEventsMax = 1024
const calmBatchEvents = 128
/** Of those that wait, the share that goes at once when that is more. */
const batchShare = 1 / 8

export interface EventBatch {
  /** All events of entries up to this index are in this batch or earlier ones. */
  readonly through: number
  readonly events: readonly ProjectedEvent[]
  readonly done: () => void
}

/**
 * Events of applied entries on their way into the projection (design §4): collected in order and
 * written a batch at a time. None is ever dropped; the node stops applying while more than
 * `eventsWaitingMax` wait (bug L16 is about the log, this one about memory).
 */
class EventQueue {
  #batches: EventBatch[] = []
  #count = 0

  /** Batches count as one event at least: an empty one still moves the cursor. */
  get count(): number {
    return this.#count
  }

  add(batch: EventBatch): void {
    this.#batches.push(batch)
    this.#count += Math.max(1, batch.events.length)
  }

  /** The oldest batches as one. Only when `count` > 0. */
  take(): EventBatch {
    const events: ProjectedEvent[] = []
    const most = Math.min(batchEventsMax, Math.max(calmBatchEvents, this.#count * batchShare))
    let end = 0
    while (end < this.#batches.length) {
      const { events: more } = this.#batches[end]!
      if (end > 0 && events.length + more.length > most) break
      for (const event of more) events.push(event)
      this.#count -= Math.max(1, more.length)
      end += 1
    }
    const taken = this.#batches.splice(0, end)
    const done = () => {
      for (const batch of taken) batch.done()
    }
    return { through: taken[taken.length - 1]!.through, events, done }
  }
}
