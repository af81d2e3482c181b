/**
 * A cluster of real processes: three replicas with a Postgres each and a nats-server, joined by
 * whatever ways it is given. Owns the processes; what befalls them and what they are asked decides
 * whoever started it.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Keeper } from '../../../src/cli/local/keeper.js'
import { findNatsServer } from '../../../src/cli/local/nats-binary.js'
import { startNats } from '../../../src/cli/local/nats-server.js'
import { createDatabase } from '../../../src/cli/local/postgres-client.js'
import type { Settings } from '../../../src/fsm/settings.js'
import type { FaultyPostgres } from '../../support/faulty-postgres.js'
import { startNewPostgres } from '../../support/new-postgres.js'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import type { Ways } from '../network/ways.js'
import { FaultyNats } from './faulty-nats.js'
import { FaultyProcess } from './faulty-process.js'
import { Leftovers } from './leftovers.js'

export const replicaIds = [1, 2, 3] as const
const loopback = '127.0.0.1'
const database = 'berth'
const berth = fileURLToPath(new URL('../../../bin/berth.cjs', import.meta.url))

export interface ProcessClusterOptions<W extends Ways> {
  /** For logs and data. */
  readonly folder: string
  /** By which its processes reach one another. */
  readonly ways: W
  readonly settings: Partial<Settings>
  /** More flags of the replicas. */
  readonly flags: readonly string[]
  /** Something happened that should not. */
  onFinding(what: string): void
}

export interface ReplicaParts {
  readonly id: number
  readonly process: FaultyProcess
  readonly postgres: FaultyPostgres
  /** `http://host:port` of the replica itself, whatever the ways are. */
  readonly api: string
  /** `ws://host:port` over the ways of hosts and callers. */
  readonly webSocket: string
}

export class ProcessCluster<W extends Ways = Ways> {
  readonly ways: W
  readonly replicas: readonly ReplicaParts[]
  readonly nats: FaultyNats
  readonly leftovers: Leftovers
  readonly keeper: Keeper
  readonly #onFinding: (what: string) => void

  constructor(
    parts: Pick<ProcessCluster<W>, 'ways' | 'replicas' | 'nats' | 'leftovers' | 'keeper'>,
    onFinding: (what: string) => void,
  ) {
    this.ways = parts.ways
    this.replicas = parts.replicas
    this.nats = parts.nats
    this.leftovers = parts.leftovers
    this.keeper = parts.keeper
    this.#onFinding = onFinding
  }

  /** Starts all of it. The owner ends what is left of it, in whatever state it is. */
  static start<W extends Ways>(
    owner: Owner,
    options: ProcessClusterOptions<W>,
  ): Promise<ProcessCluster<W>> {
    return new ClusterStart(owner, options).run()
  }

  replica(id: number): ReplicaParts {
    const found = this.replicas.find((replica) => replica.id === id)
    if (found === undefined) throw new Error(`there is no replica ${id}`)
    return found
  }

  /** Stops all of it in good order; what does not stop well is a finding. */
  async stop(): Promise<void> {
    const { replicas, nats } = this
    for (const { process } of replicas) {
      if (!(await process.stop())) this.#onFinding(`${process.name} did not stop well`)
    }
    await Promise.all([...replicas.map(({ postgres }) => postgres.stop()), nats.stop()])
  }
}

interface ReplicaPorts {
  readonly id: number
  readonly api: number
  readonly peer: number
  /** Where the others reach it. */
  readonly apiAdvertised: number
  readonly peerAdvertised: number
}

class ClusterStart<W extends Ways> {
  readonly #owner: Owner
  readonly #options: ProcessClusterOptions<W>
  readonly #keeper = new Keeper()
  readonly #leftovers = new Leftovers()

