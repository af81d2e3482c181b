/** Commands about the cluster as a whole: its origin, the leader of a term, its settings. */
import { defaultNamespace, noCeilings, raiseCeilings } from './cluster-state.js'
import type { Command } from './command.js'
import type { CommandResult } from './command-result.js'
import { leadersMax } from './limits.js'
import { NamespaceDraft } from './namespace-draft.js'
import { NamespaceState } from './namespace-state.js'
import { checkSettings, settingNames } from './settings-check.js'
import type { Transition } from './transition.js'

type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>

export function begin(step: Transition, command: CommandOf<'genesis'>): CommandResult {
  const { clusterId, cluster, lineage, settings } = command
  const { origin } = step.state
  if (origin !== null) {
    return { kind: 'genesis', created: false, lineage: origin.lineage, faults: [] }
  }
  const faults = checkSettings(settings).map(({ detail }) => detail)
  if (faults.length > 0) return { kind: 'genesis', created: false, lineage: '', faults }
  step.state = {
    ...step.state,
    ...raiseCeilings(noCeilings, settings),
    origin: { clusterId, cluster, lineage },
    settings,
  }
  // Nothing was done under the settings before: generation 0 has the factor of these.
  step.put(NamespaceState.empty(step.context, defaultNamespace, settings.factor))
  step.events.add('genesis', {}, { clusterId, cluster, lineage, settings })
  return { kind: 'genesis', created: true, lineage, faults }
}

export function lead(step: Transition, command: CommandOf<'lead'>): CommandResult {
  const { term, replica, key } = command
  const { leaders } = step.state
  // A term has one leader, and it names its key once.
  if ((leaders.at(-1)?.term ?? -1) >= term) return { kind: 'lead', accepted: false }
  const leader = { term, replica, key }
  step.state = { ...step.state, leaders: [...leaders, leader].slice(-leadersMax) }
  step.events.add('lead', {}, leader)
  return { kind: 'lead', accepted: true }
}

export function changeSettings(step: Transition, command: CommandOf<'settings'>): CommandResult {
  const before = step.state.settings
  const settings = { ...before, ...command.settings }
  const faults = checkSettings(settings).map(({ detail }) => detail)
  const same = settingNames.every((name) => settings[name] === before[name])
  if (same || faults.length > 0) {
    return { kind: 'settings', changed: false, settings: before, faults }
  }
  step.state = { ...step.state, settings, ...raiseCeilings(step.state, settings) }
  step.events.add('settings', {}, { before, after: settings })
  if (settings.factor !== before.factor) changeFactor(step, settings.factor)
  return { kind: 'settings', changed: true, settings, faults }
}

/** What shapes the rings is part of every table: generation +1 in each namespace. */
function changeFactor(step: Transition, factor: number): void {
  for (const before of step.state.namespaces.values()) {
    const draft = new NamespaceDraft(before, step.parts)
    draft.setFactor(factor)
    step.replace(before, draft, [])
  }
}
