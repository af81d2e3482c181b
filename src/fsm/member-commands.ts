/**
 * Commands about members: upsert and remove in batches, cordon, and the record of a finished round
 * (design §4). One command makes at most one generation in each namespace that it touches. The
 * term was checked before (run-command.ts).
 */
import { sortedSet } from '../table/code-point-order.js'
import { sameTexts, typeBytes } from '../table/type-sets.js'
import { byNamespace } from './by-namespace.js'
import { defaultNamespace, shapeOf } from './cluster-state.js'
import type { Command, UpsertedHost } from './command.js'
import type { CommandResult, RemoveOutcome, UpsertOutcome } from './command-result.js'
import { cordonsMax, generationsAheadMax } from './limits.js'
import { disseminate, NamespaceDraft } from './namespace-draft.js'
import type { NamespaceState } from './namespace-state.js'
import { Room, totalsOf } from './room.js'
import type { MemberChange, Transition } from './transition.js'

type CommandOf<K extends Command['kind']> = Extract<Command, { kind: K }>

export function upsert(step: Transition, { hosts, atMs }: CommandOf<'upsert'>): CommandResult {
  const outcomes: UpsertOutcome[] = []
  const totals = totalsOf(step.state)
  for (const [name, batch] of byNamespace(hosts)) {
    const before = step.namespaceOrEmpty(name)
    const room = Room.of(step.state, before, totals)
    const draft = new NamespaceDraft(before, step.parts)
    const changes: MemberChange[] = []
    const names = new Set<string>()
    for (const { host, position } of batch) {
      const attempt = { step, before, room, draft, atMs, changes }
      outcomes[position] = names.has(host.name) ? refused('repeated') : upsertHost(attempt, host)
      names.add(host.name)
    }
    step.replace(before, draft, changes)
  }
  return { kind: 'upsert', hosts: outcomes }
}

interface Attempt {
  readonly step: Transition
  readonly before: NamespaceState
  readonly room: Room
  readonly draft: NamespaceDraft
  readonly atMs: number
  readonly changes: MemberChange[]
}

function upsertHost(
  { step, before, room, draft, atMs, changes }: Attempt,
  host: UpsertedHost,
): UpsertOutcome {
  const { name, instance, secretHash, appId, level } = host
  const old = before.member(name)
  const own = old?.instance === instance && old.secretHash === secretHash
  const types = sortedSet(host.types)
  if (types.length === 0) {
    // A hello without types touches no member but its own admission.
    if (!own) return { kind: 'absent', changed: false }
    draft.remove(old, 'left', atMs)
    changes.push({ name, kind: 'removed' })
    return { kind: 'absent', changed: true }
  }
  if (own && old.appId === appId && sameTexts(old.types, types)) {
    return { kind: 'member', epoch: old.epoch, generation: old.generation, changed: false }
  }
  if (level < shapeOf(step.state, step.context).level) return refused('outdated')
  const leftMs = before.refusedForMs(name, step.state.clock.agedMs)
  if (leftMs > 0) return { kind: 'refused', why: 'evicted', leftMs }
  const isNewSet = () => !draft.hasTypeSet(types)
  const addition = { isNew: old === undefined, typeBytes: typeBytes(types), isNewSet }
  if (room.take(addition) !== null) return refused('overloaded')
  const { generation } = draft
  const epoch = step.index
  const typeSet = draft.typeSet(types)
  draft.admit({ name, epoch, appId, typeSet }, { instance, secretHash, level, generation, atMs })
  const kind = old === undefined ? 'joined' : own ? 'changed' : 'restarted'
  changes.push({ name, kind })
  return { kind: 'member', epoch, generation, changed: true }
}

