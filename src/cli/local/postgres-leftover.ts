/**
 * Clears the way for a server on a data folder whose last server was killed, or outlived its owner.
 *
 * `postmaster.pid` stays behind after a kill -9. Postgres sees through it, unless its pid was given
 * to another process since; removing it is safe only when nobody works in the folder any more,
 * because the file is also how a new server finds the shared memory of the old one's children.
 * All processes of a server have the data folder as their working directory: that tells. What is
 * ended is a Postgres of the owner of that folder, by what the kernel says of it; who else works
 * there (a shell, say) or is named in the file is nobody of ours.
 */
import { lstatSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { processes, sendSignal } from '../../process/process-table.js'
import { WaitExpired, waitFor } from './wait.js'

const stopDeadlineMs = 10_000
const killDeadlineMs = 5_000

/** The caller holds the lock of the folder. @throws WaitExpired when a process cannot be ended */
export async function endLeftoverPostgres(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid')
  // Without /proc nobody can be found here, and Postgres' own checks have to do.
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (found === undefined || processes().length === 0) return
  const folder = realpathSync(data)
  if (workersIn(folder).length > 0) {
    const server = found.isFile() ? Number(readFileSync(file, 'utf8').split('\n')[0]) : Number.NaN
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

/** Pids of the Postgres processes of the folder's owner whose working directory it is. */
export function workersIn(folder: string): readonly number[] {
  const { uid } = statSync(folder)
  return processes().filter((pid) => {
    try {
      // Of a program that was replaced meanwhile the kernel says so.
      const program = basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, '')
      const isOwners = program === 'postgres' && statSync(`/proc/${pid}`).uid === uid
      return isOwners && readlinkSync(`/proc/${pid}/cwd`) === folder
    } catch {
      return false
    }
  })
}
