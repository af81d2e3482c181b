/** Brings the faults of a plan: when, to whom, for how long. `heal` ends them all. */
import { eventKind } from '../kernel/event-kinds.js'
import { drawPartition } from '../kernel/network.js'
import type { Random } from '../kernel/random.js'
import type { Fault } from './fault-table.js'
import { leaderId, type SimHost } from './host.js'
import { keysOf } from './sidecar.js'
import type { World } from './world.js'

const second = 1_000_000

type Strike = (world: World, random: Random, nemesis: Nemesis) => void

export class Nemesis {
  readonly #world: World
  #isOver = false
  readonly #ends = new Set<() => void>()

  constructor(world: World) {
    this.#world = world
  }

  start(): void {
    const { plan } = this.#world
    for (const [name, strike] of Object.entries(strikes)) {
      const rate = plan.intensity[name as Fault]
      if (rate > 0) this.#repeat(rate, this.#world.random(`fault ${name}`), strike)
    }
  }

  /** Ends after a while, or when all is healed. */
  lasting(meanUs: number, random: Random, end: () => void): void {
    const finish = () => {
      if (this.#ends.delete(finish)) end()
    }
    this.#ends.add(finish)
    this.#world.schedule.after(random.exponential(meanUs), eventKind.over, 0, finish)
  }

  heal(): void {
    this.#isOver = true
    for (const end of [...this.#ends]) end()
    const { hosts, network, chances } = this.#world
    network.calm()
    Object.assign(chances, { broken: 0, lostNews: 0 })
    for (const host of hosts) {
      const calm = { callMeanMs: 3, nestedChance: 0, releaseMeanMs: 3, stuckChance: 0 }
      Object.assign(host.application.pace, calm)
      host.process.resume()
      host.start()
      host.application.heal()
    }
  }

  #repeat(rate: number, random: Random, strike: Strike): void {
    const { schedule } = this.#world
    schedule.after(random.exponential(second / rate), eventKind.fault, 0, () => {
      if (this.#isOver) return
      strike(this.#world, random, this)
      this.#repeat(rate, random, strike)
    })
  }
}

function anyHost(world: World, random: Random): SimHost {
  return random.pick(world.hosts)
}

const strikes: Partial<Record<Fault, Strike>> = {
  move: (world, random) => world.placement.move(random.between(1, 3)),
  hostCrash: (world, random, nemesis) => {
    const host = anyHost(world, random)
    host.crash()
    nemesis.lasting(0.7 * second, random, () => host.start())
  },
  hostPause: (world, random, nemesis) => {
    const host = anyHost(world, random)
    host.pause()
    nemesis.lasting(0.5 * second, random, () => host.process.resume())
  },
  partition: (world, random, nemesis) => {
    const machines = [leaderId, ...world.hosts.map(({ id }) => id)]
    nemesis.lasting(0.6 * second, random, world.network.cut(drawPartition(random, machines)))
  },
  applicationCrash: (world, random, nemesis) => {
    const { application } = anyHost(world, random)
    application.crash()
    nemesis.lasting(0.4 * second, random, () => {
      application.isUp = true
    })
  },
  burst: (world, random) => {
    const host = anyHost(world, random)
    const key = random.pick(world.keys)
    const count = random.between(5, 40)
    for (let i = 0; i < count; i += 1) world.callers.call(host, key)
  },
  grant: (world, random) => {
    const host = anyHost(world, random)
    if (!host.process.isPaused) host.ask(random.pick(world.keys))
  },
  stop: (world, random) => {
    const host = anyHost(world, random)
    const keys = random.shuffled(world.keys).slice(0, random.between(1, 4))
    if (!host.process.isPaused) host.stop(keysOf(keys))
  },
}
