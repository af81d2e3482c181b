/** What still runs of all that a run started, whatever became of it. */
import { workersIn } from '../../../src/cli/servers/postgres-server.js'
import {
  commandOf,
  identify,
  isAlive,
  type ProcessIdentity,
} from '../../../src/process/process-table.js'

export class Leftovers {
  readonly #processes: ProcessIdentity[] = []
  readonly #folders: string[] = []

  add(pid: number): void {
    this.#processes.push(identify(pid))
  }

  /** All who work in this folder belong to the run. */
  addFolder(folder: string): void {
    this.#folders.push(folder)
  }

  /** Pid and command line of each process that lives. */
  find(): readonly string[] {
    const started = this.#processes.filter(isAlive).map(({ pid }) => pid)
    const pids = new Set([...started, ...this.#folders.flatMap((folder) => workersIn(folder))])
    return [...pids].map((pid) => `${pid} ${commandOf(pid).join(' ')}`)
  }
}
