/**
 * Replicas as real processes, and hosts beside them that do everything right: what a door is tried
 * against, and what is to be unharmed afterwards.
 */
import { fileURLToPath } from 'node:url'
import type { components } from '../../../src/api/openapi.generated.js'
import { eventually, untilHttp } from '../../support/eventually.js'
import { freePorts } from '../../support/ports.js'
import { berthFile } from '../../support/program.js'
import { request } from '../../support/real-cluster.js'
import type { Ground } from './ground.js'
import { type Subject, startSubject } from './subject.js'

type Schemas = components['schemas']
export type Alarm = Schemas['Alarm']

export interface FuzzClusterOptions {
  readonly ids: readonly number[]
  /** NATS servers of the replicas, and of the hosts if these are others. */
  readonly natsUrl: string
  readonly hostsNatsUrl?: string
  /** Where others reach the peer port of a replica, if something stands between. */
  readonly peerVia?: (id: number, port: number) => Promise<number>
  /** Replicas that are stopped once hosts serve, by whatever the door does. */
  readonly isExpected?: (alarm: Alarm) => boolean
}

export interface FuzzReplica extends Subject {
  readonly id: number
  readonly apiPort: number
  readonly peerPort: number
  readonly database: string
}

/** Namespace of the honest hosts. */
export const honestNamespace = 'honest'
export const honestHosts: readonly string[] = ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3']

/** Nobody is to be taken for dead because the machine is busy; snapshots are to be frequent. */
const flags: readonly string[] = [
  ...['--election-ticks', '60', '--snapshot-entries', '256', '--trailing-entries', '64'],
  ...['--log-format', 'json'],
]
const settings = {
  ...{ fenceAfterMs: 40_000, hostTimeoutMs: 45_000, roundDeadlineMs: 120_000, coalesceMs: 200 },
  ...{ admissionsPerMinuteMax: 60 },
}
const hostsFile = fileURLToPath(new URL('honest-hosts.mjs', import.meta.url))
/** For a process to be ready, on a busy machine. */
export const readyMs = 120_000

export class FuzzCluster {
  readonly name: string
  readonly replicas: readonly FuzzReplica[]
  readonly hosts: Subject
  readonly natsUrl: string
  readonly isExpected: (alarm: Alarm) => boolean
  /** Replicas that were ended on purpose. */
  readonly ended = new Set<number>()

  private constructor(
    name: string,
    replicas: readonly FuzzReplica[],
    hosts: Subject,
    { natsUrl, isExpected = () => false }: FuzzClusterOptions,
  ) {
    this.name = name
    this.replicas = replicas
    this.hosts = hosts
    this.natsUrl = natsUrl
    this.isExpected = isExpected
  }

  static async start(
    ground: Ground,
    name: string,
    options: FuzzClusterOptions,
  ): Promise<FuzzCluster> {
    const { ids } = options
    const base = await freePorts(2 * ids.length)
    const places = await Promise.all(
      ids.map(async (id, i) => {
        const [apiPort, peerPort] = [base + i, base + ids.length + i]
        const peerVia = (await options.peerVia?.(id, peerPort)) ?? peerPort
        return { id, apiPort, peerPort, peerVia, database: await ground.database() }
      }),
    )
    const peers = places.map(({ id, peerVia }) => `${id}=127.0.0.1:${peerVia}`).join(',')
    const replicas = places.map((place) => {
      const args = argumentsOf(place, name, peers, options.natsUrl)
      const { owner, folder } = ground
      const env = { PGPASSWORD: decodeURIComponent(new URL(place.database).password) }
      return {
        ...place,
        ...startSubject(owner, { name: `${name} ${place.id}`, folder, args, env }),
      }
    })
    await Promise.all(
      replicas.map(({ apiPort }) => {
        return untilHttp(`http://127.0.0.1:${apiPort}/livez`, 200, readyMs)
      }),
    )
    const hosts = startHosts(ground, name, replicas, options)
    await hosts.process.line('honest hosts serve', readyMs)
    return new FuzzCluster(name, replicas, hosts, options)
  }

  /** Replicas that should run, and the hosts. */
  get subjects(): readonly Subject[] {
    return [...this.running, this.hosts]
  }

  get running(): readonly FuzzReplica[] {
    return this.replicas.filter(({ id }) => !this.ended.has(id))
  }

  replica(id: number): FuzzReplica {
    const found = this.replicas.find((replica) => replica.id === id)
    if (found === undefined) throw new Error(`there is no replica ${id}`)
    return found
  }

  /** kill -9; it does not come back. */
  async end(id: number): Promise<void> {
    this.ended.add(id)
    await this.replica(id).process.kill()
  }

  status(id: number): Promise<Schemas['Cluster']> {
    const path = '/v1/cluster?consistency=stale'
    return request('GET', `http://127.0.0.1:${this.replica(id).apiPort}${path}`)
  }

  /** Id of the leader, once all that run agree. */
  leader(): Promise<number> {
    return eventually(`a leader of ${this.name}`, async () => {
      const all = await Promise.all(this.running.map(({ id }) => this.status(id)))
      const [leader] = all.map(({ status }) => status.leader)
      return all.every(({ status }) => status.leader === leader) && leader
    })
  }
}

type Place = Omit<FuzzReplica, keyof Subject> & { readonly peerVia: number }

function argumentsOf(place: Place, cluster: string, peers: string, natsUrl: string): string[] {
  const { id, apiPort, peerPort, peerVia } = place
  const url = new URL(place.database)
  url.password = ''
  return [
    ...[berthFile, 'replica', '--id', String(id), '--cluster', cluster, '--peers', peers],
    ...['--listen', `127.0.0.1:${apiPort}`, '--peer-listen', `127.0.0.1:${peerPort}`],
    ...['--peer-advertise', `127.0.0.1:${peerVia}`, '--postgres-url', url.href],
    ...['--nats-url', natsUrl, '--initial-settings', JSON.stringify(settings), ...flags],
  ]
}

function startHosts(
  ground: Ground,
  name: string,
  replicas: readonly FuzzReplica[],
  { hostsNatsUrl }: FuzzClusterOptions,
): Subject {
  const told = {
    replicas: replicas.map(({ apiPort }) => `ws://127.0.0.1:${apiPort}`),
    ...{ namespace: honestNamespace, names: honestHosts },
    ...(hostsNatsUrl === undefined ? {} : { nats: hostsNatsUrl }),
  }
  return startSubject(ground.owner, {
    ...{ name: `hosts of ${name}`, folder: ground.folder },
    args: [hostsFile, JSON.stringify(told)],
  })
}
