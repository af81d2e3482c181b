/**
 * What the members of the cluster showed of themselves last, and which feature level follows from
 * that. Others come and go as they like: they are not kept.
 */
import type { NamespaceState } from '../../fsm/namespace-state.js'
import type { PlacementState } from '../../fsm/placement-state.js'
import type { ReplicaId } from '../../raft/core/entry.js'
import { rangeInWords } from '../../versions/range.js'
import type { VersionRange } from '../../versions/versions.js'
import type { ReplicaShown } from './frames.js'

/** What a replica showed counts for so long: it shows itself every second, in ms. */
const heardWithinMs = 3_000

export interface Shown {
  readonly of: ReplicaShown
  readonly atMs: number
}

export class ShownMembers {
  readonly #id: ReplicaId
  readonly #state: PlacementState
  #members: readonly ReplicaId[] = []
  readonly #shown = new Map<ReplicaId, Shown>()

  /** @param id of this replica */
  constructor(id: ReplicaId, state: PlacementState) {
    this.#id = id
    this.#state = state
  }

  /** From now on these are the members. */
  configured(members: readonly ReplicaId[]): void {
    this.#members = members
    for (const id of this.#shown.keys()) if (!members.includes(id)) this.#shown.delete(id)
  }

  note(from: ReplicaId, of: ReplicaShown, atMs: number): void {
    if (this.#members.includes(from)) this.#shown.set(from, { of, atMs })
  }

  get(id: ReplicaId): Shown | undefined {
    return this.#shown.get(id)
  }

  /** Those of whom anything is known, and what. */
  entries(): Iterable<[ReplicaId, Shown]> {
    return this.#shown
  }

  /** Which feature level the cluster can take next, and what keeps it from a higher one. */
  nextLevel(nowMs: number): NextLevel {
    const own = this.#state.context.levels.range
    const replicas = this.#members.map((id): HeardReplica => {
      if (id === this.#id) return { id, levels: own }
      const shown = this.#shown.get(id)
      const isHeard = shown !== undefined && nowMs - shown.atMs <= heardWithinMs
      if (!isHeard) return { id, levels: 'is not heard from' }
      return { id, levels: shown.of.stopped === null ? shown.of.levels : 'has stopped' }
    })
    return nextLevel(this.#state, replicas)
  }
}

export interface NextLevel {
  /** To be proposed now; null for none. */
  readonly level: number | null
  /** Why the newest level that any replica knows is not reached; for people. Empty when it is. */
  readonly waitsFor: readonly string[]
}

/** What is known of the build of a member. */
interface HeardReplica {
  readonly id: ReplicaId
  /** What it knows; or, for people, why that is not known now. */
  readonly levels: VersionRange | string
}

/**
 * Which feature level the cluster can take next, and who keeps it from a higher one. A function of
 * what is heard of the replicas and of the hosts in the log; the leader proposes what it says.
 *
 * @param replicas all members, this one among them
 */
function nextLevel(state: PlacementState, replicas: readonly HeardReplica[]): NextLevel {
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
