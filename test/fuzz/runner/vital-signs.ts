/**
 * What processes hold, before and after: memory once garbage is collected, and descriptors. A door
 * that is left alone gives back what it took.
 */
import { setTimeout as delay } from 'node:timers/promises'
import v8 from 'node:v8'
import vm from 'node:vm'
import type { Vitals } from '../cluster/probe-client.js'
import type { Subject } from '../cluster/subject.js'

export interface Holding {
  readonly name: string
  /** Heap in use and what hangs on it outside, in bytes. */
  readonly used: number
  readonly rss: number
  readonly descriptors: number
}

/**
 * What a process may hold more than before: caches of the product and of V8 (each bounded) that the
 * warm-up did not fill. A leak of 200 bytes an input is beyond it after 100,000 inputs.
 */
const usedMarginBytes = 20 * 1024 * 1024
/** V8 gives pages back late, and the allocator of C seldom. */
const rssMarginBytes = 160 * 1024 * 1024
/** Connections to Postgres that a pool opened, to NATS, and the probe's own. */
const descriptorsMargin = 8
const backWithinMs = 60_000
const lookEveryMs = 1_000

export function holdingOf({ name }: { readonly name: string }, vitals: Vitals): Holding {
  const { heapUsed, external, rss, descriptors } = vitals
  return { name, used: heapUsed + external, rss, descriptors: descriptors.all }
}

/** What this process holds, for doors without a cluster. */
export function ownHolding(): Holding {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { name: 'this process', used: heapUsed + external, rss, descriptors: 0 }
}

export async function holdingsOf(subjects: readonly Subject[]): Promise<readonly Holding[]> {
  if (subjects.length === 0) return [ownHolding()]
  return Promise.all(subjects.map(async (subject) => holdingOf(subject, await subject.read())))
}

/** What is too much; null when all is back. */
export function excess(before: readonly Holding[], after: readonly Holding[]): string | null {
  const over = after.flatMap((now) => {
    const then = before.find(({ name }) => name === now.name)
    if (then === undefined) return []
    const isOver =
      now.used > then.used + usedMarginBytes ||
      now.rss > then.rss + rssMarginBytes ||
      now.descriptors > then.descriptors + descriptorsMargin
    return isOver ? [`${now.name} held ${shown(then)}, and holds ${shown(now)}`] : []
  })
  return over.length === 0 ? null : over.join('; ')
}

/** Waits until all is back. @returns what is held in the end */
export async function untilBack(
  subjects: readonly Subject[],
  before: readonly Holding[],
): Promise<readonly Holding[]> {
  const deadlineMs = performance.now() + backWithinMs
  for (;;) {
    const after = await holdingsOf(subjects)
    if (excess(before, after) === null || performance.now() > deadlineMs) return after
    await delay(lookEveryMs)
  }
}

export function shown({ used, rss, descriptors }: Holding): string {
  return `${mebibytes(used)} MiB (rss ${mebibytes(rss)}), ${descriptors} descriptors`
}

export function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1)
}