export function remove(step: Transition, { hosts, atMs }: CommandOf<'remove'>): CommandResult {
  const { agedMs } = step.state.clock
  const removed = new Set<number>()
  for (const [name, batch] of byNamespace(hosts)) {
    const before = step.state.namespaces.get(name)
    if (before === undefined) continue
    const draft = new NamespaceDraft(before, step.parts)
    const changes: MemberChange[] = []
    const names = new Set<string>()
    const refusals = new Map<string, number>()
    for (const { host, position } of batch) {
      const member = before.newestTable.member(host.name)
      if (member?.epoch !== host.epoch || names.has(host.name)) continue
      names.add(host.name)
      draft.remove(member, host.reason, atMs)
      const { refuseMs = 0 } = host
      if (host.reason === 'evicted' && refuseMs > 0) refusals.set(host.name, agedMs + refuseMs)
      changes.push({ name: host.name, kind: 'removed' })
      removed.add(position)
    }
    if (refusals.size > 0) draft.expireRefusals(agedMs)
    for (const [host, untilAgedMs] of refusals) draft.refuse(host, untilAgedMs)
    step.replace(before, draft, changes)
  }
  const outcomes = hosts.map(({ namespace }, position): RemoveOutcome => {
    const generation = step.state.namespaces.get(namespace)?.newest ?? 0
    return { removed: removed.has(position), generation }
  })
  return { kind: 'remove', hosts: outcomes }
}

export function cordon(step: Transition, command: CommandOf<'cordon'>): CommandResult {
  const { namespace, name, cordoned } = command
  const before = step.state.namespaces.get(namespace)
  if (before === undefined) {
    return { kind: 'cordon', outcome: 'no_namespace', member: false, generation: 0 }
  }
  const member = before.newestTable.member(name) !== undefined
  const unchanged = { kind: 'cordon', member, generation: before.newest } as const
  if (before.isCordoned(name) === cordoned) return { ...unchanged, outcome: 'unchanged' }
  const crowded = cordoned && before.fields.cordons.size >= cordonsMax
  if (crowded || (member && isFarAhead(before))) return { ...unchanged, outcome: 'overloaded' }
  const draft = new NamespaceDraft(before, step.parts)
  draft.cordon(name, cordoned)
  step.replace(before, draft, member ? [{ name, kind: cordoned ? 'cordoned' : 'uncordoned' }] : [])
  const generation = step.state.namespaces.get(namespace)!.newest
  return { kind: 'cordon', outcome: 'changed', member, generation }
}

export function lift(step: Transition, command: CommandOf<'lift'>): CommandResult {
  const { namespace, name } = command
  const before = step.state.namespaces.get(namespace)
  if (before === undefined) return { kind: 'lift', outcome: 'no_namespace', generation: 0 }
  const { newest: generation } = before
  const leftMs = before.refusedForMs(name, step.state.clock.agedMs)
  if (leftMs === 0) return { kind: 'lift', outcome: 'unchanged', generation }
  const draft = new NamespaceDraft(before, step.parts)
  draft.lift(name)
  step.replace(before, draft, [])
  step.events.add('lifted', { namespace, member: name }, { leftMs })
  return { kind: 'lift', outcome: 'changed', generation }
}

export function recordRound(step: Transition, command: CommandOf<'disseminated'>): CommandResult {
  const { namespace, generation } = command
  const before = step.state.namespaces.get(namespace)
  const { disseminated = 0, newest = 0 } = before ?? {}
  if (before === undefined || generation <= disseminated || generation > newest) {
    return { kind: 'disseminated', done: false, disseminated, newest }
  }
  const after = disseminate(before, generation, step.parts)
  step.put(after)
  const { digest } = after.table
  step.events.add('disseminated', { namespace, generation }, { digest, from: disseminated })
  if (namespace !== defaultNamespace && after.isSpent(step.state.clock.agedMs)) step.drop(after)
  return { kind: 'disseminated', done: true, disseminated: generation, newest }
}

export function drop(step: Transition, command: CommandOf<'drop'>): CommandResult {
  const { namespace: name, spent } = command
  const namespace = step.state.namespaces.get(name)
  if (namespace === undefined) return { kind: 'drop', outcome: 'no_namespace' }
  if (name === defaultNamespace) return { kind: 'drop', outcome: 'default' }
  const isOver = spent ? namespace.isSpent(step.state.clock.agedMs) : namespace.isEmpty
  if (!isOver) return { kind: 'drop', outcome: 'in_use' }
  step.drop(namespace)
  return { kind: 'drop', outcome: 'dropped' }
}

function isFarAhead({ newest, disseminated }: NamespaceState): boolean {
  return newest - disseminated >= generationsAheadMax
}

function refused(why: 'repeated' | 'overloaded' | 'outdated'): UpsertOutcome {
  return { kind: 'refused', why }
}
