/**
 * What the cluster has committed, as it is learned from whichever replica applies it first: every
 * table by generation, and how far each namespace is disseminated. Checks that replicas agree and
 * that no generation goes back.
 */
import type { PlacementState } from '../../../src/fsm/placement-state.js'
import type { Table } from '../../../src/table/table.js'
import { fail } from '../kernel/invariant-failure.js'
import type { ClusterReplica } from './replica.js'

interface Progress {
  appliedIndex: number
  readonly newest: Map<string, number>
  readonly disseminated: Map<string, number>
}

export class Committed {
  readonly #tables = new Map<string, Map<number, Table>>()
  readonly #disseminated = new Map<string, number>()
  /** By replica and life. */
  readonly #progress = new Map<ClusterReplica, { readonly life: number; readonly of: Progress }>()

  table(namespace: string, generation: number): Table | undefined {
    return this.#tables.get(namespace)?.get(generation)
  }

  /** The last generation that any replica knows as disseminated. */
  disseminated(namespace: string): number {
    return this.#disseminated.get(namespace) ?? 0
  }

  /** After every event at a replica. */
  look(replica: ClusterReplica): void {
    const state = replica.machine?.state
    if (state === undefined || state.origin === null) return
    const progress = this.#progressOf(replica)
    if (state.appliedIndex === progress.appliedIndex) return
    progress.appliedIndex = state.appliedIndex
    this.#take(replica, state, progress)
  }

  #take({ id }: ClusterReplica, state: PlacementState, progress: Progress): void {
    // Those that are gone too: nobody may see a lower generation of them.
    const there = [...state.namespaces()].map(({ name }) => name)
    for (const name of new Set([...there, ...this.#tables.keys()])) {
      const namespace = state.namespaceOrEmpty(name)
      const { newest, disseminated } = namespace
      rise(`replica ${id}: newest of ${name}`, progress.newest, name, newest)
      rise(`replica ${id}: disseminated of ${name}`, progress.disseminated, name, disseminated)
      let tables = this.#tables.get(name)
      if (tables === undefined) {
        tables = new Map()
        this.#tables.set(name, tables)
      }
      const known = this.#disseminated.get(name) ?? 0
      this.#disseminated.set(name, Math.max(known, disseminated))
      for (let generation = newest; generation >= disseminated; generation -= 1) {
        const table = namespace.tableAt(generation)
        if (table === undefined) throw new Error(`no table ${generation} at replica ${id}`)
        const before = tables.get(generation)
        if (before === undefined) tables.set(generation, table)
        else if (before.digest !== table.digest) {
          fail('replicas agree', `generation ${generation} of ${name} is another at replica ${id}`)
        }
      }
    }
  }

  #progressOf(replica: ClusterReplica): Progress {
    const { life } = replica.process
    const known = this.#progress.get(replica)
    if (known?.life === life) return known.of
    const of: Progress = { appliedIndex: 0, newest: new Map(), disseminated: new Map() }
    this.#progress.set(replica, { life, of })
    return of
  }
}

function rise(what: string, known: Map<string, number>, name: string, now: number): void {
  const before = known.get(name) ?? 0
  if (now < before) fail('generations rise', `${what} goes from ${before} to ${now}`)
  known.set(name, now)
}
