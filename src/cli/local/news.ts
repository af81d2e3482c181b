/**
 * What changes in a local cluster, as lines for its terminal: who came and went, where the actor
 * of the tour runs now, who leads, which alarms there are. It is told what is seen, and knows no
 * clock.
 */
import { seconds } from './progress.js'

export interface SeenTable {
  readonly generation: number
  /** Virtual nodes per host. */
  readonly factor: number
  /** Feature level. */
  readonly level: number
  /** Epochs by name. */
  readonly members: ReadonlyMap<string, number>
  /** Names of members that own nothing. */
  readonly cordoned: ReadonlySet<string>
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

/** Without a leader for so long, it is more than an election: that takes one or two seconds. */
const leaderlessMs = 3_000

export class News {
  /** What a person calls a member, by its name. */
  readonly #titles: ReadonlyMap<string, string>
  readonly #actor: TourActor | null
  readonly #endedAtMs = new Map<string, number>()
  #table: SeenTable | null = null
  #owner: string | null = null
  /** The last one. */
  #leader: number | null = null
  #leaderlessSinceMs: number | null = null
  #isLeaderlessTold = false
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
    const all = [...changes, ...this.#cordons(before, seen), ...otherSettings(before, seen)]
    // Of who came and went between two looks nothing is left to see.
    const what = all.length === 0 ? 'the same hosts as before' : all.join(', ')
    return [`generation ${seen.generation}: ${what}`, ...moved].join('; ')
  }

  /**
   * @param seen null when no replica answers
   * @returns a line for each change
   */
  cluster(seen: SeenCluster | null, nowMs: number): string[] {
    const lines = this.#leaderLines(seen?.leader ?? null, nowMs)
    return seen === null ? lines : [...lines, ...this.#alarmLines(seen.alarms)]
  }

  #leaderLines(leader: number | null, nowMs: number): string[] {
    if (leader === null) {
      this.#leaderlessSinceMs ??= nowMs
      if (this.#isLeaderlessTold || nowMs - this.#leaderlessSinceMs < leaderlessMs) return []
      this.#isLeaderlessTold = true
      return ['no replica leads now: nothing changes, and hosts stop when their leases end']
    }
    const [before, wasTold] = [this.#leader, this.#isLeaderlessTold]
    this.#leader = leader
    this.#leaderlessSinceMs = null
    this.#isLeaderlessTold = false
    if (before !== null && leader !== before) {
      return [`replica ${leader} leads now, in place of replica ${before}`]
    }
    return wasTold ? [`replica ${leader} leads again`] : []
  }

  #alarmLines(alarms: readonly SeenAlarm[]): string[] {
    const lines: string[] = []
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

  #cordons(before: SeenTable, seen: SeenTable): string[] {
    return [...seen.members.keys()]
      .filter((name) => before.members.has(name))
      .filter((name) => before.cordoned.has(name) !== seen.cordoned.has(name))
      .map((name) => `${this.#title(name)} ${seen.cordoned.has(name) ? '' : 'no more '}cordoned`)
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

function otherSettings(before: SeenTable, seen: SeenTable): string[] {
  const { factor, level } = seen
  return [
    ...(factor === before.factor ? [] : [`${factor} virtual nodes per host`]),
    ...(level === before.level ? [] : [`feature level ${level}`]),
  ]
}

function titleOf({ code, replica }: SeenAlarm): string {
  return replica === null ? `alarm ${code}` : `alarm ${code} of replica ${replica}`
}
