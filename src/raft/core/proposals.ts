/**
 * Commands on their way into a leader's log. A follower refuses them and names the leader:
 * proposals are never forwarded, for the one who decides must be the one who proposes (design §3).
 */
import type { CoreState } from './core-state.js'
import { entryOverheadBytes } from './limits.js'
import { type Proposed, refused } from './refusal.js'
import { appendEntry } from './roles.js'

/**
 * Appends a command. Refused as `overloaded` while too much is uncommitted, or in memory, already;
 * one proposal of any size that fits into the log passes when nothing is uncommitted.
 * @param data kept as it is: it must not be changed afterwards
 */
export function propose(core: CoreState, data: Uint8Array): Proposed {
  const { leadership, log, settings } = core
  if (leadership === null) return refused(core.leader === 0 ? 'no_leader' : 'not_leader')
  if (leadership.transferee !== 0) return refused('transferring')
  if (!(data instanceof Uint8Array)) return refused('data_invalid', 'a command is bytes')
  const { uncommittedBytes } = leadership
  const bytes = data.length + entryOverheadBytes
  if (bytes > settings.logBytesMax) return refused('too_large')
  if (log.bytes + bytes > settings.logBytesMax) return refused('overloaded')
  if (uncommittedBytes > 0 && uncommittedBytes + bytes > settings.uncommittedBytesMax) {
    return refused('overloaded')
  }
  const index = appendEntry(core, leadership, 'command', data)
  return { kind: 'accepted', index, term: core.term }
}
