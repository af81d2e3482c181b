/**
 * What a core may say and another one takes: both ends of a message, and of a stored entry, hold to
 * these same numbers, so that nobody proposes, keeps or sends what nobody can read. Settings and
 * configurations that go beyond them are refused before they are used.
 */

/** Most replicas in one configuration, learners and leaving voters included. */
export const membersMax = 64

/** Most entries in one append. A leader sends fewer: see `entriesPerMessageMax`. */
export const entriesPerAppendMax = 65_536

/** What an entry takes beside its data at most, on the wire and in memory, in bytes. */
export const entryOverheadBytes = 64

/** Longest wait that a setting may name, in ticks. */
export const ticksMax = 2 ** 31

/**
 * What others say raises the own term by at most so much in an election timeout: far more elections
 * than there can have been while a replica was away, and far too few to use the terms up. One
 * message of the last term there is would else end all elections for ever.
 */
export const termRiseMax = 2 ** 28

/**
 * A term that is further above than this is not gone towards because one replica speaks of it, for
 * it may be damaged, but only if it is led: see step.ts. So many steps are over in minutes.
 */
export const termWalkMax = 64 * termRiseMax

/** Nobody takes a later term than this, nor campaigns for one; no cluster comes near it. */
export const termMax = 2 ** 52

/** Whether it is a replica's number: whole, above 0, and exact in every layout. */
export function isReplicaId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
