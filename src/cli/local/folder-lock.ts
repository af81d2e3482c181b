/**
 * One `berth up` a folder. A lock is a file `lock-<n>` that names its holder; the one with the
 * highest n counts, and it holds as long as that very process lives: after a kill -9 nothing has to
 * be cleaned up. A claim makes the next higher file, which only one can. The highest is never
 * removed, not even by a release, so n only rises and two that find the same dead holder cannot
 * both win.
 */
import { linkSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { identify, isAlive, type ProcessIdentity } from '../../process/process-table.js'
import { readOwnFile, writeNewFile } from './own-files.js'

const triesMax = 100
const lockBytesMax = 1_024

export type LockResult =
  | { readonly kind: 'held'; release(): void }
  | { readonly kind: 'taken'; readonly pid: number }

export function isLockFile(name: string): boolean {
  return /^lock-\d+(\.claim-\d+)?$/.test(name)
}

export function lockFolder(folder: string): LockResult {
  const self = identify(process.pid)
  const claim = join(folder, `lock-0.claim-${process.pid}`)
  writeNewFile(claim, JSON.stringify(self))
  try {
    for (let tries = 0; tries < triesMax; tries += 1) {
      const highest = highestLock(folder)
      const holder = highest === 0 ? null : readHolder(fileOf(folder, highest))
      if (holder !== null && isAlive(holder)) return { kind: 'taken', pid: holder.pid }
      const own = fileOf(folder, highest + 1)
      if (!link(claim, own)) continue
      if (highestLock(folder) !== highest + 1) {
        // Others came and went since the look: this number was used up before.
        rmSync(own, { force: true })
        continue
      }
      for (const n of lockNumbers(folder))
        if (n <= highest) rmSync(fileOf(folder, n), { force: true })
      return { kind: 'held', release: () => replaceFile(own, claim, 'released') }
    }
    throw new Error(`the lock of ${folder} changes hands all the time`)
  } finally {
    rmSync(claim, { force: true })
  }
}

/** At once, and whatever the name leads to by now stays as it is. */
function replaceFile(file: string, half: string, text: string): void {
  writeNewFile(half, text)
  renameSync(half, file)
}

function fileOf(folder: string, n: number): string {
  return join(folder, `lock-${n}`)
}

function lockNumbers(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => /^lock-\d+$/.test(name))
    .map((name) => Number(name.slice('lock-'.length)))
}

function highestLock(folder: string): number {
  return Math.max(0, ...lockNumbers(folder))
}

/** null when the lock was released. A link appears with its content: there is no half of one. */
function readHolder(file: string): ProcessIdentity | null {
  try {
    const { pid, start, boot } = JSON.parse(readOwnFile(file, lockBytesMax) ?? '') as {
      readonly [field: string]: unknown
    }
    const isText = (field: unknown) => field === null || typeof field === 'string'
    if (!Number.isSafeInteger(pid) || !isText(start) || !isText(boot)) return null
    return { pid, start, boot } as ProcessIdentity
  } catch {
    return null
  }
}

/** Gives a file a second name, unless the name is taken. */
function link(file: string, name: string): boolean {
  try {
    linkSync(file, name)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
