/**
 * The smallest honest host of a core: a disk in memory that loses in a crash what was not written,
 * a state machine that remembers what it applied, and queues in between that the test moves on
 * step by step or lets run. It does the duties of docs/raft.md in their order.
 */
import {
  type AppendRecord,
  type Configuration,
  type Entry,
  emptyConfiguration,
  type Message,
  type Output,
  Raft,
  type RaftOptions,
  type ReadState,
  type RestoredState,
  type SnapshotMeta,
  type Standing,
} from '../../../src/raft/core/index.js'

/** What a state machine that only remembers has come to: equal digests mean equal histories. */
export interface MachineState {
  readonly index: number
  readonly digest: number
  readonly commands: number
}

/** The data of snapshots, which replicas stream to one another: by `index:term`. */
export type SnapshotStore = Map<string, MachineState>

/** What survives a crash. */
export type Disk = Omit<RestoredState, 'applied' | 'configuration'>

export const emptyDisk: Disk = {
  hardState: { term: 0, vote: 0, commit: 0 },
  entries: [],
  compacted: { index: 0, term: 0 },
  snapshot: null,
}

const emptyMachine: MachineState = { index: 0, digest: 0, commands: 0 }

export type ReplicaOptions = Omit<RaftOptions, 'session'>

export class TestReplica {
  readonly options: ReplicaOptions
  /** The configuration of an empty disk. */
  readonly initial: Configuration
  readonly snapshots: SnapshotStore
  raft: Raft
  disk: Disk
  machine = emptyMachine
  /** Handed out and not written. */
  appends: AppendRecord[] = []
  /** Handed out and not applied. */
  unapplied: Entry[] = []
  /** On the way out, for the test to deliver. */
  outgoing: Message[] = []
  reads: ReadState[] = []
  abandonedReads: number[] = []
  standing: Standing | null = null
  confirmedRound = 0
  /** Called for every entry that is applied. */
  onApply: (entry: Entry) => void = () => {}
  /** Called for every output. */
  onOutput: (output: Output) => void = () => {}
  #sessions = 0

  constructor(
    options: ReplicaOptions,
    initial: Configuration = emptyConfiguration,
    snapshots: SnapshotStore = new Map(),
    disk: Disk = emptyDisk,
  ) {
    this.options = options
    this.initial = initial
    this.snapshots = snapshots
    this.disk = disk
    this.raft = this.#start()
  }

  get id(): number {
    return this.options.id
  }

  #start(): Raft {
    const { disk, initial } = this
    const { snapshot } = disk
    this.#sessions += 1
    this.machine = snapshot === null ? emptyMachine : this.#dataOf(snapshot)
    return new Raft(
      { ...this.options, session: this.#sessions },
      {
        ...disk,
        applied: snapshot?.index ?? 0,
        configuration: snapshot?.configuration ?? initial,
      },
    )
  }

  #dataOf(snapshot: SnapshotMeta): MachineState {
    const data = this.snapshots.get(`${snapshot.index}:${snapshot.term}`)
    if (data === undefined) throw new Error(`no snapshot at ${snapshot.index}`)
    return data
  }

  /** Takes one output apart. Returns it. */
  takeOutput(): Output {
    const output = this.raft.takeOutput()
    this.outgoing.push(...output.messages)
    if (output.append !== null) this.appends.push(output.append)
    this.unapplied.push(...output.committed)
    this.reads.push(...output.reads)
    this.abandonedReads.push(...output.abandonedReads)
    if (output.standing !== null) this.standing = output.standing
    if (output.confirmedRound > 0) this.confirmedRound = output.confirmedRound
    this.onOutput(output)
    return output
  }

  /** Takes outputs until there are no more. Returns whether there were any. */
  drain(): boolean {
    let some = false
    while (this.raft.hasOutput) {
      this.takeOutput()
      some = true
    }
    return some
  }

  /** Writes the oldest append and reports it. Returns false if there is none. */
  writeOne(): boolean {
    const record = this.appends.shift()
    if (record === undefined) return false
    this.disk = written(this.disk, record)
    if (record.snapshot !== null) {
      this.unapplied = []
      this.machine = this.#dataOf(record.snapshot)
    }
    this.raft.appended(record.token)
    return true
  }

  /** Applies the oldest entry and reports it. Returns false if there is none. */
  applyOne(): boolean {
    const entry = this.unapplied.shift()
    if (entry === undefined) return false
    if (entry.index !== this.machine.index + 1) {
      throw new Error(`${this.id} was to apply ${entry.index} after ${this.machine.index}`)
    }
    this.machine = after(this.machine, entry)
    this.onApply(entry)
    this.raft.applied(entry.index)
    return true
  }

  /** Lets disk and state machine run until nothing is left to do here. */
  settle(): boolean {
    let some = false
    while (this.drain() || this.writeOne() || this.applyOne()) some = true
    return some
  }

  /**
   * Makes a snapshot of what is applied and drops the log up to `keep` entries before it. null if
   * there is nothing new to make one of.
   */
  takeSnapshot(keep = 0): SnapshotMeta | null {
    const meta = this.raft.nameSnapshot()
    if (meta === null || meta.index <= (this.disk.snapshot?.index ?? 0)) return null
    this.snapshots.set(`${meta.index}:${meta.term}`, this.machine)
    this.disk = { ...this.disk, snapshot: meta }
    this.raft.snapshotTaken(meta)
    const compacted = this.raft.compact(meta.index - keep)
    const entries = this.disk.entries.filter(({ index }) => index > compacted.index)
    this.disk = { ...this.disk, compacted, entries }
    return meta
  }

  /** Loses all that was not written, and starts again from the disk. */
  crash(): void {
    this.appends = []
    this.unapplied = []
    this.outgoing = []
    this.reads = []
    this.abandonedReads = []
    this.standing = null
    this.confirmedRound = 0
    this.raft = this.#start()
  }
}

/** The disk after an append record: all of it at once. */
export function written(disk: Disk, record: AppendRecord): Disk {
  const hardState = record.hardState ?? disk.hardState
  const { snapshot, entries } = record
  if (snapshot !== null) {
    const compacted = { index: snapshot.index, term: snapshot.term }
    return { hardState, entries: [], compacted, snapshot }
  }
  const from = entries[0]?.index ?? Number.POSITIVE_INFINITY
  const kept = disk.entries.filter(({ index }) => index < from)
  return { ...disk, hardState, entries: [...kept, ...entries] }
}

function after(state: MachineState, entry: Entry): MachineState {
  let digest = (Math.imul(state.digest, 31) + entry.index * 7 + entry.term) | 0
  for (const byte of entry.data) digest = (Math.imul(digest, 33) + byte) | 0
  const commands = state.commands + (entry.kind === 'command' ? 1 : 0)
  return { index: entry.index, digest, commands }
}
