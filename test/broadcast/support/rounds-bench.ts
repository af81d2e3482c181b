/**
 * The rounds of a namespace on a bench: the state behind them is the test's, and what they ask of
 * the leader is kept. Times: deadline 10 s, coalescing 50 ms, beacon 3 s.
 */
import type { Fences } from '../../../src/broadcast/round.js'
import { type NamespaceView, Rounds } from '../../../src/broadcast/rounds.js'
import type { Admission } from '../../../src/fsm/admission.js'
import type { Instant } from '../../../src/fsm/instant.js'
import type { Table } from '../../../src/table/table.js'
import type { TableContext } from '../../../src/table/table-context.js'
import type { Order } from '../../../src/wire/messages.js'
import { member, tableOf, typeSet } from '../../table/tables.js'

export const orders = typeSet(1, 'Order')
export const lineage = '00000000-0000-4000-8000-00000000000a'
export const identity = { namespace: 'default', lineage, term: 4 } as const
export const times = { roundDeadlineMs: 10_000, coalesceMs: 50, beaconMs: 3_000 } as const

type Hosts = readonly (readonly [name: string, epoch: number])[]

export function tableWith(context: TableContext, generation: number, ...hosts: Hosts): Table {
  return tableOf(
    context,
    generation,
    hosts.map(([name, epoch]) => member(name, epoch, orders)),
  )
}

/** What is known of fences: nobody is past it unless the test says so. */
export class TestFences implements Fences {
  readonly past = new Set<string>()
  readonly floors: (readonly [name: string, generation: number])[] = []

  isPastFence({ name, epoch }: Admission): boolean {
    return this.past.has(`${name}#${epoch}`)
  }

  raiseFloor({ name, epoch }: Admission, generation: number): void {
    this.floors.push([`${name}#${epoch}`, generation])
  }
}

export class RoundsBench {
  readonly context: TableContext
  readonly fences = new TestFences()
  readonly rounds: Rounds
  readonly published: Order[] = []
  readonly direct: { readonly names: string[]; readonly kinds: string[] }[] = []
  /** Generations that were to be recorded, and how to say that it failed. */
  readonly records: { readonly generation: number; readonly failed: () => void }[] = []
  readonly stragglers: string[][] = []
  readonly running: (number | null)[] = []
  /** Hosts that NATS does not reach. */
  readonly deaf = new Set<string>()
  nowMs = 1_000
  disseminated: Table
  newest: Table

  constructor(context: TableContext, table: Table) {
    this.context = context
    this.disseminated = table
    this.newest = table
    this.rounds = new Rounds(
      identity,
      () => this.#view(),
      () => times,
      this.fences,
      {
        publish: (order) => this.published.push(order),
        sendDirectly: (admissions, sent) => {
          const names = admissions.map(({ name }) => name)
          this.direct.push({ names, kinds: sent.map(({ kind }) => kind) })
        },
        isListening: ({ name }) => !this.deaf.has(name),
        record: (generation, _now, failed) => this.records.push({ generation, failed }),
        removeStragglers: (admissions) => this.stragglers.push(admissions.map(({ name }) => name)),
        running: (to) => this.running.push(to),
      },
    )
  }

  get now(): Instant {
    return { monotonicMs: this.nowMs, wallMs: this.nowMs }
  }

  /** Kinds of what was published, beacons left out. */
  get kinds(): string[] {
    return this.published.map(({ kind }) => kind).filter((kind) => kind !== 'beacon')
  }

  /** Lets time pass as the leader does: it looks every 10 ms. */
  pass(ms: number): void {
    const endMs = this.nowMs + ms
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + 10)
      this.rounds.advance(this.now)
    }
  }

  /** A change was applied. */
  change(table: Table): void {
    this.newest = table
    this.rounds.advance(this.now)
  }

  acknowledge(name: string, epoch: number, generation = this.newest.generation, term = 4): void {
    const admission = { namespace: 'default', name, epoch }
    this.rounds.acknowledge(admission, term, generation, this.now)
  }

  /** The record of the running round was applied. */
  recorded(): void {
    this.disseminated = this.rounds.round!.span.to
    this.rounds.advance(this.now)
  }

  #view(): NamespaceView {
    return {
      newest: this.newest.generation,
      disseminated: this.disseminated.generation,
      table: this.disseminated,
      newestTable: this.newest,
    }
  }
}
