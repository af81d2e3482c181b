/** Runs a program of the system to its end, without blocking this process. */
import { spawn } from 'node:child_process'
import { sendSignal } from '../../process/process-table.js'
import type { Command } from './command.js'
import type { Keeper, StopStep } from './keeper.js'

const stopSteps: readonly StopStep[] = [
  { signal: 'SIGTERM', waitMs: 2_000 },
  { signal: 'SIGKILL', waitMs: 2_000 },
]
const complaintCharsMax = 16_384

/** How a run ends before its time. */
export interface Guard {
  /** May live on: nothing of a run stays at it. */
  readonly signal?: AbortSignal | undefined
  /** Ends it when this process is killed. */
  readonly keeper?: Keeper | undefined
}

export interface RunLimits {
  /** Default: `/`. */
  readonly cwd?: string
  /** It is ended when it takes longer, in ms; never by default. */
  readonly deadlineMs?: number
}

/** It did not end with exit code 0. */
export class ToolFailed extends Error {
  override readonly name = 'ToolFailed'
  /** What it said on stderr, at most the last 16 KiB; without empty lines. */
  readonly complaint: readonly string[]

  constructor(message: string, complaint: readonly string[]) {
    super(message)
    this.complaint = complaint
  }

  /** The first line that looks like a reason, else the last one, else how it ended. */
  reason(mark: RegExp): string {
    return this.complaint.find((line) => mark.test(line)) ?? this.complaint.at(-1) ?? this.message
  }
}

/** @throws ToolFailed */
export function runTool(
  command: Command,
  guard: Guard = {},
  { cwd = '/', deadlineMs }: RunLimits = {},
): Promise<void> {
  const { uid, gid } = command
  return new Promise((resolve, reject) => {
    const child = spawn(command.file, [...command.args], {
      cwd,
      // A Ctrl-C in the terminal is meant for its owner.
      detached: true,
      env: { ...process.env, ...command.env, LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    })
    const { pid } = child
    if (pid !== undefined) guard.keeper?.watch(pid, stopSteps)
    let text = ''
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      text = (text + part).slice(-complaintCharsMax)
    })
    let failure: string | null = null
    const giveUp = () => {
      failure ??= 'it took too long or was given up'
      // Detached, so it leads a group: what it started ends with it, and lets go of its output.
      if (pid !== undefined) sendSignal(-pid, 'SIGTERM')
    }
    const settle = watch(giveUp, guard.signal, deadlineMs)
    child.on('error', (error) => {
      failure ??= error.message
      if (pid !== undefined) return
      settle()
      reject(new ToolFailed(failure, []))
    })
    child.on('close', (code, signal) => {
      settle()
      if (pid !== undefined) guard.keeper?.forget(pid)
      if (code === 0) return resolve()
      const complaint = text.split('\n').filter((line) => line.trim() !== '')
      reject(new ToolFailed(failure ?? `it ended with ${signal ?? `exit code ${code}`}`, complaint))
    })
  })
}

/** Calls `giveUp` at the signal or the deadline. @returns undo */
function watch(
  giveUp: () => void,
  signal: AbortSignal | undefined,
  deadlineMs: number | undefined,
): () => void {
  signal?.addEventListener('abort', giveUp)
  const late = deadlineMs === undefined ? undefined : setTimeout(giveUp, deadlineMs)
  if (signal?.aborted) giveUp()
  return () => {
    signal?.removeEventListener('abort', giveUp)
    clearTimeout(late)
  }
}
