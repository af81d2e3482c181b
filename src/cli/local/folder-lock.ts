/**
 * One `berth up` a folder. A lock is a symbolic link `lock-<n>` to the identity of its holder: a
 * link is made with what it says, or not at all. The one with the highest n counts, and it holds as
 * long as that very process lives: after a kill -9 nothing has to be cleaned up. A claim makes the
 * next higher one, which only one can. The highest is never removed before there is a higher one,
 * so n only rises, and two that find the same dead holder cannot both win.
 */
import { lstatSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { identify, isAlive, type ProcessIdentity } from '../../process/process-table.js'
import { whyNotOfUser } from '../servers/own-files.js'

const triesMax = 100

export type LockResult =
  | { readonly kind: 'held'; release(): void }
  | { readonly kind: 'taken'; readonly pid: number }

export function isLock(name: string): boolean {
  return /^lock-\d+$/.test(name)
}

export function lockFolder(folder: string): LockResult {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const highest = highestLock(folder)
    const holder = holderOf(join(folder, `lock-${highest}`))
    if (holder !== null && isAlive(holder)) return { kind: 'taken', pid: holder.pid }
    const own = highest + 1
    if (!makeLock(folder, own, JSON.stringify(identify(process.pid)))) continue
    return { kind: 'held', release: () => void makeLock(folder, own + 1, 'released') }
  }
  throw new Error(`the lock of ${folder} changes hands all the time`)
}

/** Makes the lock of this number, in place of those below. @returns whether it is the highest */
function makeLock(folder: string, n: number, holder: string): boolean {
  try {
    symlinkSync(holder, join(folder, `lock-${n}`))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  // If others came and went since the look, this number was used up before.
  const isHighest = highestLock(folder) === n
  const over = isHighest ? lockNumbers(folder).filter((below) => below < n) : [n]
  for (const one of over) rmSync(join(folder, `lock-${one}`), { force: true })
  return isHighest
}

function lockNumbers(folder: string): readonly number[] {
  return readdirSync(folder)
    .filter(isLock)
    .map((name) => Number(name.slice('lock-'.length)))
}

function highestLock(folder: string): number {
  return Math.max(0, ...lockNumbers(folder))
}

/** Who holds it; null when it says nothing of a process, or is somebody else's. */
function holderOf(lock: string): ProcessIdentity | null {
  try {
    if (whyNotOfUser(lstatSync(lock)) !== null) return null
    const { pid, start, boot } = JSON.parse(readlinkSync(lock))
    const isText = (field: unknown) => field === null || typeof field === 'string'
    return Number.isSafeInteger(pid) && isText(start) && isText(boot) ? { pid, start, boot } : null
  } catch {
    return null
  }
}
