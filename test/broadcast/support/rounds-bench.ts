/**
 * The rounds of a namespace on a bench: the state behind them is the test's, and what they ask of
 * the leader is kept. Times: deadline 10 s, coalescing 50 ms, beacon 3 s.
 */
import type { Leases } from '../../../src/broadcast/round.js'
import { type NamespaceView, Rounds } from '../../../src/broadcast/rounds.js'
import type { Admission } from '../../../src/fsm/admission.js'
import type { Instant } from '../../../src/fsm/instant.js'
import { Budget } from '../../../src/jobs/job.js'
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

/** One admission, as the leader keeps it. */
export interface Account extends Admission {
  isListening: boolean
  isPastFence: boolean
  floor: number
}

/** Everybody listens and nobody is past its fence, unless the test says so. */
export class TestLeases implements Leases<Account> {
  readonly #accounts = new Map<string, Account>()

  of({ namespace, name, epoch }: Admission): Account {
    const key = `${name}#${epoch}`
    const known = this.#accounts.get(key)
    if (known !== undefined) return known
    const account = { namespace, name, epoch, isListening: true, isPastFence: false, floor: 0 }
    this.#accounts.set(key, account)
    return account
  }

  named(name: string, epoch: number): Account {
    return this.of({ namespace: 'default', name, epoch })
  }

  isPastFence({ isPastFence }: Account): boolean {
    return isPastFence
  }

  isListening({ isListening }: Account): boolean {
    return isListening
  }

  raiseFloor(account: Account, generation: number): void {
    account.floor = Math.max(account.floor, generation)
  }
}

export class RoundsBench {
  readonly context: TableContext
  readonly leases = new TestLeases()
  readonly rounds: Rounds<Account>
  readonly published: Order[] = []
  readonly direct: { readonly names: string[]; readonly kinds: string[] }[] = []
  /** Generations that were to be recorded. */
  readonly records: number[] = []
  readonly stragglers: string[][] = []
  readonly running: (number | null)[] = []
  nowMs = 1_000
  /** Whether hosts that come or go are on their way into the log. */
  moreComes = false
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
      this.leases,
      true,
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
      this.advance()
    }
  }

  /** The leader looks; what was left for later is done as well. */
  advance(): void {
    this.rounds.advance(this.now, this.moreComes)
    this.#carryOut()
  }

  /** A change was applied. */
  change(table: Table): void {
    this.newest = table
    this.advance()
  }

  acknowledge(name: string, epoch: number, generation = this.newest.generation, term = 4): void {
    this.rounds.acknowledge(this.leases.named(name, epoch), term, generation, this.now)
    this.#carryOut()
  }

  /** It is past its fence. */
  fence(name: string, epoch: number): void {
    const account = this.leases.named(name, epoch)
    account.isPastFence = true
    this.rounds.pastFence(account, this.now)
    this.#carryOut()
  }

  /** NATS does not reach it any more. */
  deafen(name: string, epoch: number): void {
    const account = this.leases.named(name, epoch)
    account.isListening = false
    this.rounds.unreached(account, this.now)
    this.#carryOut()
  }

  /** The record of the running round was applied. */
  recorded(): void {
    this.disseminated = this.rounds.round!.span.to
    this.advance()
  }

  /** Orders over NATS go out, or do not. */
  setNats(isUp: boolean): void {
    this.rounds.natsChanged(isUp)
    this.advance()
  }

  #carryOut(): void {
    while (this.rounds.hasWork) this.rounds.work(new Budget(10), this.now)
    for (const effect of this.rounds.takeEffects()) {
      switch (effect.kind) {
        case 'publish':
          this.published.push(effect.order)
          break
        case 'send-directly': {
          const names = effect.leases.map(({ name }) => name)
          this.direct.push({ names, kinds: effect.orders.map(({ kind }) => kind) })
          break
        }
        case 'record':
          this.records.push(effect.generation)
          break
        case 'remove-stragglers':
          this.stragglers.push(effect.leases.map(({ name }) => name))
          break
        case 'running':
          this.running.push(effect.to)
          break
        default:
          effect satisfies never
      }
    }
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
