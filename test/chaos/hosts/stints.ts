/**
 * Who owned an actor when, from the rows that owners wrote. A stint is one claim of one process to
 * an actor: it has begun when the first question for it was answered, and goes on at least until
 * the last one was asked. Pure.
 */

export interface WorkRow {
  readonly actor: string
  /** Names a run of a host process. */
  readonly run: string
  readonly host: string
  /** Numbers what the run held without a break, under one token. */
  readonly claim: number
  /** null: `owns` said yes and there was no token. */
  readonly token: number | null
  /** It owned the actor at an instant between these, in ns of the machine's monotonic clock. */
  readonly since: bigint
  readonly until: bigint
}

export interface Stint {
  readonly actor: string
  readonly run: string
  readonly host: string
  /** null: there never was one. */
  token: number | null
  /** Owned at this instant or before. */
  begun: bigint
  /** Owned at this instant or after. */
  lasted: bigint
}

export class Stints {
  readonly #found = new Map<string, Map<string, Stint>>()

  add({ actor, run, host, claim, token, since, until }: WorkRow): void {
    const those = this.#found.get(actor) ?? new Map<string, Stint>()
    this.#found.set(actor, those)
    const key = `${run} ${claim}`
    const known = those.get(key)
    if (known === undefined) {
      those.set(key, { actor, run, host, token, begun: until, lasted: since })
      return
    }
    known.token ??= token
    if (until < known.begun) known.begun = until
    if (since > known.lasted) known.lasted = since
  }

  /** Those of each actor. */
  byActor(): readonly (readonly Stint[])[] {
    return [...this.#found.values()].map((stints) => [...stints.values()])
  }
}

export interface OwnershipFault {
  readonly what: 'two owners at once' | 'a token that did not rise'
  readonly stints: readonly [Stint, Stint]
}

/** @param stints of one actor */
export function ownershipFaults(stints: readonly Stint[]): OwnershipFault[] {
  const faults: OwnershipFault[] = []
  const sorted = stints.toSorted((a, b) => (a.begun < b.begun ? -1 : 1))
  let longest: Stint | undefined
  for (const next of sorted) {
    const before = longest
    if (before !== undefined && before.run !== next.run) {
      if (next.begun < before.lasted) {
        faults.push({ what: 'two owners at once', stints: [before, next] })
      }
      if (next.token !== null && before.token !== null && next.token <= before.token) {
        faults.push({ what: 'a token that did not rise', stints: [before, next] })
      }
    }
    if (before === undefined || next.lasted >= before.lasted) longest = next
  }
  return faults
}
