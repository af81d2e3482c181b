/**
 * How long until a cluster answers again: it is asked every few milliseconds, whether the questions
 * before were answered or not, since one that was lost with a leader may wait for seconds.
 */
import { setTimeout as delay } from 'node:timers/promises'

const everyMs = 10
const limitMs = 30_000

export interface FirstAnswer<T> {
  readonly tookMs: number
  readonly answer: T
}

/**
 * @param asks of survivors, asked in turn; one that fails counts for nothing
 * @throws Error when nothing came within 30 s
 */
export async function firstAnswer<T>(asks: readonly (() => Promise<T>)[]): Promise<FirstAnswer<T>> {
  const startMs = performance.now()
  const found: FirstAnswer<T>[] = []
  const ask = async (one: () => Promise<T>) => {
    try {
      const answer = await one()
      found.push({ tookMs: performance.now() - startMs, answer })
    } catch {
      // The next one may be answered.
    }
  }
  for (let turn = 0; found.length === 0; turn += 1) {
    if (performance.now() - startMs > limitMs) throw new Error(`no answer within ${limitMs} ms`)
    void ask(asks[turn % asks.length]!)
    await delay(everyMs)
  }
  return found[0]!
}
