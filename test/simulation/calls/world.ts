/** Some hosts, a placement that changes, and callers: what a seed has of each. */
import type { ActorKey } from '../../../src/calls/machine/ownership.js'
import type { CallSettings } from '../../../src/calls/machine/settings.js'
import { DriftingClock } from '../kernel/drifting-clock.js'
import { Network } from '../kernel/network.js'
import { Random } from '../kernel/random.js'
import { Schedule } from '../kernel/schedule.js'
import { SimProcess } from '../kernel/sim-process.js'
import { Book } from './book.js'
import { Callers } from './callers.js'
import type { CallFaultPlan } from './fault-table.js'
import { leaderId, SimHost } from './host.js'
import { Placement } from './placement.js'

const hostsFrom = 2

export class World {
  readonly seed: number
  readonly plan: CallFaultPlan
  readonly schedule = new Schedule()
  readonly network: Network
  readonly book = new Book()
  readonly keys: readonly ActorKey[]
  readonly settings: CallSettings
  readonly placement: Placement
  readonly hosts: SimHost[] = []
  readonly callers: Callers
  readonly chances: { broken: number; lostNews: number }

  constructor(seed: number, plan: CallFaultPlan) {
    this.seed = seed
    this.plan = plan
    const { intensity } = plan
    const { schedule, book } = this
    const random = this.random('world')
    const pace = { leastUs: 100, meanUs: 400, spikeChance: intensity.delay, spikeUs: 400_000 }
    this.network = new Network(this.random('network'), pace, () => undefined)
    this.chances = { broken: intensity.broken, lostNews: intensity.lostNews }
    const ids = ['a', 'b', 'c', 'd'].slice(0, random.between(2, 4))
    this.keys = ['Turn', 'Free'].flatMap((type) => ids.map((id) => ({ type, id })))
    this.settings = drawSettings(random)
    const news = this.random('news')
    this.placement = new Placement(this.keys, schedule, this.random('placement'), (what) => {
      for (const host of this.hosts) {
        const isLost = news.chance(this.chances.lostNews)
        const us = this.network.delayUs()
        if (isLost || this.network.isCut(leaderId, host.id)) continue
        schedule.after(us, 0, host.id, () => host.heard(what))
      }
    })
    this.#makeHosts(random.between(2, 5))
    const meanMs = random.pick([3, 10, 30])
    const callers = { meanMs, goneChance: intensity.gone }
    this.callers = new Callers(schedule, this.random('callers'), book, callers)
  }

  random(name: string): Random {
    return Random.of(this.seed, name)
  }

  start(): void {
    this.placement.start()
    for (const host of this.hosts) host.start()
    this.callers.start(this.hosts, this.keys)
  }

  runUntil(untilUs: number): void {
    while (this.schedule.nowUs < untilUs && this.schedule.step());
  }

  #makeHosts(count: number): void {
    const { schedule, placement, network, book, settings, chances, plan } = this
    const { slowCalls, slowRelease, stuckRelease, drift } = plan.intensity
    for (let id = hostsFrom; id < hostsFrom + count; id += 1) {
      const random = this.random(`host ${id}`)
      const ppm = (random.next() * 2 - 1) * drift
      const clock = new DriftingClock(0, random.below(100_000), ppm)
      const process = new SimProcess(id, schedule, random, clock)
      const pace = {
        nestedChance: 0.25,
        callMeanMs: slowCalls === 0 ? 4 : slowCalls,
        releaseMeanMs: slowRelease === 0 ? 4 : slowRelease,
        stuckChance: stuckRelease,
      }
      const hostOf = (name: string) => this.hosts.find((host) => host.name === name)!
      const parts = { placement, network, book, random, settings, pace, chances, hostOf }
      this.hosts.push(new SimHost(id, process, parts))
    }
  }
}

/** Small bounds and short times, so that more happens in an event. */
function drawSettings(random: Random): CallSettings {
  return {
    runPrefix: '',
    turns: ['Turn'],
    idleMs: random.pick([null, null, 60]),
    drainMs: random.pick([50, 300]),
    waitingPerKeyMax: random.pick([10, 1_000]),
    waitingPerTypeMax: random.pick([16, 1_000]),
    waitingMax: random.pick([24, 1_000]),
    callsMax: random.pick([40, 1_000]),
    actorsMax: random.pick([4, 1_000, 1_000]),
    backOffMinMs: 5,
    backOffMaxMs: 100,
    generationWaitMs: random.pick([50, 200]),
    formerOwnerWaitMs: random.pick([20, 100]),
  }
}
