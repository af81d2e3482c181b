/**
 * Which feature level the cluster can take next, and who keeps it from a higher one. A function of
 * what is heard of the replicas and of the hosts in the log; the leader proposes what it says.
 */
import { newestOfHosts } from '../fsm/cluster-commands.js'
import type { PlacementState } from '../fsm/placement-state.js'
import type { ReplicaId } from '../raft/core/entry.js'
import { rangeInWords } from '../versions/range.js'
import type { VersionRange } from '../versions/versions.js'

export interface NextLevel {
  /** To be proposed now; null for none. */
  readonly level: number | null
  /** Why the newest level that any replica knows is not reached; for people. Empty when it is. */
  readonly waitsFor: readonly string[]
}

/** What a replica showed last. */
export interface HeardReplica {
  readonly id: ReplicaId
  /** null when it was not heard from of late. */
  readonly levels: VersionRange | null
}

/** @param replicas all members, this one among them */
export function nextLevel(state: PlacementState, replicas: readonly HeardReplica[]): NextLevel {
  const { level: active, settings } = state
  const { levels } = state.context
  const heard = replicas.flatMap(({ levels: known }) => known ?? [])
  const newest = Math.max(active, ...heard.map((known) => known.newest))
  if (newest === active) return { level: null, waitsFor: [] }
  const waitsFor = replicas.flatMap(({ id, levels: known }) => {
    if (known === null) return [`replica ${id}, which is not heard from`]
    return known.newest < newest ? [`replica ${id}, which knows ${rangeInWords(known)}`] : []
  })
  if (settings.levelMax < newest) waitsFor.push(`levelMax, which is ${settings.levelMax}`)
  const common = Math.min(...replicas.map(({ levels: known }) => known?.newest ?? active))
  const highest = Math.min(common, settings.levelMax, levels.newest)
  const ofHosts = newestOfHosts(state.namespaces())
  let level = Math.max(active, highest)
  while (level > active && ofHosts < levels.ofTables(level)) level -= 1
  const needed = levels.ofTables(Math.min(newest, levels.newest))
  if (ofHosts < needed) waitsFor.push(...hostsBelow(state, needed))
  return { level: level > active ? level : null, waitsFor }
}

/** Of more hosts than this, the others are counted. */
const hostsNamedMax = 3

function hostsBelow(state: PlacementState, level: number): string[] {
  const names: string[] = []
  let count = 0
  for (const namespace of state.namespaces()) {
    for (const [name, admission] of namespace.fields.admissions.entries()) {
      if (admission.level >= level) continue
      count += 1
      if (names.length < hostsNamedMax) names.push(`${name} in ${namespace.name}`)
    }
  }
  const more = count > names.length ? ` and ${count - names.length} more` : ''
  return [`hosts that know no level ${level}: ${names.join(', ')}${more}`]
}
