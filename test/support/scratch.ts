/**
 * Folders for what a test leaves on disk. Each names the process that made it, so that a later run
 * can tell those of killed runs and removes them.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identify, isAlive } from '../../src/process/process-table.js'
import type { Owner } from './owner.js'

const prefix = 'berth-test-'

/** A fresh empty folder below the system's temporary one, removed with its owner. */
export function scratchFolder(owner: Owner): string {
  const folder = makeScratch()
  owner.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A fresh folder that the caller removes. */
export function makeScratch(): string {
  const { pid, start } = identify(process.pid)
  return mkdtempSync(join(tmpdir(), `${prefix}${pid}-${start ?? 0}-`))
}

/** Removes the folders of runs that were killed. */
export function sweepScratch(): void {
  const { boot } = identify(process.pid)
  for (const name of readdirSync(tmpdir())) {
    const match = new RegExp(`^${prefix}(\\d+)-(\\d+)-`).exec(name)
    if (match === null) continue
    const maker = { pid: Number(match[1]), start: match[2]!, boot }
    if (isAlive(maker)) continue
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true })
    } catch {
      // Another user's, or another run sweeps it right now.
    }
  }
}
