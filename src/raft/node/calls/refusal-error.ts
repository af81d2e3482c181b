/** What the core refuses, as errors for callers. */
import { BerthError } from '../../../errors/berth-error.js'
import type { ReplicaId } from '../../core/entry.js'
import type { Refusal } from '../../core/refusal.js'

/**
 * @param detail what the core said beyond its reason
 * @param leader as far as known; 0 for none
 */
export function refusalError(reason: Refusal, leader: ReplicaId, detail?: string): BerthError {
  switch (reason) {
    case 'not_leader':
      return new BerthError('not_leader', `Replica ${leader} leads.`)
    case 'no_leader':
      return new BerthError('no_leader')
    case 'transferring':
      return new BerthError('no_leader', 'Leadership is being handed over; repeat the request.')
    case 'overloaded':
      return new BerthError('overloaded')
    case 'too_large':
      return new BerthError('too_large', 'The command is larger than the log may be.')
    case 'change_pending':
      return new BerthError('conflict', 'An earlier membership change is still under way.')
    case 'change_invalid':
      return new BerthError('conflict', `The change does not fit: ${detail ?? 'no reason given'}.`)
    case 'data_invalid':
      return new BerthError('invalid_request', 'A command is bytes.')
    case 'is_leader':
      return new BerthError('conflict', 'This replica leads already.')
    case 'not_promotable':
      return new BerthError('conflict', 'This replica does not vote, so it cannot lead.')
    case 'just_started':
      return new BerthError('conflict', 'This replica has just started; ask again in a moment.')
    case 'silence_promised':
      return new BerthError('conflict', 'A leader may be there; have it hand over.')
    case 'target_invalid':
      return new BerthError('conflict', 'Only another voter can take leadership over.')
    case 'leases_in_use':
      return new BerthError('conflict', 'Reads rely on leases, so no leader can be forgotten.')
  }
}
