/** What a run must have kept, once all is healed and nobody writes any more. */
import { setTimeout as delay } from 'node:timers/promises'
import { checkByKey } from '../linearizability/check.js'
import type { Operation } from '../linearizability/history.js'
import type { ChaosCluster } from './cluster/chaos-cluster.js'
import { type Standing, standings } from './cluster/leader.js'
import type { Acknowledged } from './workload/clients.js'
import { listEvents, type PlacementEvent } from './workload/events.js'
import { type Placement, type PlacementAction, placementModel } from './workload/placement-model.js'
import type { RestClient } from './workload/rest-client.js'
import { settlements } from './workload/settlers.js'

export interface Check {
  readonly name: string
  readonly outcome: 'holds' | 'fails' | 'undecided'
  readonly detail: string
}

export const convergeMsMax = 60_000
const lookEveryMs = 200
const checkMsMax = 120_000

/** All replicas ready, as far as each other, and the same. */
export async function checkConvergence(cluster: ChaosCluster, rest: RestClient): Promise<Check> {
  const name = 'replicas converge to equal digests at an equal index'
  const startMs = performance.now()
  let last: readonly Standing[] = []
  for (;;) {
    last = await standings(cluster, rest)
    const [first] = last
    const same = last.every(
      ({ applied, digest }) =>
        applied !== null && applied === first!.applied && digest === first!.digest,
    )
    const tookMs = Math.round(performance.now() - startMs)
    const detail = `${JSON.stringify(last)} after ${tookMs} ms`
    if (same && (await areReady(cluster, rest))) return { name, outcome: 'holds', detail }
    if (tookMs > convergeMsMax) return { name, outcome: 'fails', detail }
    await delay(lookEveryMs)
  }
}

async function areReady({ replicas }: ChaosCluster, rest: RestClient): Promise<boolean> {
  const answers = await Promise.all(
    replicas.map(({ api }) => rest.call({ method: 'GET', url: `${api}/readyz`, timeoutMs: 1_000 })),
  )
  return answers.every(({ kind }) => kind === 'ok')
}

export function checkHistories(
  operations: readonly Operation<PlacementAction>[],
  initial: ReadonlyMap<string, Placement>,
): readonly Check[] {
  const modelOf = (namespace: string) => {
    const members = settlements.find((one) => one.namespace === namespace)?.members ?? []
    return placementModel(initial.get(namespace)!, members)
  }
  return (['consistent', 'default'] as const).map((mode): Check => {
    const chosen = operations.filter(
      ({ action }) => action.kind === 'cordon' || action.mode === mode,
    )
    const startMs = performance.now()
    const limits = { timeMsMax: checkMsMax }
    const verdicts = checkByKey(modelOf, chosen, ({ namespace }) => namespace, limits)
    const name = `writes and ${mode} reads are linearizable`
    const tookMs = Math.round(performance.now() - startMs)
    const failed = verdicts.find(({ kind }) => kind === 'not-linearizable')
    if (failed !== undefined) return { name, outcome: 'fails', detail: JSON.stringify(failed.key) }
    const open = verdicts.find(({ kind }) => kind === 'undecided')
    if (open?.kind === 'undecided') return { name, outcome: 'undecided', detail: open.why }
    const unanswered = chosen.filter(({ respondedAt }) => respondedAt === null).length
    const detail = `${chosen.length} operations, ${unanswered} without an answer, in ${tookMs} ms`
    return { name, outcome: 'holds', detail }
  })
}

/** Each acknowledged change is an event of each replica, where and with what it was acknowledged. */
export async function checkAcknowledged(
  cluster: ChaosCluster,
  rest: RestClient,
  acknowledged: readonly Acknowledged[],
): Promise<readonly Check[]> {
  const checks: Check[] = []
  const changes = acknowledged.filter(({ action, changed }) => changed && isMember(action.name))
  for (const { id, api } of cluster.replicas) {
    const name = `replica ${id} has every acknowledged write`
    try {
      const events = await listEvents(api, rest)
      const missing = changes.filter((write) => !isThere(write, events.byIndex))
      const lost = missing.filter(({ index }) => !events.gaps.some((gap) => gap.covers(index)))
      const gaps = `${missing.length - lost.length} in ${events.gaps.length} gaps of its history`
      const detail = `${changes.length} changes, ${events.byIndex.size} events, ${gaps}`
      checks.push(
        lost.length === 0
          ? { name, outcome: 'holds', detail }
          : { name, outcome: 'fails', detail: `lost: ${JSON.stringify(lost.slice(0, 5))}` },
      )
      checks.push(checkMembers(id, [...events.byIndex.values()]))
    } catch (error) {
      checks.push({ name, outcome: 'fails', detail: String(error) })
    }
  }
  return checks
}

/** Leases were long: whoever was a member at the start is one still. */
function checkMembers(id: number, events: readonly PlacementEvent[]): Check {
  const name = `replica ${id} saw no member leave`
  const left = events.filter(({ kind }) => ['removed', 'restarted', 'changed'].includes(kind))
  const outcome = left.length === 0 ? 'holds' : 'fails'
  return { name, outcome, detail: left.length === 0 ? '' : JSON.stringify(left.slice(0, 5)) }
}

function isThere(
  { action, index, generation }: Acknowledged,
  events: ReadonlyMap<number, PlacementEvent>,
): boolean {
  const event = events.get(index)
  const kind = action.cordoned ? 'cordoned' : 'uncordoned'
  return (
    event !== undefined &&
    event.kind === kind &&
    event.member === action.name &&
    event.namespace === action.namespace &&
    event.generation === generation
  )
}

function isMember(name: string): boolean {
  return settlements.some(({ members }) => members.includes(name))
}
