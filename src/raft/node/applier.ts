/**
 * Takes committed entries through the state machine, a slice at a time, so that a long replay never
 * keeps heartbeats or other input waiting (bug L16). A membership change becomes active in the core
 * exactly where it stands among the others.
 *
 * Invariants: entries are applied in order, each once; after each of them everybody who waits for
 * it is told before the next one changes the state.
 */
import type { Budget } from '../../jobs/job.js'
import { Queue } from '../../jobs/queue.js'
import type { Entry, ReplicaId } from '../core/entry.js'
import type { Raft } from '../core/raft.js'
import { Roster } from './identity/roster.js'
import type { StateMachine } from './node-ports.js'

/** What an entry costs a slice, as measured with upserts of 1 to 512 hosts: it, and its bytes. */
const unitsPerEntry = 50
const bytesPerUnit = 4

function entryUnits({ data }: Entry): number {
  return unitsPerEntry + data.length / bytesPerUnit
}

export interface ApplierPorts<R> {
  /** An entry was applied. */
  applied(entry: Entry, result: R): void
  /** A configuration entry was applied; it removed these replicas for good. */
  membersChanged(removed: readonly ReplicaId[]): void
}

export class Applier<R> {
  readonly #machine: StateMachine<R>
  readonly #ports: ApplierPorts<R>
  /** What the core has handed out: as much as its `applyBytesMax` allows. */
  readonly #entries = new Queue<Entry>()
  #appliedIndex = 0
  #roster = new Roster()

  constructor(machine: StateMachine<R>, ports: ApplierPorts<R>) {
    this.#machine = machine
    this.#ports = ports
  }

  /** The state machine has applied everything up to here. */
  get appliedIndex(): number {
    return this.#appliedIndex
  }

  /** As of `appliedIndex`. */
  get roster(): Roster {
    return this.#roster
  }

  /** Entries that wait to be applied. */
  get waiting(): number {
    return this.#entries.size
  }

  add(entries: readonly Entry[]): void {
    for (const entry of entries) this.#entries.push(entry)
  }

  /** Applies as many entries as the budget allows, one at least, and tells the core. */
  slice(core: Raft, budget: Budget): void {
    let last = 0
    while (last === 0 || !budget.isSpent) {
      const entry = this.#entries.shift()
      if (entry === undefined) break
      last = entry.index
      budget.spend(entryUnits(entry))
      this.#apply(core, entry)
    }
    if (last > 0) core.applied(last)
  }

  /** The state is one of a snapshot from now on; what waited is in it. */
  restored(index: number, roster: Roster): void {
    this.dropWaiting()
    this.#appliedIndex = index
    this.#roster = roster
  }

  /** A snapshot is about to take the place of the state. */
  dropWaiting(): void {
    this.#entries.clear()
  }

  #apply(core: Raft, entry: Entry): void {
    const result = this.#machine.apply(entry)
    this.#appliedIndex = entry.index
    if (entry.kind === 'configuration') {
      const before = core.configuration
      core.applied(entry.index)
      this.#ports.membersChanged(this.#roster.applied(entry, before, core.configuration))
    }
    this.#ports.applied(entry, result)
  }
}
