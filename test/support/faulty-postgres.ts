/**
 * A Postgres that faults befall: killed, stopped in its tracks, shut down, started again on the
 * same data and port. Whoever makes it ends it.
 */
import { rmSync } from 'node:fs'
import type { Keeper } from '../../src/cli/servers/keeper.js'
import type { PostgresHome } from '../../src/cli/servers/postgres-home.js'
import {
  dataFolderOf,
  endLeftoverPostgres,
  type PostgresServer,
  startPostgres,
  workersIn,
} from '../../src/cli/servers/postgres-server.js'
import { descendantsOf, sendSignal, stateOf } from '../../src/process/process-table.js'
import { eventually } from './eventually.js'

export interface FaultyPostgresOptions {
  readonly name?: string
  /** Its data folder is there already. */
  readonly home: PostgresHome
  readonly port: number
  readonly password: string
  readonly logFile: string
  readonly keeper: Keeper
}

export class FaultyPostgres {
  readonly port: number
  readonly dataFolder: string
  readonly logFile: string
  readonly #options: FaultyPostgresOptions
  #server: PostgresServer

  private constructor(options: FaultyPostgresOptions, server: PostgresServer) {
    this.port = options.port
    this.dataFolder = dataFolderOf(options.home)
    this.logFile = options.logFile
    this.#options = options
    this.#server = server
  }

  static async start(options: FaultyPostgresOptions): Promise<FaultyPostgres> {
    return new FaultyPostgres(options, await startPostgres(options))
  }

  /** Pid of the postmaster; of the last one while none runs. */
  get pid(): number {
    return this.#server.child.pid
  }

  url(database: string): string {
    return this.#server.url(database)
  }

  /** kill -9 to the postmaster; its children end by themselves. Done when all are gone. */
  async kill(): Promise<void> {
    const children = descendantsOf(this.pid)
    sendSignal(this.pid, 'SIGKILL')
    await this.#server.child.exited
    // One that is frozen could not notice.
    for (const pid of children) sendSignal(pid, 'SIGCONT')
    await eventually('the end of its children', () => workersIn(this.dataFolder).length === 0)
  }

  /** Fast shutdown. */
  async stop(): Promise<void> {
    await this.#server.child.stop()
  }

  /** After `kill` or `stop`: the same data on the same port. */
  async start(): Promise<void> {
    this.#server = await startPostgres(this.#options)
  }

  /**
   * SIGSTOP to the postmaster and to each backend: each is a process group of its own. Done when
   * all stand still.
   */
  async freeze(): Promise<void> {
    await eventually('all of Postgres to stand still', () => {
      // The postmaster may have forked while the others were being stopped.
      this.#signalAll('SIGSTOP')
      return this.#all().every((pid) => ['T', 'Z', null].includes(stateOf(pid)))
    })
  }

  /** SIGCONT to all of them. */
  thaw(): void {
    this.#signalAll('SIGCONT')
  }

  /** Ends whatever is left of it. */
  async end(): Promise<void> {
    await this.#server.child.kill()
    await endLeftoverPostgres(this.dataFolder)
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    await this.end()
    rmSync(this.#options.home.folder, { recursive: true, force: true })
  }

  #all(): readonly number[] {
    return [this.pid, ...descendantsOf(this.pid)]
  }

  #signalAll(signal: NodeJS.Signals): void {
    for (const pid of this.#all()) sendSignal(pid, signal)
  }
}
