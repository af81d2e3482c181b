/**
 * The owner's side of the keeper (bin/keeper.cjs): a small process that outlives its owner by some
 * seconds and ends what the owner left behind when it was killed.
 *
 * Holds: whoever is watched ends after the owner's end, also when it is stopped or stuck; nobody
 * else is ever signalled. A keeper that is killed is replaced at once.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { identify } from '../../process/process-table.js'

/** One attempt to end a process: a signal, and how long it has until the next attempt. */
export interface StopStep {
  readonly signal: NodeJS.Signals
  readonly waitMs: number
}

const program = fileURLToPath(new URL('../../../bin/keeper.cjs', import.meta.url))

export class Keeper {
  /** What the keeper is told of each pid. */
  readonly #watched = new Map<number, string>()
  #process: ChildProcess | null = null

  /** From now on the process ends after this one, by these steps. */
  watch(pid: number, steps: readonly StopStep[]): void {
    const line = `${JSON.stringify({ watch: { pid, start: identify(pid).start, steps } })}\n`
    this.#watched.set(pid, line)
    if (this.#process === null) this.#start()
    else this.#process.stdin?.write(line)
  }

  /** The process has ended. */
  forget(pid: number): void {
    this.#watched.delete(pid)
    this.#process?.stdin?.write(`${JSON.stringify({ forget: pid })}\n`)
  }

  /** Lets the keeper go. What it still watches is ended by it. */
  async close(): Promise<void> {
    const keeper = this.#process
    if (keeper === null) return
    this.#process = null
    keeper.ref()
    const ended = once(keeper, 'exit')
    keeper.stdin?.end()
    if (keeper.exitCode === null && keeper.signalCode === null) await ended
  }

  #start(): void {
    // Detached: a Ctrl-C in the terminal is meant for the owner, which decides the order.
    const keeper = spawn(process.execPath, [program], {
      ...{ detached: true, cwd: '/', stdio: ['pipe', 'ignore', 'ignore'] },
    })
    this.#process = keeper
    keeper.on('error', () => {})
    keeper.stdin.on('error', () => {})
    keeper.once('exit', () => {
      if (this.#process !== keeper) return
      this.#process = null
      if (this.#watched.size > 0) this.#start()
    })
    for (const line of this.#watched.values()) keeper.stdin.write(line)
    // The owner may end while the keeper runs; that is what it is for.
    keeper.unref()
    if ('unref' in keeper.stdin && typeof keeper.stdin.unref === 'function') keeper.stdin.unref()
  }
}
