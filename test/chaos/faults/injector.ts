/**
 * Does to a cluster what a plan says, and undoes it. Two faults never have hold of the same
 * process: the second of them is left out, and that is logged. `heal` lifts all that is left.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Random } from '../../simulation/kernel/random.js'
import { eventually } from '../../support/eventually.js'
import type { FaultyPostgres } from '../../support/faulty-postgres.js'
import type { RestClient } from '../clients/rest-client.js'
import type { ChaosCluster } from '../cluster/chaos-cluster.js'
import type { FaultyProcess } from '../cluster/faulty-process.js'
import { clusterSeenBy, currentLeader } from '../cluster/leader.js'
import type { ReplicaParts } from '../cluster/process-cluster.js'
import { namespace } from '../hosts/actors.mjs'
import type { Journal } from '../journal.js'
import type { Direction, Lift, Line } from '../network/line.js'
import { describeFault, type Episode, type Fault, hostsOf, type Ways, type Who } from './fault.js'

export interface InjectorOptions {
  readonly cluster: ChaosCluster
  /** Processes with actors; none in a run without. */
  readonly hosts: readonly FaultyProcess[]
  /** As members of namespace `default`. */
  readonly hostNames: readonly string[]
  readonly random: Random
  readonly journal: Journal
  readonly rest: RestClient
}

/** A time in which a fault had hold of a host; it may be after-effects follow. */
export interface Affliction {
  /** Number of the host, from 0. */
  readonly host: number
  /** As the journal counts it, in ms. */
  readonly fromMs: number
  readonly toMs: number
}

type Undo = () => Promise<void> | void

const transferMs = 3_000
const uncordonMs = 60_000
const restartMs = 10_000

export class Injector {
  readonly counts = new Map<string, number>()
  /** Of all faults that are over. */
  readonly afflictions: Affliction[] = []
  readonly #options: InjectorOptions
  /** Processes that a fault has hold of. */
  readonly #held = new Set<string>()
  readonly #stopped = new AbortController()

  constructor(options: InjectorOptions) {
    this.#options = options
  }

  /** One episode after the other until `heal`. @throws what a fault could not do or undo */
  async run(plan: Iterable<Episode>): Promise<void> {
    for (const { afterMs, faults } of plan) {
      await this.#pause(afterMs)
      if (this.#stopped.signal.aborted) return
      await Promise.all(
        faults.map(async ({ fault, startMs, lastsMs }) => {
          await this.#pause(startMs)
          if (!this.#stopped.signal.aborted) await this.#inject(fault, lastsMs)
        }),
      )
    }
  }

  /** No more faults; those under way end at once. Wait for `run` then. */
  heal(): void {
    this.#stopped.abort()
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopped.signal }).catch(() => {})
  }

  async #inject(fault: Fault, lastsMs: number): Promise<void> {
    const { journal } = this.#options
    const ids = 'who' in fault ? [await this.#find(fault.who)] : this.#allIds()
    const processes = holds(fault, ids)
    const text = `${describeFault(fault)}${'who' in fault ? ` (replica ${ids[0]})` : ''}`
    if (processes.some((name) => this.#held.has(name))) {
      journal.write('events', { atMs: Math.round(journal.nowMs()), kind: 'left out', text })
      return
    }
    for (const name of processes) this.#held.add(name)
    journal.say('fault', `${text} for ${(lastsMs / 1000).toFixed(1)} s`)
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1)
    const fromMs = journal.nowMs()
    const undo = await this.#begin(fault, ids)
    await this.#pause(lastsMs)
    await undo()
    const toMs = journal.nowMs()
    const hosts = hostsOf(fault, this.#options.hosts.length)
    this.afflictions.push(...hosts.map((host) => ({ host, fromMs, toMs })))
    for (const name of processes) this.#held.delete(name)
    journal.say('lifted', text)
  }

  #allIds(): readonly number[] {
    return this.#options.cluster.replicas.map(({ id }) => id)
  }

