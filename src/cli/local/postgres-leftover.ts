/**
 * Clears the way for a server on a data folder whose last server was killed, or outlived its owner.
 *
 * `postmaster.pid` stays behind after a kill -9. Postgres sees through it, unless its pid was given
 * to another process since; removing it is safe only when nobody works in the folder any more,
 * because the file is also how a new server finds the shared memory of the old one's children.
 * All processes of a server have the data folder as their working directory: that tells.
 */
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { processes, sendSignal } from '../../process/process-table.js'
import { WaitExpired, waitFor } from './wait.js'

const stopDeadlineMs = 10_000
const killDeadlineMs = 5_000

/** The caller holds the lock of the folder. @throws WaitExpired when a process cannot be ended */
export async function endLeftoverPostgres(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid')
  // Without /proc nobody can be found here, and Postgres' own checks have to do.
  if (!existsSync(file) || processes().length === 0) return
  const folder = realpathSync(data)
  if (workersIn(folder).length > 0) {
    const server = Number(readFileSync(file, 'utf8').split('\n')[0])
    if (workersIn(folder).includes(server)) sendSignal(server, 'SIGINT')
    await gone(folder, stopDeadlineMs).catch((error) => {
      if (!(error instanceof WaitExpired)) throw error
      for (const pid of workersIn(folder)) sendSignal(pid, 'SIGKILL')
    })
    await gone(folder, killDeadlineMs)
  }
  rmSync(file, { force: true })
}

function gone(folder: string, deadlineMs: number): Promise<true> {
  return waitFor({
    what: `the end of the Postgres of an earlier run in ${folder}`,
    deadlineMs,
    poll: () => (workersIn(folder).length === 0 ? true : null),
  })
}

/** Pids of the processes whose working directory is the data folder. */
export function workersIn(folder: string): readonly number[] {
  return processes().filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === folder
    } catch {
      return false
    }
  })
}
