/**
 * Brings the faults of a plan: when, to whom, for how long. Every kind of fault has a stream of
 * chance of its own. `heal` ends them all.
 */
import type { LeaderRequest } from '../../../src/replica/requests/request.js'
import { eventKind } from '../kernel/event-kinds.js'
import { drawPartition, pathsBetween, pathsFrom } from '../kernel/network.js'
import type { Random } from '../kernel/random.js'
import { type Cluster, withMargin } from './cluster.js'
import type { Fault } from './fault-table.js'
import type { SimHost } from './host.js'
import { natsMachine } from './nats.js'
import type { ClusterReplica } from './replica.js'

const second = 1_000_000

const typesOffered = [[], ['Order'], ['Cart'], ['Cart', 'Order'], ['Order', 'Stock']] as const

type Strike = (cluster: Cluster, random: Random, nemesis: Nemesis) => void

export class Nemesis {
  readonly #cluster: Cluster
  #isOver = false
  /** What ends the faults that last. */
  readonly #ends = new Set<() => void>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  start(): void {
    const { plan } = this.#cluster
    for (const [name, strike] of Object.entries(strikes)) {
      const rate = plan.intensity[name as Fault]
      if (rate > 0) this.#repeat(rate, this.#cluster.random(`fault ${name}`), strike)
    }
  }

  /** Ends after a while, or when all is healed. */
  lasting(meanUs: number, random: Random, end: () => void): void {
    const finish = () => {
      if (this.#ends.delete(finish)) end()
    }
    this.#ends.add(finish)
    const { schedule } = this.#cluster
    schedule.after(random.exponential(meanUs), eventKind.over, 0, finish)
  }

  /** No faults any more: whatever is down comes back, whatever is slow is quick. */
  heal(): void {
    this.#isOver = true
    for (const end of [...this.#ends]) end()
    const { replicas, hosts, twins, nats, network } = this.#cluster
    nats.isUp = true
    network.calm()
    // Once some are upgraded all are: the level rises, and who does not know it is let in no more.
    const all = [...replicas, ...hosts, ...twins.values()]
    if (all.some(({ isNext }) => isNext)) {
      for (const each of all.filter(({ isNext }) => !isNext)) {
        each.isNext = true
        if (each.process.isUp) each.crash(true)
      }
    }
    for (const replica of replicas) {
      replica.driver.heal()
      replica.process.resume()
      replica.start()
    }
    for (const host of hosts) {
      host.pace = { releaseMeanMs: 5, stuckChance: 0, stopMsMax: 5, stepMeanMs: 0 }
      host.wake()
      host.start()
    }
  }

  #repeat(rate: number, random: Random, strike: Strike): void {
    const { schedule } = this.#cluster
    schedule.after(random.exponential(second / rate), eventKind.fault, 0, () => {
      if (this.#isOver) return
      strike(this.#cluster, random, this)
      this.#repeat(rate, random, strike)
    })
  }
}

const strikes: Partial<Record<Fault, Strike>> = {
  partition: ({ network, replicas }, random, nemesis) => {
    if (replicas.length < 2) return
    const ids = replicas.map(({ id }) => id)
    nemesis.lasting(2 * second, random, network.cut(drawPartition(random, ids)))
  },
  replicaCrash: (cluster, random, nemesis) => crash(cluster, random, nemesis, true),
  powerLoss: (cluster, random, nemesis) => crash(cluster, random, nemesis, false),
  replicaPause: (cluster, random, nemesis) => {
    const replica = upReplica(cluster, random)
    if (replica === undefined) return
    replica.process.pause()
    cluster.paused(replica)
    nemesis.lasting(random.pick([0.1, 0.5, 2]) * second, random, () => replica.process.resume())
  },
  replicaStop: (cluster, random, nemesis) => {
    const replica = upReplica(cluster, random)
    if (replica === undefined) return
    replica.stop()
    nemesis.lasting(second, random, () => {
      replica.crash(true)
      replica.start()
    })
  },
  transfer: (cluster) => ask(cluster, { kind: 'transfer', to: null }),
  hangingDisk: (cluster, random) => {
    random.pick(cluster.replicas).driver.hang(random.pick([0.1, 0.5, 3]) * second)
  },
  hostCrash: (cluster, random, nemesis) => {
    const host = random.pick(cluster.hosts)
    host.crash()
    nemesis.lasting(random.pick([0.05, 1, 4]) * second, random, () => host.start())
  },
  hostBye: (cluster, random, nemesis) => {
    const host = upHost(cluster, random)
    host?.bye()
    if (host !== undefined) nemesis.lasting(0.2 * second, random, () => host.start())
  },
  hostLeave: (cluster, random, nemesis) => {
    const host = upHost(cluster, random)
    if (host === undefined) return
    host.leave()
    nemesis.lasting(random.pick([1, 4]) * second, random, () => {
      host.crash()
      host.start()
    })
  },
  hostPause: (cluster, random, nemesis) => {
    const host = upHost(cluster, random)
    if (host === undefined) return
    host.pause()
    nemesis.lasting(random.pick([0.2, 1, 4]) * second, random, () => host.wake())
  },
  hostSleep: (cluster, random, nemesis) => {
    const host = upHost(cluster, random)
    if (host === undefined) return
    const { life } = host.process
    host.sleep()
    nemesis.lasting(random.pick([0.5, 3, 6]) * second, random, () => {
      if (host.process.life === life) host.wake()
    })
  },
  hostCut: ({ network, hosts, replicas }, random, nemesis) => {
    const host = random.pick(hosts).id
    const ids = replicas.map(({ id }) => id)
    const some = random.chance(0.5) ? ids : [random.pick(ids)]
    const paths = random.pick([pathsBetween([host], some), pathsFrom([host], some)])
    const cut = random.chance(0.3) ? pathsFrom(some, [host]) : paths
    nemesis.lasting(random.pick([0.3, 2, 4]) * second, random, network.cut(cut))
  },
  types: (cluster, random) => {
    const [host, types] = [upHost(cluster, random), random.pick(typesOffered)]
    if (host?.kind.host !== undefined) host.setTypes(types)
  },
  natsDown: ({ nats }, random, nemesis) => {
    nats.isUp = false
    nemesis.lasting(2 * second, random, () => {
      nats.isUp = true
    })
  },
  natsCut: ({ network, hosts, replicas }, random, nemesis) => {
    const { id } = random.pick([...hosts, ...replicas])
    nemesis.lasting(2 * second, random, network.cut(pathsBetween([id], [natsMachine])))
  },
  evict: (cluster, random) => {
    evict(cluster, random.pick(cluster.hosts), random.pick([0, 0, 2_000]))
  },
  cordon: (cluster, random) => {
    const { namespace, host } = random.pick(cluster.hosts).kind
    if (host === undefined) return
    ask(cluster, { kind: 'cordon', namespace, name: host.name, cordoned: random.chance(0.4) })
  },
  settings: (cluster, random) => {
    const fenceAfterMs = random.pick([600, 900, 1_500, 3_000])
    const factor = random.pick([2, 3, 5])
    const given = { ...cluster.settings, fenceAfterMs, factor }
    const settings = withMargin(given, random.pick([0, 500, 2_000]))
    ask(cluster, { kind: 'settings', settings })
  },
  island: (cluster, random, nemesis) => {
    const { leader, replicas, hosts, network } = cluster
    const some = hosts.filter(() => random.chance(0.5)).map(({ id }) => id)
    const [pauseUs, cutUs] = [random.pick([2, 4]) * second, random.pick([4, 8]) * second]
    if (leader === undefined || leader.process.isPaused || replicas.length < 2) return
    const others = replicas.filter((each) => each !== leader).map(({ id }) => id)
    nemesis.lasting(cutUs, random, network.cut(pathsBetween([leader.id, ...some], others)))
    leader.process.pause()
    cluster.paused(leader)
    nemesis.lasting(pauseUs, random, () => leader.process.resume())
  },
  replace: (cluster, random, nemesis) => {
    const [stands, isEvicted] = [random.chance(0.7), random.chance(0.7)]
    const [forUs, twinForUs] = [random.pick([0.3, 1, 3]) * second, random.pick([1, 4]) * second]
    const host = upHost(cluster, random)
    const twin = cluster.twins.get(host?.name ?? '')
    if (host === undefined || twin === undefined || twin.process.isUp) return
    if (stands) {
      host.pause()
      nemesis.lasting(forUs, random, () => host.wake())
    }
    if (isEvicted) evict(cluster, host, 0)
    twin.start()
    nemesis.lasting(twinForUs, random, () => twin.crash())
  },
  impostor: (cluster, random, nemesis) => {
    const replica = upReplica(cluster, random)
    const { namespace: name, host } = random.pick(cluster.hosts).kind
    const state = replica?.machine?.state
    const namespace = state?.namespace(name)
    const member = namespace?.member(host?.name ?? '')
    const lineage = state?.origin?.lineage
    if (replica === undefined || namespace === undefined || member === undefined) return
    if (lineage === undefined) return
    const { generation, digest } = namespace.newestTable
    const newest = { generation, digest, term: state?.leader?.term ?? 0 }
    const victim = { namespace: name, member, lineage, newest }
    const end = cluster.impostor.attack(replica, victim, random)
    nemesis.lasting(random.pick([0.2, 2]) * second, random, end)
  },
  upgrade: (cluster, random, nemesis) => {
    const { replicas, hosts } = cluster
    const old = [...replicas, ...hosts].filter(({ isNext }) => !isNext)
    if (old.length === 0) return
    const one = random.pick(old)
    one.isNext = true
    one.crash(true)
    nemesis.lasting(random.pick([0.1, 1]) * second, random, () => one.start())
  },
  wallClock: ({ replicas }, random, nemesis) => {
    const replica = random.pick(replicas)
    const days = random.pick([0.01, 400]) * random.pick([1, -1])
    replica.wallOffMs = days * 86_400_000
    nemesis.lasting(random.pick([0.3, 3]) * second, random, () => {
      replica.wallOffMs = 0
    })
  },
}

function evict(cluster: Cluster, { kind }: SimHost, refuseMs: number): void {
  const { namespace, host: { name = '' } = {} } = kind
  ask(cluster, { kind: 'evict', namespace, name, refuseMs })
}

function crash(cluster: Cluster, random: Random, nemesis: Nemesis, isNoticed: boolean): void {
  const replica = random.pick(cluster.replicas)
  replica.crash(isNoticed)
  nemesis.lasting(random.pick([0.1, 1, 3]) * second, random, () => replica.start())
}

/** Of an operator, to any replica that is up. */
function ask(cluster: Cluster, request: LeaderRequest): void {
  for (const { machine, now, process } of cluster.replicas) {
    if (machine === null || process.isPaused) continue
    machine.ask(request, { key: '', forward: true }, now, () => undefined)
    return
  }
}

function upHost(cluster: Cluster, random: Random): SimHost | undefined {
  const host = random.pick(cluster.hosts)
  return host.process.isUp && !host.process.isPaused ? host : undefined
}

function upReplica(cluster: Cluster, random: Random): ClusterReplica | undefined {
  const replica = random.pick(cluster.replicas)
  return replica.process.isUp && !replica.process.isPaused ? replica : undefined
}
