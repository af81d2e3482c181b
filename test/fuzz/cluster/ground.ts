/**
 * What clusters stand on: one Postgres with a database for each replica, a nats-server, and a
 * process that does nothing, by which the machine itself is judged. Clusters are started when a
 * door first needs them, and shared by all doors.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Keeper } from '../../../src/cli/servers/keeper.js'
import { findNatsServer, startNats } from '../../../src/cli/servers/nats-server.js'
import {
  findPostgresBinaries,
  preparePostgresHome,
} from '../../../src/cli/servers/postgres-home.js'
import { createDatabase, initPostgres } from '../../../src/cli/servers/postgres-server.js'
import { FaultyPostgres } from '../../support/faulty-postgres.js'
import type { Owner } from '../../support/owner.js'
import { freePort } from '../../support/ports.js'
import { FuzzCluster, type FuzzClusterOptions, readyMs } from './fuzz-cluster.js'
import { type Subject, startSubject } from './subject.js'

export class Ground {
  readonly owner: Owner
  readonly folder: string
  readonly #keeper = new Keeper()
  readonly #clusters = new Map<string, Promise<FuzzCluster>>()
  #postgres: Promise<FuzzPostgres> | null = null
  #nats: Promise<string> | null = null
  #control: Promise<Subject> | null = null

  /** @param folder there, and empty; for data, logs and sockets */
  constructor(owner: Owner, folder: string) {
    this.owner = owner
    this.folder = folder
    owner.onTestFinished(() => this.#keeper.close())
  }

  /** The cluster of this name, as its first door wants it. */
  cluster(name: string, options: () => Promise<FuzzClusterOptions>): Promise<FuzzCluster> {
    const known = this.#clusters.get(name)
    if (known !== undefined) return known
    const started = options().then((wanted) => FuzzCluster.start(this, name, wanted))
    this.#clusters.set(name, started)
    return started
  }

  /** URL of a new database. */
  async database(): Promise<string> {
    this.#postgres ??= this.#startPostgres()
    return (await this.#postgres).database()
  }

  nats(): Promise<string> {
    this.#nats ??= this.#startNats()
    return this.#nats
  }

  control(): Promise<Subject> {
    this.#control ??= this.#startControl()
    return this.#control
  }

  async #startPostgres(): Promise<FuzzPostgres> {
    const home = preparePostgresHome(findPostgresBinaries(), join(this.folder, 'postgres'))
    const password = randomUUID()
    await initPostgres(home, password)
    const server = await FaultyPostgres.start({
      ...{ home, password, port: await freePort(), keeper: this.#keeper },
      logFile: join(this.folder, 'postgres.log'),
    })
    this.owner.onTestFinished(() => server.remove())
    return {
      database: async () => {
        const name = `fuzz_${randomUUID().slice(0, 8)}`
        await createDatabase(server.url('postgres'), name)
        return server.url(name)
      },
    }
  }

  async #startNats(): Promise<string> {
    const server = await startNats({
      ...{ binary: await findNatsServer({ env: process.env }), port: await freePort() },
      ...{ keeper: this.#keeper, logFile: join(this.folder, 'nats.log') },
    })
    this.owner.onTestFinished(async () => {
      await server.child.kill()
    })
    return server.url
  }

  async #startControl(): Promise<Subject> {
    const file = fileURLToPath(new URL('idle.mjs', import.meta.url))
    const { owner, folder } = this
    const options = { name: 'a process that does nothing', folder, args: [file] }
    const control = startSubject(owner, options)
    await control.process.line('it does nothing', readyMs)
    return control
  }
}

interface FuzzPostgres {
  database(): Promise<string>
}
