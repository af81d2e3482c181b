/**
 * Which acknowledgements of a session the cluster asked for, so that the door does not count them
 * against their sender. A pure function of what this replica knows; whether they are worth
 * anything, the leader decides.
 *
 * Each generation that there is, or is about to be, is acknowledged once a session and leader. So
 * there are no more of them than generations, whatever a host says.
 */

/**
 * Generations that an acknowledgement may be ahead of what this replica knows: orders are published
 * before it has applied the entry that they are of.
 */
export const unknownGenerationsMax = 64

/** Term of the leader who ordered a generation, and the generation. */
export interface AcknowledgedOrder {
  readonly term: number
  readonly generation: number
}

export const nothingAcknowledged: AcknowledgedOrder = { term: 0, generation: -1 }

/** What a replica knows of a namespace. */
export interface KnownGenerations {
  /** Of the leader; undefined when none is known. */
  readonly term: number | undefined
  readonly disseminated: number
  readonly newest: number
  /** Generation of the running round, null when none is known. */
  readonly runningTo: number | null
}

/** @param before the newest one of the session that was asked for */
export function isAskedFor(
  { term, generation }: AcknowledgedOrder,
  before: AcknowledgedOrder,
  known: KnownGenerations,
): boolean {
  const newest = Math.max(known.newest, known.runningTo ?? 0)
  if (term !== known.term) return false
  if (generation < known.disseminated || generation > newest + unknownGenerationsMax) return false
  if (generation !== before.generation) return generation > before.generation
  return term > before.term
}
