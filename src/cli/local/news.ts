/**
 * What changes in a local cluster, as lines for its terminal: who came and went, where the actor
 * of the tour runs now, who leads, which alarms there are. It is told what is seen, and knows no
 * clock.
 */
import { seconds } from './terminal.js'

export interface SeenMember {
  readonly epoch: number
  /** Owns nothing. */
  readonly cordoned: boolean
}

export interface SeenTable {
  readonly generation: number
  /** Virtual nodes per host. */
  readonly factor: number
  /** Feature level. */
  readonly level: number
  /** By name. */
  readonly members: ReadonlyMap<string, SeenMember>
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
  #alarms: ReadonlyMap<string, SeenAlarm> = new Map()

  constructor(titles: ReadonlyMap<string, string>, actor: TourActor | null) {
    this.#titles = titles
    this.#actor = actor
  }

  /** The process that has this name ended. */
  ended(name: string, nowMs: number): void {
    this.#endedAtMs.set(name, nowMs)
  }

  isNew(generation: number): boolean {
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
    const changes = [...this.#departures(before, seen, nowMs), ...this.#arrivals(before, seen)]
    if (seen.factor !== before.factor) changes.push(`${seen.factor} virtual nodes per host`)
    if (seen.level !== before.level) changes.push(`feature level ${seen.level}`)
    // Of who came and went between two looks nothing is left to see.
    const what = changes.length === 0 ? 'the same hosts as before' : changes.join(', ')
    const line = `generation ${seen.generation}: ${what}`
    if (this.#actor === null || owner === ownerBefore) return line
    const { type, id } = this.#actor
    return `${line}; ${type}/${id} now on ${owner === null ? 'nobody' : this.#title(owner)}`
  }

  /**
   * @param seen null when no replica answers
   * @returns a line for each change
   */
  cluster(seen: SeenCluster | null, nowMs: number): string[] {
    const line = this.#leaderLine(seen?.leader ?? null, nowMs)
    return [...(line === null ? [] : [line]), ...(seen === null ? [] : this.#alarmLines(seen))]
  }

  #departures(before: SeenTable, seen: SeenTable, nowMs: number): string[] {
    const out = [...before.members.keys()].filter((name) => !seen.members.has(name))
    return out.map((name) => {
      const atMs = this.#endedAtMs.get(name)
      this.#endedAtMs.delete(name)
      const after = atMs === undefined ? '' : ` after ${seconds(nowMs - atMs)}`
      return `${this.#title(name)} out${after}`
    })
  }

  #arrivals(before: SeenTable, seen: SeenTable): string[] {
    return [...seen.members].flatMap(([name, { epoch, cordoned }]) => {
      const was = before.members.get(name)
      const title = this.#title(name)
      if (was === undefined) return [`${title} in`]
      return [
        ...(epoch === was.epoch ? [] : [`${title} anew`]),
        ...(cordoned === was.cordoned ? [] : [`${title} ${cordoned ? '' : 'no more '}cordoned`]),
      ]
    })
  }

  #leaderLine(leader: number | null, nowMs: number): string | null {
    if (leader === null) {
      this.#leaderlessSinceMs ??= nowMs
      if (this.#isLeaderlessTold || nowMs - this.#leaderlessSinceMs < leaderlessMs) return null
      this.#isLeaderlessTold = true
      return 'no replica leads now: nothing changes, and hosts stop when their leases end'
    }
    const [before, wasTold] = [this.#leader, this.#isLeaderlessTold]
    this.#leader = leader
    this.#leaderlessSinceMs = null
    this.#isLeaderlessTold = false
    if (before === null || leader === before)
      return wasTold ? `replica ${leader} leads again` : null
    return `replica ${leader} leads now, in place of replica ${before}`
  }

  #alarmLines({ alarms }: SeenCluster): string[] {
    const before = this.#alarms
    const now = new Map(alarms.map((alarm) => [titleOf(alarm), alarm]))
    this.#alarms = now
    const come = [...now].filter(([title]) => !before.has(title))
    const gone = [...before.keys()].filter((title) => !now.has(title))
    return [
      ...come.map(([title, { detail }]) => `${title}: ${detail}`),
      ...gone.map((title) => `${title} is over`),
    ]
  }

  #title(name: string): string {
    return this.#titles.get(name) ?? `host ${name}`
  }
}

function titleOf({ code, replica }: SeenAlarm): string {
  return replica === null ? `alarm ${code}` : `alarm ${code} of replica ${replica}`
}
