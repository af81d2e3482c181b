/**
 * How much CPU inputs of machines take: the longest of each kind. Time that other processes had in
 * between is left out, and so is what the garbage collector took in an input: what it does when is
 * not that input's doing.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { PerformanceObserver, performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'

export interface MeasuredInput {
  readonly input: string
  /** The longest ones, longest first. */
  readonly longestMs: readonly number[]
  readonly totalMs: number
}

interface Kind {
  totalMs: number
  /** The longest ones: when they began and how long they took. */
  longest: { readonly atMs: number; readonly ms: number }[]
}

/** Of each kind so many of the longest are kept, before the collector's time is taken off. */
const keptMax = 50

/** What took no longer by the clock on the wall took no more CPU. */
const shortMs = 2

/** CPU time of this thread; of the whole process where the kernel does not tell. */
class ThreadCpu {
  readonly #bytes = Buffer.alloc(128)
  readonly #schedstat: number | null

  constructor() {
    const path = '/proc/thread-self/schedstat'
    this.#schedstat = existsSync(path) ? openSync(path, 'r') : null
  }

  ms(): number {
    if (this.#schedstat === null) {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000
    }
    const length = readSync(this.#schedstat, this.#bytes, 0, this.#bytes.length, 0)
    return Number.parseInt(this.#bytes.toString('latin1', 0, length), 10) / 1e6
  }

  close(): void {
    if (this.#schedstat !== null) closeSync(this.#schedstat)
  }
}

export class InputClock {
  readonly #cpu = new ThreadCpu()
  readonly #kinds = new Map<string, Kind>()
  readonly #collections: { readonly atMs: number; readonly ms: number }[] = []
  readonly #observer: PerformanceObserver

  constructor() {
    // Else it does its work bit by bit within whatever takes memory, and tells nobody.
    setFlagsFromString('--no-incremental-marking')
    this.#observer = new PerformanceObserver((list) => this.#note(list.getEntries()))
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  readonly measure = (input: string, act: () => void): void => {
    const cpuBeforeMs = this.#cpu.ms()
    const atMs = performance.now()
    act()
    const wallMs = performance.now() - atMs
    const ms = wallMs < shortMs ? wallMs : Math.min(wallMs, this.#cpu.ms() - cpuBeforeMs)
    const kind = this.#kinds.get(input) ?? { totalMs: 0, longest: [] }
    this.#kinds.set(input, kind)
    kind.totalMs += ms
    const least = kind.longest.length < keptMax ? 0 : kind.longest.at(-1)!.ms
    if (ms <= least) return
    const place = kind.longest.findIndex((each) => each.ms < ms)
    kind.longest.splice(place < 0 ? kind.longest.length : place, 0, { atMs, ms })
    if (kind.longest.length > keptMax) kind.longest.pop()
  }

  /** Since it was asked last. */
  async take(): Promise<MeasuredInput[]> {
    // What the collector did is told by the event loop.
    for (let turn = 0; turn < 3; turn += 1) await setImmediate()
    this.#note(this.#observer.takeRecords())
    const measured = [...this.#kinds].map(([input, { totalMs, longest }]) => {
      const longestMs = longest.map((each) => Math.max(0, each.ms - this.#collectedIn(each)))
      return { input, longestMs: longestMs.sort((a, b) => b - a), totalMs }
    })
    this.#kinds.clear()
    this.#collections.length = 0
    return measured
  }

  stop(): void {
    this.#observer.disconnect()
    this.#cpu.close()
  }

  #note(entries: readonly { readonly startTime: number; readonly duration: number }[]): void {
    for (const { startTime: atMs, duration: ms } of entries) this.#collections.push({ atMs, ms })
  }

  #collectedIn({ atMs, ms }: { readonly atMs: number; readonly ms: number }): number {
    let collectedMs = 0
    for (const each of this.#collections) {
      const fromMs = Math.max(atMs, each.atMs)
      const toMs = Math.min(atMs + ms, each.atMs + each.ms)
      collectedMs += Math.max(0, toMs - fromMs)
    }
    return collectedMs
  }
}
