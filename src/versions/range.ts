/** Which version two sides speak, of those that each one knows. Pure. */
import type { VersionRange } from './versions.js'

/** The highest version that both know; null for none. */
export function highestCommon(a: VersionRange, b: VersionRange): number | null {
  const newest = Math.min(a.newest, b.newest)
  return newest >= Math.max(a.oldest, b.oldest) ? newest : null
}

/** Whether a value from outside is a range: whole numbers from 1 on, the oldest first. */
export function isRange(value: unknown): value is VersionRange {
  const { oldest, newest } = (value ?? {}) as Partial<Record<keyof VersionRange, unknown>>
  return isVersion(oldest) && isVersion(newest) && oldest <= newest
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

/** For people: `1`, or `1 to 3`. */
export function rangeInWords({ oldest, newest }: VersionRange): string {
  return oldest === newest ? String(oldest) : `${oldest} to ${newest}`
}
