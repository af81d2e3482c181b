/**
 * Tables of past generations, rebuilt from the event stream by taking events back, newest first,
 * from a table that is known. Rebuilt ones are remembered, so that whoever steps through history
 * reads each event once. Rebuilding is done one at a time: it is for people, not for hosts.
 */
import { BerthError } from '../errors/berth-error.js'
import type { NamespaceState } from '../fsm/namespace-state.js'
import { pastTable } from '../fsm/past-table.js'
import { type GenerationDetail, generationKinds } from '../fsm/placement-event.js'
import type { ProjectedEvent } from '../raft/node/disk/storage.js'
import type { Table } from '../table/table.js'
import type { ReplicaPort } from './replica-port.js'
import { namespaceOf, originOf, type View } from './view.js'

export interface PastTableLimits {
  /** Events that are read at once. */
  readonly pageEvents: number
  /** Events that one rebuild reads; beyond it `too_far_back`. */
  readonly eventsMax: number
  /** Rebuilds that wait; beyond it `overloaded`. */
  readonly waitingMax: number
  /** Rebuilt tables that are remembered; the one not used for longest goes. */
  readonly rememberedMax: number
}

export const defaultPastTableLimits: PastTableLimits = {
  pageEvents: 1_000,
  eventsMax: 200_000,
  waitingMax: 16,
  rememberedMax: 32,
}

const tableKinds: ReadonlySet<string> = new Set(generationKinds)

/** A table, and a log index such that only events above it are younger than the table. */
interface Known {
  readonly table: Table
  readonly throughIndex: number
}

export class PastTables {
  readonly #port: Pick<ReplicaPort, 'events'>
  readonly #limits: PastTableLimits
  /** By lineage and namespace, then by generation. */
  readonly #remembered = new Map<string, Known>()
  #running: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(port: Pick<ReplicaPort, 'events'>, limits: PastTableLimits = defaultPastTableLimits) {
    this.#port = port
    this.#limits = limits
  }

  /**
   * The table of a generation up to the newest.
   *
   * @throws BerthError `not_found` above the newest, `compacted` when its events are gone,
   *   `too_far_back`, `overloaded`, and what `events` throws
   */
  async at(view: View, name: string, generation: number): Promise<Table> {
    const namespace = namespaceOf(view, name)
    if (generation > namespace.newest) {
      const detail = `Generation ${generation} is not there yet: the newest is ${namespace.newest}.`
      throw new BerthError('not_found', detail)
    }
    const table = namespace.tableAt(generation)
    if (table !== undefined) return table
    const history = `${originOf(view).lineage} ${name}`
    const { appliedIndex } = view
    return this.#alone(() => this.#rebuild(history, namespace, generation, appliedIndex))
  }

  async #alone(rebuild: () => Promise<Table>): Promise<Table> {
    if (this.#waiting >= this.#limits.waitingMax) {
      throw new BerthError('overloaded', 'Too many past tables are being rebuilt: try again soon.')
    }
    this.#waiting += 1
    const result = this.#running.then(rebuild, rebuild)
    this.#running = result
    try {
      return await result
    } finally {
      this.#waiting -= 1
    }
  }

  async #rebuild(
    history: string,
    namespace: NamespaceState,
    generation: number,
    appliedIndex: number,
  ): Promise<Table> {
    const start = this.#nearest(history, generation) ?? {
      table: namespace.table,
      throughIndex: appliedIndex,
    }
    let known: Known = start
    let pending: readonly ProjectedEvent[] = []
    /** Where lives of the namespace ended: the last generation of one may be on a later page. */
    const ends: ProjectedEvent[] = []
    let after: { readonly index: number; readonly position: number } | null = null
    let read = 0
    let proof = start.table.generation === generation ? start.table.digest : undefined
    while (known.table.generation > generation || proof === undefined) {
      const { events, more } = await this.#port.events({
        order: 'newest',
        namespace: namespace.name,
        kind: null,
        member: null,
        fromIndex: null,
        toIndex: start.throughIndex,
        after,
        limit: this.#limits.pageEvents,
        projectedThrough: appliedIndex,
      })
      read += events.length
      if (read > this.#limits.eventsMax) throw tooFarBack(this.#limits.eventsMax)
      const last = events.at(-1)
      const all = [...pending, ...events]
      // The last entry of a page may go on in the next: it waits for the rest of it.
      const cut = more && last !== undefined ? last.index : -1
      pending = all.filter(({ index }) => index <= cut)
      const whole = all.filter(({ index }) => index > cut)
      known = takeBack(known, [...ends, ...whole], generation)
      ends.push(...whole.filter(({ kind }) => kind === 'dropped'))
      proof ??= digestOf(generation, events)
      if (!more || last === undefined) break
      after = { index: last.index, position: last.position }
    }
    const { table } = known
    if (table.generation > generation) throw gone(generation, table.generation)
    if (proof !== undefined && proof !== table.digest) throw damaged(table, proof)
    this.#remember(history, known)
    return table
  }

  /** The remembered table that is nearest above, or the wanted one itself. */
  #nearest(history: string, generation: number): Known | undefined {
    let nearest: Known | undefined
    for (const [key, known] of this.#remembered) {
      const { generation: at } = known.table
      if (!key.startsWith(`${history} `) || at < generation) continue
      if (nearest === undefined || at < nearest.table.generation) nearest = known
    }
    if (nearest !== undefined) this.#remember(history, nearest)
    return nearest
  }

  #remember(history: string, known: Known): void {
    const key = `${history} ${known.table.generation}`
    this.#remembered.delete(key)
    this.#remembered.set(key, known)
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > this.#limits.rememberedMax && oldest !== undefined) {
      this.#remembered.delete(oldest)
    }
  }
}

/**
 * The table before these events, but not below a generation. They are whole entries, newest first.
 * Those of that generation itself are not taken back: by them the end of a life is known.
 */
function takeBack(known: Known, events: readonly ProjectedEvent[], generation: number): Known {
  const { table } = known
  const between = events.filter(
    (event) =>
      event.generation !== null &&
      event.generation >= generation &&
      event.generation <= table.generation,
  )
  const changes = between.filter(({ kind }) => tableKinds.has(kind))
  const first = changes.at(-1)
  if (first === undefined) return known
  const before = Math.max(Number(first.generation) - 1, generation)
  const taken = changes.findLast((event) => Number(event.generation) > before)
  const throughIndex = taken === undefined ? known.throughIndex : taken.index - 1
  return { table: pastTable(table, before, between), throughIndex }
}

/** The digest that a generation's own events name; undefined when they are not among these. */
function digestOf(generation: number, events: readonly ProjectedEvent[]): string | undefined {
  const own = events.find((event) => tableKinds.has(event.kind) && event.generation === generation)
  return own === undefined ? undefined : (own.detail as GenerationDetail).digest
}

function damaged(table: Table, named: string): BerthError {
  const detail =
    `Generation ${table.generation} by the stored events has the digest ${table.digest}, ` +
    `they name ${named}: ask another replica.`
  return new BerthError('storage_damaged', detail)
}

function gone(generation: number, oldest: number): BerthError {
  const detail =
    `The events of generation ${generation} are not there any more; ` +
    `the oldest table that they still give is that of generation ${oldest}.`
  return new BerthError('compacted', detail)
}

function tooFarBack(events: number): BerthError {
  const detail = `More than ${events} events lie between: ask for a later generation first.`
  return new BerthError('too_far_back', detail)
}
