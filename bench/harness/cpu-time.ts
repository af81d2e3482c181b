/**
 * Processor time of processes, from /proc (Linux alone). Differences of two readings count what was
 * used between them: children that ended in between are in their parent's sum.
 */
import { readFileSync } from 'node:fs'
import { descendantsOf } from '../../src/process/process-table.js'

/** proc(5): times are in ticks of 10 ms, on every Linux. */
const tickMs = 10

/** Of a process and of the children that it has waited for, in ms; 0 when there is none. */
function cpuMsOf(pid: number): number {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return 0
  }
  // The name, in parentheses, may hold anything. Then: utime, stime, cutime, cstime.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return tickMs * fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0)
}

/** Of a process and all below it, in ms so far: a Postgres with its backends, for example. */
export function treeCpuMs(pid: number): number {
  return [pid, ...descendantsOf(pid)].reduce((sum, one) => sum + cpuMsOf(one), 0)
}
