/** The clocks of this machine, read at the call. */
import { uptime } from 'node:os'
import type { Stamp } from './clock.js'

export function systemNow(): Stamp {
  return { monotonicMs: performance.now(), bootMs: uptime() * 1_000 }
}
