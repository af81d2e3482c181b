/**
 * Who owned an actor when, from the rows that owners wrote. A stint is one process' time with an
 * actor under one token: it has begun when the first question for it was answered, and goes on at
 * least until the last one was asked. Pure.
 */

export interface WorkRow {
  readonly actor: string
  /** Names a run of a host process. */
  readonly run: string
  readonly host: string
  readonly token: number
  /** It owned the actor at an instant between these, in ns of the machine's monotonic clock. */
  readonly since: bigint
  readonly until: bigint
}

export interface Stint {
  readonly actor: string
  readonly run: string
  readonly host: string
  readonly token: number
  /** Owned at this instant or before. */
  begun: bigint
  /** Owned at this instant or after. */
  lasted: bigint
}

export function stintsOf(rows: Iterable<WorkRow>): Map<string, Stint[]> {
  const found = new Map<string, Map<string, Stint>>()
  for (const { actor, run, host, token, since, until } of rows) {
    const those = found.get(actor) ?? new Map<string, Stint>()
    found.set(actor, those)
    const key = `${run} ${token}`
    const known = those.get(key)
    if (known === undefined) {
      those.set(key, { actor, run, host, token, begun: until, lasted: since })
    } else {
      if (until < known.begun) known.begun = until
      if (since > known.lasted) known.lasted = since
    }
  }
  return new Map([...found].map(([actor, stints]) => [actor, [...stints.values()]]))
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
      if (next.token <= before.token) {
        faults.push({ what: 'a token that did not rise', stints: [before, next] })
      }
    }
    if (before === undefined || next.lasted >= before.lasted) longest = next
  }
  return faults
}
