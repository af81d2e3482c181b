/**
 * Clients that each wait for their answer before they ask again, all in this process: so many
 * questions are in flight. Counts what the clients themselves cost, since they share the machine
 * with what they measure.
 */
import { quantile } from './statistics.js'

export interface Load {
  /** Clients. */
  readonly inFlight: number
  /** They ask for so long, or so often together. */
  readonly limit: { readonly ms: number } | { readonly asks: number }
  /** Done when it is answered. */
  ask(client: number, turn: number): Promise<void>
}

export interface Measured {
  readonly answers: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of this process for one answer, in µs. */
  readonly clientMicros: number
}

export async function runLoad({ inFlight, limit, ask }: Load): Promise<Measured> {
  const latenciesMs: number[] = []
  let left = 'asks' in limit ? limit.asks : Number.POSITIVE_INFINITY
  const ms = 'ms' in limit ? limit.ms : Number.POSITIVE_INFINITY
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  const client = async (number: number) => {
    let atMs = performance.now()
    for (let turn = 0; left > 0 && atMs - startMs < ms; turn += 1) {
      left -= 1
      await ask(number, turn)
      const nowMs = performance.now()
      latenciesMs.push(nowMs - atMs)
      atMs = nowMs
    }
  }
  await Promise.all(Array.from({ length: inFlight }, (_, number) => client(number)))
  const tookMs = performance.now() - startMs
  const { user, system } = process.cpuUsage(cpu)
  return {
    answers: latenciesMs.length,
    perSecond: (1_000 * latenciesMs.length) / tookMs,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    clientMicros: (user + system) / latenciesMs.length,
  }
}
