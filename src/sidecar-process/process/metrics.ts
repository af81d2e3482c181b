/** What a sidecar counts and measures, for Prometheus. Read from the parts when it is asked for. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import {
  type CallMeasures,
  callEnds,
  callHops,
  waitBoundsMs,
} from '../../calls/machine/measures.js'
import type { LocalState } from '../api/local-state.js'

export interface SidecarMetrics {
  readonly registry: Registry
  /** Begins to show the parts once they exist. */
  measure(parts: Measured): void
}

export interface Measured {
  readonly calls: () => CallMeasures
  readonly state: () => LocalState
}

export function createMetrics(): SidecarMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return { registry, measure: (parts) => measure(registry, parts) }
}

function measure(registry: Registry, { calls, state }: Measured): void {
  measureCalls(registry, calls)
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(read()) })
  }
  gauge('berth_ready', '1 while it has joined and the application is up.', () =>
    state().ready ? 1 : 0,
  )
  const up = '1 while the application is up and well; 1 too where there is none.'
  gauge('berth_application_up', up, () => {
    const { application } = state()
    return application === null || application.state === 'up' ? 1 : 0
  })
  gauge('berth_member', '1 while this host is in the table that answers.', () =>
    state().sidecar.isMember ? 1 : 0,
  )
  gauge('berth_lease_left_seconds', 'What is left of the lease; 0 without one.', () => {
    return Math.max(0, state().sidecar.leaseLeftMs) / 1_000
  })
  gauge('berth_table_generation', 'Generation of the table that answers; 0 without one.', () => {
    return state().sidecar.generation ?? 0
  })
  gauge('berth_table_members', 'Members of the table that answers.', () => state().sidecar.members)
}

function measureCalls(registry: Registry, calls: () => CallMeasures): void {
  const registers = [registry]
  const ended: Counter<'outcome' | 'hop'> = new Counter({
    name: 'berth_calls_total',
    help: 'Calls that are over, by how they ended and where they went last.',
    labelNames: ['outcome', 'hop'],
    registers,
    collect: () => {
      ended.reset()
      const counted = calls().ended
      for (const outcome of callEnds) {
        for (const hop of callHops) ended.inc({ outcome, hop }, counted[outcome][hop])
      }
    },
  })
  const again: Counter = new Counter({
    name: 'berth_calls_sent_again_total',
    help: 'Calls that were sent a further time.',
    registers,
    collect: () => {
      again.reset()
      again.inc(calls().sentAgain)
    },
  })
  const now: Gauge<'phase'> = new Gauge({
    name: 'berth_calls',
    help: 'Calls now: waiting for their actor, at the own application, at another host.',
    labelNames: ['phase'],
    registers,
    collect: () => {
      const { waiting, running, forwarded } = calls()
      now.set({ phase: 'waiting' }, waiting)
      now.set({ phase: 'running' }, running)
      now.set({ phase: 'forwarded' }, forwarded)
    },
  })
  const actors: Gauge = new Gauge({
    name: 'berth_actors',
    help: 'Actors that were called here and have not left.',
    registers,
    collect: () => actors.set(calls().actors),
  })
  new WaitHistogram(registry, calls)
}

type Shape = Awaited<ReturnType<Histogram['get']>>

/** Its types leave out what it has its text from. */
const base = Histogram.prototype as unknown as { getForPromString(): Promise<Shape> }

/** The classes of waiting times that the machine of calls counts. */
class WaitHistogram extends Histogram {
  readonly #calls: () => CallMeasures

  constructor(registry: Registry, calls: () => CallMeasures) {
    super({
      name: 'berth_call_wait_seconds',
      help: 'How long calls that are over waited here.',
      buckets: waitBoundsMs.map((boundMs) => boundMs / 1_000),
      registers: [registry],
    })
    this.#calls = calls
  }

  /** Of this the registry makes its text, and `get` what it gives. */
  async getForPromString(): Promise<Shape> {
    const shape = await base.getForPromString.call(this)
    const { waits, waitedMs } = this.#calls()
    let count = 0
    const buckets = waits.map((waited, i) => {
      count += waited
      const boundMs = waitBoundsMs[i]
      const le = boundMs === undefined ? '+Inf' : boundMs / 1_000
      return { metricName: 'berth_call_wait_seconds_bucket', labels: { le }, value: count }
    })
    const sum = { metricName: 'berth_call_wait_seconds_sum', labels: {}, value: waitedMs / 1_000 }
    const all = { metricName: 'berth_call_wait_seconds_count', labels: {}, value: count }
    return { ...shape, values: [...buckets, sum, all] }
  }
}
