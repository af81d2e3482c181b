/** What a run with clients must have kept, once all is healed and nobody writes any more. */
import { checkByKey } from '../../linearizability/check.js'
import type { Operation } from '../../linearizability/history.js'
import type { ChaosCluster } from '../cluster/chaos-cluster.js'
import type { Check } from '../workload.js'
import type { Acknowledged } from './clients.js'
import { listEvents, type PlacementEvent } from './events.js'
import { type Placement, type PlacementAction, placementModel } from './placement-model.js'
import type { RestClient } from './rest-client.js'
import { settlements } from './settlers.js'

const checkMsMax = 120_000

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
    if (failed?.kind === 'not-linearizable') {
      const { key, order, state, next } = failed
      const detail = JSON.stringify({ key, placed: order.length, state, next })
      return { name, outcome: 'fails', detail }
    }
    const open = verdicts.find(({ kind }) => kind === 'undecided')
    if (open?.kind === 'undecided') return { name, outcome: 'undecided', detail: open.why }
    const unanswered = chosen.filter(({ respondedAt }) => respondedAt === null).length
    const detail = `${chosen.length} operations, ${unanswered} without an answer, in ${tookMs} ms`
    return { name, outcome: 'holds', detail }
  })
}

/** Each acknowledged change is an event of each replica, at its index and with its generation. */
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