  async #find(who: Who): Promise<number> {
    if (typeof who === 'number') return who
    const { cluster, rest, random } = this.#options
    const leader = await currentLeader(cluster, rest)
    const ids = this.#allIds()
    if (who === 'leader') return leader ?? random.pick(ids)
    return random.pick(ids.filter((id) => id !== leader))
  }

  async #begin(fault: Fault, ids: readonly number[]): Promise<Undo> {
    const { cluster } = this.#options
    const replica = cluster.replica(ids[0]!)
    switch (fault.kind) {
      case 'kill':
      case 'freeze':
      case 'stop':
        return befall(fault.kind, fault.what === 'replica' ? replica.process : replica.postgres)
      case 'kill-host':
      case 'freeze-host':
      case 'stop-host': {
        const [how] = fault.kind.split('-') as ['kill' | 'freeze' | 'stop']
        return befall(how, this.#options.hosts[fault.host]!)
      }
      case 'kill-all': {
        const targets = cluster.replicas.map(({ process, postgres }) =>
          fault.what === 'replicas' ? process : postgres,
        )
        const undos = await Promise.all(targets.map((target) => befall('kill', target)))
        return async () => void (await Promise.all(undos.map((undo) => undo())))
      }
      case 'kill-nats':
        await cluster.nats.kill()
        return () => cluster.nats.start()
      case 'freeze-nats':
        cluster.nats.freeze()
        return () => cluster.nats.thaw()
      case 'isolate-hosts':
        return undoAll(this.#hostLines(fault.hosts).flatMap((line) => silence(line, fault.ways)))
      case 'slow-hosts':
        return undoAll(this.#hostLines(fault.hosts).flatMap((line) => slow(line, fault.delayMs)))
      case 'cut-calls': {
        const lines = fault.hosts.map((host) => cluster.ways.calls(host))
        return undoAll(lines.flatMap((line) => silence(line, fault.ways)))
      }
      case 'cordon-hosts':
        await this.#cordon(fault.hosts, 'cordon')
        return () => this.#cordon(fault.hosts, 'uncordon')
      case 'roll':
        for (const each of cluster.replicas) await this.#restart(each)
        return () => undefined
      case 'transfer':
        await this.#post(replica, '/v1/cluster/transfer')
        return () => undefined
      case 'snapshot':
        await this.#post(replica, '/v1/cluster/snapshot')
        return () => undefined
      default:
        return this.#disturb(fault, replica.id)
    }
  }

  /** As an operator does it: the next replica's turn comes when this one knows a leader again. */
  async #restart(replica: ReplicaParts): Promise<void> {
    await replica.process.stop()
    await replica.process.start()
    const serves = async () => {
      if (this.#stopped.signal.aborted) return true
      const seen = await clusterSeenBy(replica, this.#options.rest)
      return seen !== null && seen.status.leader !== null
    }
    // Other faults may keep it from that.
    await eventually(`${replica.process.name} to serve`, serves, restartMs).catch(() => {})
  }

  #disturb(fault: Extract<Fault, { who: Who }>, id: number): Undo {
    const { ways: wiring } = this.#options.cluster
    switch (fault.kind) {
      case 'cut-peers': {
        const others = this.#allIds().filter((other) => other !== id)
        const from = fault.from === 'all' ? others : [this.#options.random.pick(others)]
        return undoAll(from.flatMap((other) => this.#silencePeers(id, other, fault.ways)))
      }
      case 'slow-peers':
        return undoAll(this.#peerLines(id).flatMap((line) => slow(line, fault.delayMs)))
      case 'cut-postgres':
        return undoAll(silence(wiring.of('postgres', id), fault.ways))
      case 'slow-postgres':
        return undoAll(slow(wiring.of('postgres', id), fault.delayMs))
      case 'cut-nats':
        return undoAll(silence(wiring.of('nats', id), fault.ways))
      case 'cut-hosts':
        return undoAll(this.#linesOfHosts(id).flatMap((line) => silence(line, fault.ways)))
      case 'reset': {
        const lines = fault.what === 'peers' ? this.#peerLines(id) : [wiring.of('postgres', id)]
        for (const line of lines) line.cut()
        return () => undefined
      }
      default:
        throw new Error(`${fault.kind} is no disturbance`)
    }
  }

  /**
   * What a replica sends goes two ways: on the connection that it made, and as answers on the one
   * that the other made.
   */
  #silencePeers(id: number, other: number, ways: Ways): readonly Lift[] {
    const { ways: wiring } = this.#options.cluster
    const [made, taken] = [wiring.peers(id, other), wiring.peers(other, id)]
    const out: readonly Direction[] = [made.there, taken.back]
    const into: readonly Direction[] = [made.back, taken.there]
    const chosen = ways === 'both' ? [...out, ...into] : ways === 'out' ? out : into
    return chosen.map((direction) => direction.silence())
  }

  #peerLines(id: number): readonly Line[] {
    const { ways: wiring } = this.#options.cluster
    const others = this.#allIds().filter((other) => other !== id)
    return others.flatMap((other) => [wiring.peers(id, other), wiring.peers(other, id)])
  }

  /** From these hosts to everywhere. */
  #hostLines(hosts: readonly number[]): readonly Line[] {
    const { ways: wiring } = this.#options.cluster
    return hosts.flatMap((host) => [
      ...this.#allIds().map((id) => wiring.host(host, id)),
      wiring.hostToNats(host),
    ])
  }

  /** From all hosts and callers to a replica. */
  #linesOfHosts(id: number): readonly Line[] {
    const { cluster, hosts } = this.#options
    const { ways: wiring } = cluster
    return [wiring.of('api', id), ...hosts.map((_, host) => wiring.host(host, id))]
  }

  /** Whether somebody cordons them does not matter; that nobody is cordoned in the end does. */
  async #cordon(hosts: readonly number[], verb: 'cordon' | 'uncordon'): Promise<void> {
    const { cluster, hostNames, rest, random } = this.#options
    const cordon = async (host: number) => {
      const path = `/v1/namespaces/${namespace}/members/${hostNames[host]}/${verb}`
      const url = random.pick(cluster.replicas).api + path
      const answer = await rest.call({ method: 'POST', url, timeoutMs: transferMs })
      if (answer.kind !== 'ok') throw new Error(JSON.stringify(answer))
      return true
    }
    for (const host of hosts) {
      if (verb === 'cordon') await cordon(host).catch(() => {})
      else await eventually(`host ${host} to be ${verb}ed`, () => cordon(host), uncordonMs)
    }
  }

  async #post({ api }: ReplicaParts, path: string): Promise<void> {
    const call = { method: 'POST', url: api + path, timeoutMs: transferMs } as const
    await this.#options.rest.call(call)
  }
}

