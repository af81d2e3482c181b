/**
 * The command by which members offer other types (docs/safety.md). A member keeps its epoch, so the
 * round to the new generation moves the keys of types that come or go, and no others.
 *
 * Invariant: of one admission only a change with a higher number than the last one does anything,
 * in whatever order they come and however often.
 */
import { sortedSet } from '../table/code-point-order.js'
import { sameTexts, typeBytes } from '../table/type-sets.js'
import { byNamespace } from './by-namespace.js'
import type { Command, RetypedHost } from './command.js'
import type { CommandResult, RetypeOutcome } from './command-result.js'
import { NamespaceDraft } from './namespace-draft.js'
import type { NamespaceState } from './namespace-state.js'
import { Room, totalsOf } from './room.js'
import type { MemberChange, Transition } from './transition.js'

export function retype(
  step: Transition,
  { hosts }: Extract<Command, { kind: 'retype' }>,
): CommandResult {
  const outcomes: RetypeOutcome[] = hosts.map(() => ({ kind: 'gone' }))
  const totals = totalsOf(step.state)
  for (const [name, batch] of byNamespace(hosts)) {
    const before = step.state.namespaces.get(name)
    if (before === undefined) continue
    const room = Room.of(step.state, before, totals)
    const draft = new NamespaceDraft(before, step.parts)
    const changes: MemberChange[] = []
    const names = new Set<string>()
    for (const { host, position } of batch) {
      outcomes[position] = names.has(host.name)
        ? { kind: 'refused', why: 'repeated' }
        : retypeHost({ before, room, draft, changes }, host)
      names.add(host.name)
    }
    step.replace(before, draft, changes)
  }
  return { kind: 'retype', hosts: outcomes }
}

interface Attempt {
  readonly before: NamespaceState
  readonly room: Room
  readonly draft: NamespaceDraft
  readonly changes: MemberChange[]
}

function retypeHost({ before, room, draft, changes }: Attempt, host: RetypedHost): RetypeOutcome {
  const { name, epoch, number } = host
  const state = before.member(name)
  const member = before.newestTable.member(name)
  if (state === undefined || member?.epoch !== epoch) return { kind: 'gone' }
  const unchanged = { kind: 'taken', generation: before.newest, changed: false } as const
  if (number <= (state.retyped?.number ?? 0)) return unchanged
  const types = sortedSet(host.types)
  if (sameTexts(state.types, types)) {
    // What is late and has a lower number must not undo it.
    draft.renumber(name, number)
    return unchanged
  }
  const isNewSet = () => types.length > 0 && !draft.hasTypeSet(types)
  if (room.take({ isNew: false, typeBytes: typeBytes(types), isNewSet }) !== null) {
    return { kind: 'refused', why: 'overloaded' }
  }
  draft.retype(member, types, number)
  changes.push({ name, kind: 'retyped' })
  return { kind: 'taken', generation: draft.generation, changed: true }
}
