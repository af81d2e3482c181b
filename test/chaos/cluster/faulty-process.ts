/**
 * A process of ours that faults befall. It knows whether it is meant to run: an end that nobody
 * asked for is a finding.
 */
import { type Child, describeExit, startChild } from '../../../src/cli/local/child.js'
import type { Command } from '../../../src/cli/local/command.js'
import type { Keeper } from '../../../src/cli/local/keeper.js'
import { lastWords } from '../../../src/cli/local/log-tail.js'
import { sendSignal, stateOf } from '../../../src/process/process-table.js'
import { eventually } from '../../support/eventually.js'

export interface FaultyProcessOptions {
  readonly name: string
  readonly command: Command
  readonly logFile: string
  readonly keeper: Keeper
  /** It ended although nobody asked for it. */
  onDied(how: string): void
  /** Each process that is started. */
  onStarted(pid: number): void
}

const stopMs = 15_000

export class FaultyProcess {
  readonly name: string
  readonly #options: FaultyProcessOptions
  #child: Child | null = null
  /** Counts the starts: names a run of the process. */
  #run = 0

  constructor(options: FaultyProcessOptions) {
    this.name = options.name
    this.#options = options
  }

  get run(): number {
    return this.#run
  }

  /** Null while it is not meant to run. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get isRunning(): boolean {
    return this.#child !== null
  }

  async start(): Promise<void> {
    const { name, command, logFile, keeper, onDied, onStarted } = this.#options
    const steps = [
      { signal: 'SIGTERM', waitMs: stopMs },
      { signal: 'SIGKILL', waitMs: 5_000 },
    ] as const
    const child = await startChild({
      ...{ name, command, logFile, keeper, steps },
      onOwnerGone: 'lifeline',
    })
    this.#child = child
    this.#run += 1
    onStarted(child.pid)
    void child.exited.then((exit) => {
      if (this.#child !== child) return
      this.#child = null
      onDied(`${name} ${describeExit(exit)}: ${lastWords(logFile)}`)
    })
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const child = this.#release()
    if (child !== null) sendSignal(child.pid, 'SIGKILL')
    await child?.exited
  }

  /** SIGTERM. @returns whether it ended well, by itself */
  async stop(): Promise<boolean> {
    const child = this.#release()
    if (child === null) return true
    const wasAsked = await child.stop()
    return wasAsked && (await child.exited).code === 0
  }

  async freeze(): Promise<void> {
    const pid = this.#child?.pid
    if (pid === undefined) return
    sendSignal(pid, 'SIGSTOP')
    await eventually(`${this.name} to stand still`, () => ['T', 'Z', null].includes(stateOf(pid)))
  }

  thaw(): void {
    if (this.#child !== null) sendSignal(this.#child.pid, 'SIGCONT')
  }

  #release(): Child | null {
    const child = this.#child
    this.#child = null
    return child
  }
}
