/**
 * Which feature level the cluster can take next, and who keeps it from a higher one. A function of
 * what is heard of the replicas and of the hosts in the log; the leader proposes what it says.
 */
import type { NamespaceState } from '../../fsm/namespace-state.js'
import type { PlacementState } from '../../fsm/placement-state.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import { rangeInWords } from '../../versions/range.js'
import type { VersionRange } from '../../versions/versions.js'

export interface NextLevel {
  /** To be proposed now; null for none. */
  readonly level: number | null
  /** Why the newest level that any replica knows is not reached; for people. Empty when it is. */
  readonly waitsFor: readonly string[]
}

/** What a replica showed last. */
export interface HeardReplica {
  readonly id: ReplicaId
  /** What it knows; or, for people, why that is not known now. */
  readonly levels: VersionRange | string
}

/** @param replicas all members, this one among them */
export function nextLevel(state: PlacementState, replicas: readonly HeardReplica[]): NextLevel {
  const { level: active, settings } = state
  const { levels } = state.context
  const newestOf = (known: VersionRange | string) =>
    typeof known === 'string' ? active : known.newest
  const known = replicas.map((replica) => newestOf(replica.levels))
  const newest = Math.max(active, ...known)
  if (newest === active) return { level: null, waitsFor: [] }
  const waitsFor = replicas.flatMap(({ id, levels: said }) => {
    if (typeof said === 'string') return [`replica ${id}, which ${said}`]
    return said.newest < newest ? [`replica ${id}, which knows ${rangeInWords(said)}`] : []
  })
  const namespaces = [...state.namespaces()]
  const lowest = Math.min(...namespaces.map((namespace) => namespace.lowestLevel))
  const needed = levels.ofTables(Math.min(newest, levels.newest))
  if (lowest < needed) waitsFor.push(hostsBelow(namespaces, needed))
  const { levelMax } = settings
  if (levelMax < newest) waitsFor.push(`the setting levelMax, which is ${levelMax}`)
  let level = Math.min(...known, levelMax, levels.newest)
  while (level > active && lowest < levels.ofTables(level)) level -= 1
  return { level: level > active ? level : null, waitsFor }
}

/** Of more hosts than this, the others are counted. */
const hostsNamedMax = 3

/** Those that are members, or have still to let go. */
function hostsBelow(namespaces: readonly NamespaceState[], level: number): string {
  const names: string[] = []
  let count = 0
  const note = (host: string, namespace: string) => {
    count += 1
    if (names.length < hostsNamedMax) names.push(`${host} in ${namespace}`)
  }
  for (const { name, fields } of namespaces) {
    for (const [host, admission] of fields.admissions.entries()) {
      if (admission.level < level) note(host, name)
    }
    for (const removal of fields.removals.values()) {
      if (removal.level < level) note(removal.name, name)
    }
  }
  const more = count > names.length ? ` and ${count - names.length} more` : ''
  return `hosts that know no level ${level}: ${names.join(', ')}${more}`
}
