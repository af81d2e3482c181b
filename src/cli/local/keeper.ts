/**
 * The owner's side of the keeper (bin/keeper.cjs): a small process that outlives its owner by some
 * seconds and ends what the owner left behind when it was killed.
 *
 * Holds: whoever is watched ends after the owner's end, also when it is stopped or stuck; nobody
 * else is ever signalled. If the keeper itself is killed, the owner's next `watch` starts another.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { identify } from '../../process/process-table.js'

/** One attempt to end a process: a signal, and how long it has until the next attempt. */
export interface StopStep {
  /** `none` only waits: for a process that has a lifeline and stops by itself. */
  readonly signal: NodeJS.Signals | 'none'
  readonly waitMs: number
}

const program = fileURLToPath(new URL('../../../bin/keeper.cjs', import.meta.url))

export class Keeper {
  readonly #watched = new Map<number, string>()
  #process: ChildProcess | null = null

  /** From now on the process ends after this one, by these steps. */
  watch(pid: number, steps: readonly StopStep[]): void {
    const line = JSON.stringify({ watch: { pid, start: identify(pid).start, steps } })
    this.#watched.set(pid, line)
    this.#tell(line)
  }

  /** The process has ended. */
  forget(pid: number): void {
    this.#watched.delete(pid)
    if (this.#process !== null) this.#tell(JSON.stringify({ forget: pid }))
  }

  /** Pid of the keeper; null while it watches nobody and was never needed. */
  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** Lets the keeper go. What it still watches is ended by it. */
  async close(): Promise<void> {
    const keeper = this.#process
    if (keeper === null) return
    this.#process = null
    keeper.ref()
    const ended = new Promise<void>((resolve) => keeper.once('exit', () => resolve()))
    keeper.stdin?.end()
    if (keeper.exitCode === null && keeper.signalCode === null) await ended
  }

  #tell(line: string): void {
    const keeper = this.#process ?? this.#start()
    keeper.stdin?.write(`${line}\n`)
  }

  #start(): ChildProcess {
    // Detached: a Ctrl-C in the terminal is meant for the owner, which decides the order.
    const keeper = spawn(process.execPath, [program], {
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#process = keeper
    keeper.on('error', () => {})
    keeper.stdin?.on('error', () => {})
    keeper.once('exit', () => {
      if (this.#process !== keeper) return
      this.#process = null
      if (this.#watched.size === 0) return
      const next = this.#start()
      for (const line of this.#watched.values()) next.stdin?.write(`${line}\n`)
    })
    // The owner may end while the keeper runs; that is what it is for.
    keeper.unref()
    const stdin = keeper.stdin
    if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
    return keeper
  }
}
