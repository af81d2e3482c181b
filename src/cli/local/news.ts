/**
 * What changes in a local cluster, as lines for its terminal: who came and went, where the actor
 * of the tour runs now, who leads, which alarms there are. It is told what is seen, and knows no
 * clock.
 */
import { seconds } from './progress.js'

export interface SeenTable {
  readonly generation: number
  /** Epochs by name. */
  readonly members: ReadonlyMap<string, number>
}

export interface SeenAlarm {
  readonly code: string
  readonly replica: number | null
  readonly detail: string
}

export interface SeenCluster {
  readonly leader: number | null
  readonly alarms: readonly SeenAlarm[]
}

/** An actor that is looked at; nobody has to have made it. */
export interface TourActor {
  readonly type: string
  readonly id: string
}

export class News {
  /** What a person calls a member, by its name. */
  readonly #titles: ReadonlyMap<string, string>
  readonly #actor: TourActor | null
  readonly #endedAtMs = new Map<string, number>()
  #table: SeenTable | null = null
  #owner: string | null = null
  #leader: number | null = null
  #alarms = new Map<string, SeenAlarm>()

  constructor(titles: ReadonlyMap<string, string>, actor: TourActor | null) {
    this.#titles = titles
    this.#actor = actor
  }

  /** The process that has this name ended. */
  ended(name: string, nowMs: number): void {
    this.#endedAtMs.set(name, nowMs)
  }

  isNew({ generation }: SeenTable): boolean {
    return generation > (this.#table?.generation ?? -1)
  }

  /**
   * A new table, which all hosts have.
   * @param owner of the tour's actor, by it; null for nobody, or unknown
   * @returns a line; null for the first one
   */
  table(seen: SeenTable, owner: string | null, nowMs: number): string | null {
    const [before, ownerBefore] = [this.#table, this.#owner]
    this.#table = seen
    this.#owner = owner
    if (before === null) return null
    const changes = [
      ...[...before.members.keys()]
        .filter((name) => !seen.members.has(name))
        .map((name) => `${this.#title(name)} out${this.#since(name, nowMs)}`),
      ...[...seen.members]
        .filter(([name, epoch]) => before.members.get(name) !== epoch)
        .map(([name]) => `${this.#title(name)} ${before.members.has(name) ? 'anew' : 'in'}`),
    ]
    const moved = owner !== ownerBefore ? this.#whereActor(owner) : []
    const what = changes.length === 0 ? 'other settings' : changes.join(', ')
    return [`generation ${seen.generation}: ${what}`, ...moved].join('; ')
  }

  /** @returns a line for each change */
  cluster({ leader, alarms }: SeenCluster): string[] {
    const lines: string[] = []
    const before = this.#leader
    if (leader !== null && leader !== before) {
      this.#leader = leader
      if (before !== null) lines.push(`replica ${leader} leads now, in place of replica ${before}`)
    }
    const now = new Map(alarms.map((alarm) => [`${alarm.code} ${alarm.replica}`, alarm]))
    for (const [key, alarm] of now) {
      if (!this.#alarms.has(key)) lines.push(`${titleOf(alarm)}: ${alarm.detail}`)
    }
    for (const [key, alarm] of this.#alarms) {
      if (!now.has(key)) lines.push(`${titleOf(alarm)} is over`)
    }
    this.#alarms = now
    return lines
  }

  #title(name: string): string {
    return this.#titles.get(name) ?? `host ${name}`
  }

  #since(name: string, nowMs: number): string {
    const atMs = this.#endedAtMs.get(name)
    this.#endedAtMs.delete(name)
    return atMs === undefined ? '' : ` after ${seconds(nowMs - atMs)}`
  }

  #whereActor(owner: string | null): string[] {
    if (this.#actor === null) return []
    const { type, id } = this.#actor
    return [`${type}/${id} now on ${owner === null ? 'nobody' : this.#title(owner)}`]
  }
}

function titleOf({ code, replica }: SeenAlarm): string {
  return replica === null ? `alarm ${code}` : `alarm ${code} of replica ${replica}`
}
