/**
 * What the kernel says of processes: who lives, who is whose child. Reads /proc, because `ps` may
 * be missing; where there is no /proc (macOS), a pid is all that is known of a process.
 *
 * A pid alone names nobody for long: it is given out again. `ProcessIdentity` adds the start time,
 * so that a lock or a kill never takes a stranger for the one it meant.
 */
import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessIdentity {
  readonly pid: number
  /** Start time in clock ticks since boot (proc(5), field 22); null where there is no /proc. */
  readonly start: string | null
  /** Tells boots apart, since pids and start times begin anew; null where there is no /proc. */
  readonly boot: string | null
}

interface Stat {
  readonly state: string
  readonly parent: number
  readonly start: string
}

function stat(pid: number): Stat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  // The second field is the name in parentheses and may hold anything, spaces and ")" too.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0]!, parent: Number(fields[1]), start: fields[19]! }
}

function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return null
  }
}

/** The identity of a process that runs now; of one that does not, an identity that is not alive. */
export function identify(pid: number): ProcessIdentity {
  return { pid, start: stat(pid)?.start ?? null, boot: bootId() }
}

/** Whether that very process still runs. One that has ended but was not reaped does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  const boot = bootId()
  if (boot === null) return canSignal(identity.pid)
  if (identity.boot !== boot) return false
  const now = stat(identity.pid)
  return now !== null && now.start === identity.start && now.state !== 'Z' && now.state !== 'X'
}

/**
 * The kernel's letter for what a process does: R runs, S and D wait, T is stopped, Z has ended and
 * waits to be reaped. null when there is none.
 */
export function stateOf(pid: number): string | null {
  return stat(pid)?.state ?? null
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Pids of all processes that this one may see; none where there is no /proc. */
export function processes(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** Direct children of a process, without those that have ended and wait to be reaped. */
export function childrenOf(pid: number): readonly number[] {
  return processes().filter((one) => {
    const seen = stat(one)
    return seen !== null && seen.parent === pid && seen.state !== 'Z'
  })
}

/** Children, their children and so on, parents first. */
export function descendantsOf(pid: number): readonly number[] {
  const parents = new Map(processes().map((one) => [one, stat(one)?.parent]))
  const found: number[] = []
  for (let at = -1; at < found.length; at += 1) {
    const parent = at < 0 ? pid : found[at]
    for (const [one, of] of parents) if (of === parent) found.push(one)
  }
  return found
}

/** The arguments of a running process; empty when it is gone or not ours to see. */
export function commandOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
  } catch {
    return []
  }
}

/** Sends a signal. A process that is already gone is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
