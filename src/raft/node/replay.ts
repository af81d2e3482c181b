/**
 * Everything that a replica has stored, applied without taking part: its snapshot, then its whole
 * log. For a replica that no majority will ever tell what was committed (`berth recover`).
 *
 * The end of the log is applied too. Whether it was committed only the lost replicas could tell;
 * each entry of it that was, was acknowledged to somebody, and each that was not had an outcome
 * that nobody was told. So taking all of it breaks no promise, and leaving it out may.
 */
import { BerthError } from '../../errors/berth-error.js'
import { changeConfiguration, memberIds } from '../core/configuration.js'
import { decodeChange } from '../core/configuration-codec.js'
import type { Configuration, Entry, ReplicaId } from '../core/entry.js'
import type { StoredState } from './disk/storage.js'
import { Roster } from './identity/roster.js'
import { restoredConfiguration } from './restored-core.js'

/** The state machine, as far as a replay needs it. */
export interface ReplayedMachine {
  /** @param chunks as it gave them for a snapshot */
  restore(chunks: readonly Uint8Array[]): void
  apply(entry: Entry): void
}

export interface Replayed {
  /** Of the last entry; of the snapshot where none follows it. */
  readonly index: number
  readonly term: number
  readonly configuration: Configuration
  readonly roster: Roster
}

/**
 * @param chunks of the stored snapshot, all of them; empty without one
 * @throws BerthError `storage_damaged`, and what the state machine throws
 */
export function replay(
  stored: StoredState,
  chunks: readonly Uint8Array[],
  machine: ReplayedMachine,
): Replayed {
  const { snapshot, entries } = stored
  let configuration = restoredConfiguration(stored)
  let roster = new Roster()
  let { index, term } = snapshot?.meta ?? { index: 0, term: 0 }
  if (snapshot !== null) {
    const opened = openSnapshot(chunks)
    machine.restore(opened.machine)
    roster = opened.roster
  }
  for (const entry of entries) {
    if (entry.index <= index) continue
    machine.apply(entry)
    if (entry.kind === 'configuration') {
      const before = configuration
      configuration = configurationAfter(before, entry)
      roster.applied(entry, before, configuration)
    }
    index = entry.index
    term = entry.term
  }
  return { index, term, configuration, roster }
}

/**
 * Ids of all replicas but one, those removed included, that the log or this replica's own records
 * know of; rising.
 */
export function othersKnown(
  self: ReplicaId,
  { identity }: StoredState,
  { configuration, roster }: Replayed,
): ReplicaId[] {
  const known = [
    ...memberIds(configuration),
    ...roster.members().map(({ id }) => id),
    ...roster.removed(),
    ...(identity.initialVoters ?? []),
    ...identity.peers.map(({ id }) => id),
  ]
  return [...new Set(known)].filter((id) => id !== self).sort((a, b) => a - b)
}

function configurationAfter(before: Configuration, { index, data }: Entry): Configuration {
  const change = decodeChange(data)
  const changed = change === undefined ? undefined : changeConfiguration(before, change)
  if (changed?.kind === 'changed') return changed.configuration
  const why = changed?.reason ?? 'it cannot be read'
  throw new BerthError('storage_damaged', `The membership change of entry ${index}: ${why}.`)
}

/**
 * Takes the chunks of a snapshot apart.
 * @throws BerthError `snapshot_damaged`, `invalid_message`
 */
export function openSnapshot(chunks: readonly Uint8Array[]): {
  readonly roster: Roster
  readonly machine: readonly Uint8Array[]
} {
  const [first, ...machine] = chunks
  if (first === undefined) throw new BerthError('snapshot_damaged', 'The snapshot has no chunk.')
  return { roster: Roster.decode(first), machine }
}
