/**
 * Runs a command on a transition, after what holds for all commands: there is a cluster, and what a
 * leader decided in one term does nothing under another (design §4). Deterministic: what a command
 * does follows from the state and the entry alone.
 */
import {
  begin,
  changeSettings,
  lead,
  raiseLevel,
  register,
  unregister,
} from './cluster-commands.js'
import type { Command } from './command.js'
import type { CommandResult, NothingDone } from './command-result.js'
import { cordon, drop, lift, recordRound, remove, upsert } from './member-commands.js'
import { retype } from './retype-command.js'
import type { Transition } from './transition.js'

export function runCommand(step: Transition, command: Command): CommandResult {
  if ('term' in command && command.term !== step.term) return nothing('other_term')
  // A leader names its key before it makes the cluster: it signs from its first order on.
  const early = command.kind === 'genesis' || command.kind === 'lead'
  if (!early && step.state.origin === null) return nothing('no_cluster')
  switch (command.kind) {
    case 'genesis':
      return begin(step, command)
    case 'lead':
      return lead(step, command)
    case 'upsert':
      return upsert(step, command)
    case 'remove':
      return remove(step, command)
    case 'retype':
      return retype(step, command)
    case 'disseminated':
      return recordRound(step, command)
    case 'drop':
      return drop(step, command)
    case 'cordon':
      return cordon(step, command)
    case 'lift':
      return lift(step, command)
    case 'clock':
      // What it is for is done with every command: the transition has its time.
      return { kind: 'clock' }
    case 'settings':
      return changeSettings(step, command)
    case 'level':
      return raiseLevel(step, command)
    case 'register':
      return register(step, command)
    case 'unregister':
      return unregister(step, command)
  }
}

function nothing(why: NothingDone): CommandResult {
  return { kind: 'nothing', why }
}
