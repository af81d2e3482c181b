/**
 * The machine of a sidecar: messages of replicas, orders over NATS, time, and what its host has
 * finished, in any order. It never throws, says nothing that is not in asyncapi.yaml (its bench
 * refuses that), and owns nothing without a lease.
 */

import type { SidecarMachine } from '../../../src/sidecar/machine.js'
import type { Table } from '../../../src/table/table.js'
import { difference, whole } from '../../../src/table/table-change.js'
import type { Order, ReplicaMessage, TableAnswer } from '../../../src/wire/messages.js'
import { createChecks } from '../../../src/wire/validate.js'
import {
  type AskedToStop,
  Bench,
  epochs,
  keyOf,
  lineage,
  otherLineage,
  replicaKey,
  times,
} from '../../sidecar/support/bench.js'
import type { Random } from '../../simulation/kernel/random.js'
import { asyncapi } from '../generator/documents.js'
import { withFault } from '../generator/faults.js'
import { Values } from '../generator/values.js'
import { type Judge, refused, type Trial } from './trial.js'

const inputsPerCase = 80
const replicaKinds = [
  ...['Welcome', 'Welcome', 'Waiting', 'Answer', 'Answer', 'Refused', 'Fence', 'Left', 'Leader'],
  ...['RegistryChanged', 'TableAnswer', 'GoElsewhere', 'Failure'],
  ...['Lock', 'Update', 'Unlock', 'Beacon'],
]
const actors = Array.from({ length: 12 }, (_, i) => `id-${i}`)

export async function sidecarTrials(): Promise<Trial[]> {
  const checks = createChecks()
  const tree = asyncapi()
  return [
    {
      name: 'the machine of a sidecar',
      run: async (random, judge) => {
        const draws = () => random.next()
        const bench = random.chance(0.8) ? await Bench.host({}, draws) : await Bench.observer()
        return new Adversary(bench, checks, tree, random, judge).run()
      },
    },
  ]
}

class Adversary {
  readonly #bench: Bench
  readonly #checks: ReturnType<typeof createChecks>
  readonly #values: Values
  readonly #random: Random
  readonly #judge: Judge
  readonly #tables: readonly Table[]
  #fences = 0
  /** Since a final fence and until the host has stopped. */
  /** Fences that the host has not obeyed yet. */
  #stopping: AskedToStop[] = []

  constructor(
    bench: Bench,
    checks: ReturnType<typeof createChecks>,
    tree: ConstructorParameters<typeof Values>[0],
    random: Random,
    judge: Judge,
  ) {
    this.#bench = bench
    this.#checks = checks
    this.#random = random
    this.#judge = judge
    const later = bench.withD.edit({ generation: 12, upserts: [], removes: ['b:1'] })
    this.#tables = [bench.base, bench.withoutC, bench.withD, later]
    this.#values = new Values(tree, (name, from) => this.#known(name, from))
  }

  run(): number {
    for (let i = 0; i < inputsPerCase; i += 1) {
      const act = this.#random.pick(this.#inputs)
      this.#judge.attempt('an input', null, [], () => act())
      this.#look()
    }
    return inputsPerCase
  }

