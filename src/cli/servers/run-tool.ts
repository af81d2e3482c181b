/** Runs a program of the system to its end, without blocking this process. */
import { once } from 'node:events'
import { sendSignal } from '../../process/process-table.js'
import { launch } from './child.js'
import type { Command } from './command.js'
import type { Keeper, StopStep } from './keeper.js'

const stopSteps: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 2_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
]
const complaintCharsMax = 16 * 1024

/** How a run ends before its time. */
export interface Guard {
  /** May live on: nothing of a run stays at it. */
  readonly signal?: AbortSignal | undefined
  /** Ends it when this process is killed. */
  readonly keeper?: Keeper | undefined
}

/** It did not end with exit code 0. */
export class ToolFailed extends Error {
  override readonly name = 'ToolFailed'
  /** What it said on stderr, at most the last 16 KiB; without empty lines. */
  readonly complaint: readonly string[]

  constructor(message: string, complaint: readonly string[] = []) {
    super(message)
    this.complaint = complaint
  }

  /** The first line that looks like a reason, else the last one, else how it ended. */
  reason(mark: RegExp): string {
    return this.complaint.find((line) => mark.test(line)) ?? this.complaint.at(-1) ?? this.message
  }
}

/** @throws ToolFailed */
export async function runTool(
  command: Command,
  { signal, keeper }: Guard = {},
  cwd = '/',
): Promise<void> {
  const env = { ...command.env, LC_ALL: 'C' }
  const tool = launch(
    { ...command, env },
    { cwd, stdio: ['ignore', 'ignore', 'pipe'] },
    stopSteps,
    keeper,
  )
  let text = ''
  tool.stderr?.setEncoding('utf8').on('data', (part: string) => {
    text = (text + part).slice(-complaintCharsMax)
  })
  // It leads a group: what it started ends with it, and lets go of its output.
  const giveUp = () => tool.pid !== undefined && sendSignal(-tool.pid, 'SIGTERM')
  signal?.addEventListener('abort', giveUp)
  if (signal?.aborted) giveUp()
  const [code, by] = await once(tool, 'close')
    .catch((error: Error) => {
      throw new ToolFailed(error.message)
    })
    .finally(() => signal?.removeEventListener('abort', giveUp))
  if (code === 0) return
  const how = `it ended with ${by ?? `exit code ${code}`}`
  const complaint = text.split('\n').filter((line) => line.trim() !== '')
  throw new ToolFailed(signal?.aborted ? 'it took too long or was given up' : how, complaint)
}
