/** Commands about the cluster as a whole: its origin, the leader of a term, its settings. */

import { Table } from '../table/table.js'
import { defaultNamespace, noCeilings, raiseCeilings, shapeOf } from './cluster-state.js'
import type { Command } from './command.js'
import type { CommandResult } from './command-result.js'
import { unknownLevel } from './level-errors.js'
import { leadersMax, replicasMax } from './limits.js'
import { NamespaceDraft } from './namespace-draft.js'
import { NamespaceState } from './namespace-state.js'
import { checkSettings, settingNames } from './settings-check.js'
import type { Transition } from './transition.js'

type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>

export function begin(step: Transition, command: CommandOf<'genesis'>): CommandResult {
  const { clusterId, cluster, lineage, level, settings } = command
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
    level: known(step, level),
    settings,
  }
  // Nothing was done under the settings before: generation 0 has the factor of these.
  const table = Table.empty(step.context, shapeOf(step.state, step.context))
  step.put(NamespaceState.empty(defaultNamespace, table))
  step.events.add('genesis', {}, { cluster, lineage, level, settings })
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

export function register(step: Transition, command: CommandOf<'register'>): CommandResult {
  const { replica, peer } = command
  const { replicas } = step.state
  const before = replicas.find((each) => each.replica === replica)
  // Whoever adds a replica knows its peer address alone; what it says of itself is not taken back.
  const api = command.api === '' ? (before?.api ?? '') : command.api
  const key = command.key === '' ? (before?.key ?? '') : command.key
  const after = { replica, peer, api, key }
  if (before?.peer === peer && before.api === api && before.key === key) {
    return { kind: 'register', outcome: 'unchanged' }
  }
  if (before === undefined && replicas.length >= replicasMax) {
    return { kind: 'register', outcome: 'overloaded' }
  }
  const others = replicas.filter((each) => each.replica !== replica)
  const sorted = [...others, after].sort((a, b) => a.replica - b.replica)
  step.state = { ...step.state, replicas: sorted, registryIndex: step.index }
  step.events.add('registered', {}, after)
  return { kind: 'register', outcome: 'changed' }
}

export function unregister(step: Transition, command: CommandOf<'unregister'>): CommandResult {
  const { replicas } = step.state
  const others = replicas.filter(({ replica }) => replica !== command.replica)
  if (others.length === replicas.length) return { kind: 'unregister', outcome: 'unchanged' }
  step.state = { ...step.state, replicas: others, registryIndex: step.index }
  step.events.add('unregistered', {}, { replica: command.replica })
  return { kind: 'unregister', outcome: 'changed' }
}

export function changeSettings(step: Transition, command: CommandOf<'settings'>): CommandResult {
  const before = step.state.settings
  const settings = { ...before, ...command.settings }
  const faults = checkSettings(settings).map(({ detail }) => detail)
  const { level } = step.state
  if (settings.levelMax < level) {
    faults.push(
      `levelMax is ${settings.levelMax}; the cluster is at ${level}, and a level never falls.`,
    )
  }
  const same = settingNames.every((name) => settings[name] === before[name])
  if (same || faults.length > 0) {
    return { kind: 'settings', changed: false, settings: before, faults }
  }
  step.state = { ...step.state, settings, ...raiseCeilings(step.state, settings) }
  step.events.add('settings', {}, { before, after: settings })
  if (settings.factor !== before.factor) reshape(step)
  return { kind: 'settings', changed: true, settings, faults }
}

/**
 * What shapes the rings is part of every table: generation +1 in each namespace, and for those that
 * are not there, whose empty table some may hold.
 */
function reshape(step: Transition): void {
  const shape = shapeOf(step.state, step.context)
  step.state = { ...step.state, generationFloor: step.state.generationFloor + 1 }
  for (const before of step.state.namespaces.values()) {
    const draft = new NamespaceDraft(before, step.parts)
    draft.reshape(shape)
    step.replace(before, draft, [])
  }
}

/**
 * That all replicas know the level its proposer has seen to; who joins in the meantime stops, and
 * says why. Hosts stand in the log, so those that there are now are asked here. A command that does
 * nothing stops nobody: whether this build knows the level is asked last.
 */
export function raiseLevel(step: Transition, command: CommandOf<'level'>): CommandResult {
  const { level, tableLevel } = command
  const { state } = step
  const unraised = { kind: 'level', level: state.level } as const
  if (level <= state.level) return { ...unraised, outcome: 'unchanged' }
  if (level > state.settings.levelMax) return { ...unraised, outcome: 'held' }
  for (const namespace of state.namespaces.values()) {
    if (namespace.lowestLevel < tableLevel) return { ...unraised, outcome: 'unknown_to_hosts' }
  }
  known(step, level)
  const before = shapeOf(state, step.context)
  step.state = { ...state, level }
  step.events.add('level', {}, { level, before: state.level })
  if (shapeOf(step.state, step.context).level !== before.level) reshape(step)
  return { kind: 'level', outcome: 'raised', level }
}

/** @throws BerthError `newer_version`, `older_version` for a level that is not known here */
function known({ context: { levels } }: Transition, level: number): number {
  if (!levels.knows(level)) throw unknownLevel(level, levels)
  return level
}