  /** Often what happens often. */
  readonly #inputs: readonly (() => void)[] = [
    ...Array(6).fill(() => this.#say()),
    ...Array(4).fill(() => this.#nats()),
    ...Array(3).fill(() => this.#bench.pass(this.#random.pick([1, 50, 1_000, 3_000, 9_000]))),
    () => this.#bench.open(),
    () => this.#bench.open(),
    () => this.#serve(),
    () => this.#answer(),
    () => this.#answer(),
    () => this.#host(),
    () => this.#host(),
    () => this.#rare(),
  ]

  #message(component: string): unknown {
    const random = this.#random
    const schema = { $ref: `#/components/schemas/${component}` }
    const right = this.#values.valid(schema, random)
    return random.chance(0.85) ? right : withFault(right, schema, this.#values.schemas, random)
  }

  /** What does not fit asyncapi.yaml gets no further than the check. */
  #checked<T>(value: unknown, check: (value: unknown) => T): T | null {
    const checked = this.#judge.attempt('a message', value, ['invalid_message'], () => check(value))
    return checked === refused ? null : checked
  }

  #say(): void {
    const message = this.#checked<ReplicaMessage>(
      this.#message(this.#random.pick(replicaKinds)),
      this.#checks.replicaMessage,
    )
    if (message !== null) this.#bench.say(message)
  }

  #nats(): void {
    const random = this.#random
    const bench = this.#bench
    const key = random.pick([1, 2, 3, 4, replicaKey])
    if (random.chance(0.2)) bench.pulse(random.between(0, 4), key)
    else if (random.chance(0.3)) {
      const answer = this.#checked<TableAnswer>(
        this.#message('TableAnswer'),
        this.#checks.tableAnswer,
      )
      if (answer !== null) bench.give(answer, random.between(0, 2), random.pick([replicaKey, key]))
    } else {
      const kind = random.pick(['Lock', 'Update', 'Update', 'Unlock', 'Beacon'])
      const order = this.#checked<Order>(this.#message(kind), this.#checks.order)
      if (order !== null) bench.forge(order, random.chance(0.6) ? order.term % 256 : key)
    }
  }

  #serve(): void {
    const { machine } = this.#bench
    this.#bench.open()
    const welcome = this.#bench.welcome({ term: this.#random.between(1, 4) })
    if (machine.phase !== 'left') this.#bench.say(welcome)
    this.#answer()
  }

  #answer(): void {
    const { heartbeats } = this.#bench
    if (heartbeats.length > 0) {
      this.#bench.answer(this.#random.pick(heartbeats).number, this.#random.pick(this.#tables))
    }
  }

  #host(): void {
    const { releases } = this.#bench
    if (this.#stopping.length > 0 && this.#random.chance(0.6)) {
      const order = this.#random.pick(this.#stopping)
      this.#stopping = this.#stopping.filter((each) => each !== order)
      if (this.#random.chance(0.98)) this.#bench.stopped(order)
      else {
        const why = 'it cannot stop'
        this.#bench.tell((machine) => machine.failedToStop(order.fence, why, this.#bench.now))
      }
    } else if (releases.length > 0) this.#bench.letGo(this.#random.below(releases.length))
  }

  #rare(): void {
    const random = this.#random
    const { now } = this.#bench
    const tell = (act: (machine: SidecarMachine) => void) => this.#bench.tell(act)
    switch (random.below(12)) {
      case 0:
        tell((machine) => machine.leave(now))
        break
      case 1:
        if (random.chance(0.2)) tell((machine) => machine.bye())
        break
      case 2:
        // The machine sleeps.
        this.#bench.sleptMs += random.between(0, 9_000)
        break
      case 3:
      case 4:
        tell((machine) => machine.natsChanged(random.chance(0.7), now))
        break
      default: {
        const code = random.pick([undefined, 1000, 1006, 4429, 4503, 4400])
        tell((machine) => machine.closed(now, code))
      }
    }
  }

  #look(): void {
    const { machine, now, fences } = this.#bench
    const state = this.#judge.attempt('its state', null, [], () => machine.state(now))
    if (state === refused) return
    for (; this.#fences < fences.length; this.#fences += 1) {
      this.#stopping.push(fences[this.#fences]!)
    }
    for (const id of actors) this.#lookAt(id, state.leaseLeftMs)
  }

  #lookAt(id: string, leaseLeftMs: number): void {
    const { machine, now } = this.#bench
    const owns = machine.owns('Order', id, now)
    const lookup = machine.lookup('Order', id, now)
    if (!owns) return
    if (leaseLeftMs <= 0) this.#judge.finding(`it owns ${id} without a lease`)
    const isStopping = this.#stopping.some(({ keys }) => keys.has('Order', id))
    if (isStopping) this.#judge.finding(`it owns ${id} while its host stops it`)
    if (machine.token('Order', id, now) === null) this.#judge.finding(`${id} has no token`)
    const isSelf = lookup.kind === 'owner' && lookup.member.name === 'a:1'
    if (!isSelf && lookup.kind !== 'unknown') {
      this.#judge.finding(`it owns ${id}, and says ${lookup.kind}`)
    }
  }

  #known(name: string, random: Random): unknown {
    const table = random.pick(this.#tables)
    switch (name) {
      case 'Lineage':
      case 'lineage':
        return random.chance(0.97) ? lineage : otherLineage
      case 'Namespace':
        return 'default'
      case 'Term':
      case 'term':
        return random.between(0, 4)
      case 'Generation':
        return table.generation
      case 'Digest':
        return table.digest
      case 'Held': {
        const { generation, digest } = table
        return { generation, digest }
      }
      case 'Epoch':
        return random.pick([epochs.a, epochs.a, 0, 11])
      case 'PublicKey':
        return keyOf(random.pick([1, 2, 3, replicaKey]))
      case 'Times':
        return times
      case 'TableChange': {
        const from = random.pick(this.#tables)
        return random.chance(0.3) ? whole(table) : difference(from, table)
      }
      case 'part':
      case 'parts':
        return 1
      default:
        return undefined
    }
  }
}