async function befall(
  how: 'kill' | 'freeze' | 'stop',
  target: FaultyProcess | FaultyPostgres,
): Promise<Undo> {
  if (how === 'freeze') {
    await target.freeze()
    return () => target.thaw()
  }
  await (how === 'kill' ? target.kill() : target.stop())
  return () => target.start()
}

/** Names of the processes that a fault has hold of while it lasts. */
function holds(fault: Fault, ids: readonly number[]): readonly string[] {
  switch (fault.kind) {
    case 'kill':
    case 'freeze':
    case 'stop':
      return ids.map((id) => `${fault.what} ${id}`)
    case 'kill-all':
      return ids.map((id) => `${fault.what === 'replicas' ? 'replica' : 'postgres'} ${id}`)
    case 'kill-host':
    case 'freeze-host':
    case 'stop-host':
      return [`host ${fault.host}`]
    case 'roll':
      return ids.map((id) => `replica ${id}`)
    case 'kill-nats':
    case 'freeze-nats':
      return ['nats']
    default:
      return []
  }
}

/** `out`: from the side that made the connection. */
function silence({ there, back }: Line, ways: Ways): readonly Lift[] {
  const chosen = ways === 'both' ? [there, back] : [ways === 'out' ? there : back]
  return chosen.map((direction) => direction.silence())
}

function slow({ there, back }: Line, delayMs: number): readonly Lift[] {
  return [there, back].map((direction) => direction.slow(delayMs))
}

function undoAll(lifts: readonly Lift[]): Undo {
  return () => {
    for (const lift of lifts) lift()
  }
}
