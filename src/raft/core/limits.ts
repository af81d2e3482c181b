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

/** Whether it is a replica's number: whole, above 0, and exact in every layout. */
export function isReplicaId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}