  constructor(owner: Owner, options: ProcessClusterOptions<W>) {
    this.#owner = owner
    this.#options = options
    owner.onTestFinished(() => this.#keeper.close())
  }

  async run(): Promise<ProcessCluster<W>> {
    const { ways, onFinding } = this.#options
    const nats = await this.#startNats()
    const ports = await Promise.all(replicaIds.map((id) => this.#ports(id)))
    const peers = ports
      .map(({ id, peerAdvertised }) => `${id}=${loopback}:${peerAdvertised}`)
      .join(',')
    const callersNatsPort = await ways.callersNatsPort(nats.port)
    const replicas = await Promise.all(
      ports.map(async (own) => {
        const postgres = await this.#startPostgres(own.id)
        const natsPort = await ways.natsPort(own.id, nats.port)
        return this.#startReplica(own, postgres, [
          ...['--peers', peers, '--nats-url', `nats://${loopback}:${natsPort}`],
          ...['--nats-advertise', `nats://${loopback}:${callersNatsPort}`],
        ])
      }),
    )
    const [leftovers, keeper] = [this.#leftovers, this.#keeper]
    return new ProcessCluster({ ways, replicas, nats, leftovers, keeper }, onFinding)
  }

  async #ports(id: number): Promise<ReplicaPorts> {
    const { ways } = this.#options
    const [api, peer] = [await freePort(), await freePort()]
    const apiAdvertised = await ways.apiPort(id, api)
    return { id, api, peer, apiAdvertised, peerAdvertised: await ways.peerPort(id, peer) }
  }

  async #startNats(): Promise<FaultyNats> {
    const binary = await findNatsServer({ env: process.env })
    const port = await freePort()
    const logFile = this.#file('nats.log')
    const options = { binary, port, logFile, keeper: this.#keeper }
    const nats = await FaultyNats.start(
      () => startNats(options),
      (pid) => this.#leftovers.add(pid),
    )
    this.#owner.onTestFinished(() => nats.kill())
    return nats
  }

  async #startPostgres(id: number): Promise<FaultyPostgres> {
    const postgres = await startNewPostgres(this.#owner, {
      ...{ name: `postgres-${id}`, folder: this.#options.folder, keeper: this.#keeper },
    })
    this.#leftovers.addFolder(postgres.dataFolder)
    await createDatabase(postgres.url('postgres'), database)
    return postgres
  }

  async #startReplica(
    { id, api, peer, apiAdvertised, peerAdvertised }: ReplicaPorts,
    postgres: FaultyPostgres,
    flags: readonly string[],
  ): Promise<ReplicaParts> {
    const url = new URL(postgres.url(database))
    url.port = String(await this.#options.ways.postgresPort(id, postgres.port))
    const { password } = url
    url.password = ''
    const process_ = new FaultyProcess({
      name: `replica ${id}`,
      command: {
        file: process.execPath,
        args: [
          ...[berth, 'replica', '--id', String(id), '--cluster', 'trial', ...flags],
          ...['--listen', `${loopback}:${api}`, '--peer-listen', `${loopback}:${peer}`],
          ...['--advertise', `${loopback}:${apiAdvertised}`],
          ...['--peer-advertise', `${loopback}:${peerAdvertised}`],
          ...['--postgres-url', url.href, '--log-format', 'json'],
          ...['--initial-settings', JSON.stringify(this.#options.settings)],
          ...this.#options.flags,
        ],
        env: { PGPASSWORD: decodeURIComponent(password) },
      },
      logFile: this.#file(`replica-${id}.log`),
      keeper: this.#keeper,
      onDied: this.#options.onFinding,
      onStarted: (pid) => this.#leftovers.add(pid),
    })
    this.#owner.onTestFinished(() => process_.kill())
    await process_.start()
    const [origin, webSocket] = [`http://${loopback}:${api}`, `ws://${loopback}:${apiAdvertised}`]
    return { id, process: process_, postgres, api: origin, webSocket }
  }

  #file(name: string): string {
    return join(this.#options.folder, name)
  }
}
