/** One seed from its start to the end of all faults, and on to where all must be well again. */
import { createHasher } from '../../../src/hash/hasher.js'
import { createTableContext, type TableContext } from '../../../src/table/table-context.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { createChecks } from '../../../src/wire/validate.js'
import { drawPlan } from '../kernel/fault-plan.js'
import { Cluster, type ViaWire } from './cluster.js'
import { clusterKind } from './event-kinds.js'
import { fail } from './failure.js'
import { faultTable } from './fault-table.js'
import { Nemesis } from './nemesis.js'

const second = 1_000_000

/** What seeds of one process have in common; nothing of it changes. */
export interface Shared {
  readonly context: TableContext
  readonly viaWire: ViaWire
}

export async function createShared(): Promise<Shared> {
  const checks = createChecks()
  const check = (message: unknown) => {
    const { kind } = message as { readonly kind: string }
    return hostKinds.has(kind) && !('lineage' in (message as object) && kind === 'table')
      ? checks.hostMessage(message)
      : checks.replicaMessage(message)
  }
  const viaWire: ViaWire = (message) => check(decode(encode(message))) as typeof message
  return { context: createTableContext(await createHasher()), viaWire }
}

const hostKinds = new Set(['hello', 'heartbeat', 'leave', 'bye', 'fenced', 'get'])

export interface RunOptions {
  /** Faults that are left out. */
  readonly without?: ReadonlySet<string>
  /** For how long faults come, in virtual seconds. */
  readonly faultSeconds?: number
}

export interface RunResult {
  readonly seed: number
  readonly events: number
  readonly faults: readonly string[]
  /** Virtual seconds until all was well after the faults. */
  readonly healedAfter: number
  readonly generations: number
  readonly trace: string
}

export function runSeed(seed: number, shared: Shared, options: RunOptions = {}): RunResult {
  const { without = new Set<string>(), faultSeconds = 12 } = options
  const plan = drawPlan(seed, faultTable, without)
  const cluster = new Cluster(seed, plan, shared.context, shared.viaWire)
  const nemesis = new Nemesis(cluster)
  cluster.start()
  nemesis.start()
  call(cluster)
  cluster.runUntil(faultSeconds * second)
  nemesis.heal()
  const healedAfter = converge(cluster)
  const { schedule, committed } = cluster
  return {
    seed,
    events: schedule.count,
    faults: plan.faults,
    healedAfter,
    generations: committed.disseminated('default'),
    trace: schedule.trace.digits,
  }
}

/** Callers ask now and then, anywhere. */
function call(cluster: Cluster): void {
  const random = cluster.random('callers')
  const next = () => {
    const host = random.pick(cluster.hosts)
    if (!host.process.isPaused) cluster.ownership.ask(host, random.pick(cluster.actors))
    cluster.schedule.after(random.exponential(20_000), clusterKind.caller, host.id, next)
  }
  cluster.schedule.after(0, clusterKind.caller, 0, next)
}

/** @returns virtual seconds that it took */
function converge(cluster: Cluster): number {
  const fromUs = cluster.schedule.nowUs
  const limit = cluster.settings.admissionsPerMinuteMax > 0 ? 90 : 30
  let missing: string | null = 'nothing was looked at'
  while (cluster.schedule.nowUs < fromUs + limit * second) {
    cluster.runUntil(cluster.schedule.nowUs + 250_000)
    missing = whatIsMissing(cluster)
    if (missing === null) return (cluster.schedule.nowUs - fromUs) / second
  }
  return fail('all is well again', `not within ${limit} s after the faults: ${missing}`)
}

/** Why not everything is well; null when it is. */
function whatIsMissing(cluster: Cluster): string | null {
  const { leader, hosts, actors } = cluster
  const state = leader?.machine?.state
  if (state === undefined) return 'there is no leader'
  for (const host of hosts) {
    const { machine, kind, stamp, name } = host
    if (machine === null) return `${name} is down`
    const namespace = state.namespace(kind.namespace)
    const { phase, generation, isFenced, movingTo, waiting } = machine.state(stamp)
    const newest = namespace?.newest ?? 0
    if (phase !== 'serving') return `${name} is ${phase} (${waiting?.code ?? 'waits for nothing'})`
    if (isFenced) return `${name} has no lease`
    if (generation !== newest) return `${name} has ${generation}, the newest is ${newest}`
    if (movingTo !== null) return `${name} is locked, on its way to ${movingTo}`
  }
  for (const { type, id } of actors) {
    for (const namespace of ['default', 'other']) {
      const owner = state.namespace(namespace)?.newestTable.owner(type, id)
      const owners = hosts.filter(
        ({ machine, kind, stamp }) =>
          kind.namespace === namespace && machine?.owns(type, id, stamp) === true,
      )
      const names = owners.map(({ name }) => name).join()
      if (names !== (owner?.name ?? '')) return `${type}/${id} is ${owner?.name}'s, not ${names}'s`
    }
  }
  return null
}
