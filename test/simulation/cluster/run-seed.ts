/** One seed from its start to the end of all faults, and on to where all must be well again. */
import { createHasher } from '../../../src/hash/hasher.js'
import { createTableContext, type TableContext } from '../../../src/table/table-context.js'
import { decode, encode } from '../../../src/wire/msgpack.js'
import { createChecks } from '../../../src/wire/validate.js'
import { drawPlan } from '../kernel/fault-plan.js'
import { fail } from '../kernel/invariant-failure.js'
import {
  failureOf,
  type RunSeed,
  type SeedFailure,
  type SeedOptions,
  type SeedResult,
} from '../kernel/seed-run.js'
import { Cluster, type ViaWire } from './cluster.js'
import { clusterKind } from './event-kinds.js'
import { faultTable } from './fault-table.js'
import { Nemesis } from './nemesis.js'
import { nextLevels } from './next-levels.js'
import { RememberingHasher } from './remembering-hasher.js'

const second = 1_000_000

export const stepsDefault = 4_000

const hostKinds = new Set(['hello', 'heartbeat', 'leave', 'bye', 'fenced', 'get', 'types'])

/** What its seeds have in common is made once; nothing of it changes. */
export async function createRunSeed(): Promise<RunSeed> {
  const context = createTableContext(new RememberingHasher(await createHasher()))
  const viaWire = createViaWire()
  return (options) => run(options, context, viaWire)
}

function createViaWire(): ViaWire {
  // Nothing is said that asyncapi.yaml does not have.
  const checks = createChecks({ unknownFields: 'refused' })
  const check = (message: unknown) => {
    const { kind } = message as { readonly kind: string }
    return hostKinds.has(kind) && !('lineage' in (message as object) && kind === 'table')
      ? checks.hostMessage(message)
      : checks.replicaMessage(message)
  }
  return (message) => check(decode(encode(message))) as typeof message
}

function run(options: SeedOptions, context: TableContext, viaWire: ViaWire): SeedResult {
  const { seed, replicas, steps } = options
  const plan = drawPlan(seed, faultTable, new Set(options.without))
  const cluster = new Cluster({ seed, plan, replicas, context, viaWire })
  const { schedule, committed } = cluster
  let healedAfterS = 0
  let failure: SeedFailure | null = null
  try {
    const nemesis = new Nemesis(cluster)
    cluster.start()
    nemesis.start()
    call(cluster)
    while (schedule.count < steps) cluster.step()
    nemesis.heal()
    healedAfterS = converge(cluster)
  } catch (error) {
    failure = failureOf(error)
  }
  const generation = committed.disseminated('default')
  const seconds = Math.round(schedule.nowUs / second - healedAfterS)
  return {
    seed,
    events: schedule.count,
    traceHash: schedule.trace.digits,
    faults: plan.faults,
    about: `generation ${generation}, ${seconds} s, well after ${healedAfterS.toFixed(1)} s more`,
    failure,
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

/** @returns virtual seconds until all was well */
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
  const isUpgraded = cluster.replicas.some(({ isNext }) => isNext)
  if (isUpgraded && state.level !== nextLevels.newest) return 'the feature level has not risen'
  for (const host of hosts) {
    const { machine, kind, stamp, name } = host
    if (machine === null) return `${name} is down`
    const namespace = state.namespace(kind.namespace)
    const { phase, generation, isFenced, movingTo, waiting, types } = machine.state(stamp)
    const { newest } = state.namespaceOrEmpty(kind.namespace)
    if (phase !== 'serving') return `${name} is ${phase} (${waiting?.code ?? 'waits for nothing'})`
    if (isFenced) return `${name} has no lease`
    if (generation !== newest) return `${name} has ${generation}, the newest is ${newest}`
    if (movingTo !== null) return `${name} is locked, on its way to ${movingTo}`
    const offered = namespace?.member(name)?.types ?? []
    if (types.join() !== offered.join()) return `${name} offers ${types}, the log has ${offered}`
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
