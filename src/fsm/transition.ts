/**
 * One entry on the way from one state to the next: the state so far, the events so far, and the
 * namespaces that changed. Commands work on it; whoever applies the entry takes its state over when
 * all is done, so that an entry has its effects whole or not at all.
 */
import { Table } from '../table/table.js'
import type { TableContext } from '../table/table-context.js'
import { type ClusterState, shapeOf, withNamespace, withoutNamespace } from './cluster-state.js'
import type { NamespaceDraft } from './namespace-draft.js'
import { NamespaceState } from './namespace-state.js'
import { EventList, eventMember, type GenerationKind } from './placement-event.js'
import type { PartDigests } from './state-digest.js'

/** What changed in a member, for its event. */
export interface MemberChange {
  readonly name: string
  readonly kind: GenerationKind
}

export class Transition {
  state: ClusterState
  /** Index of the entry: the epoch of whoever it admits. */
  readonly index: number
  readonly term: number
  readonly context: TableContext
  readonly parts: PartDigests
  readonly events: EventList
  /** Names of the namespaces that are not what they were. */
  readonly changed = new Set<string>()

  constructor(
    state: ClusterState,
    entry: { readonly index: number; readonly term: number; readonly atMs: number },
    context: TableContext,
    parts: PartDigests,
  ) {
    this.state = state
    this.index = entry.index
    this.term = entry.term
    this.context = context
    this.parts = parts
    this.events = new EventList(entry.index, entry.atMs)
  }

  /** The namespace, or what it is before its first member. */
  namespaceOrEmpty(name: string): NamespaceState {
    const { namespaces, generationFloor } = this.state
    const known = namespaces.get(name)
    if (known !== undefined) return known
    const shape = shapeOf(this.state, this.context)
    return NamespaceState.empty(name, Table.empty(this.context, shape, generationFloor))
  }

  put(namespace: NamespaceState): void {
    this.state = withNamespace(this.state, namespace)
    this.changed.add(namespace.name)
  }

  /** Drops a namespace that is empty. */
  drop(namespace: NamespaceState): void {
    const { name, newest: generation } = namespace
    this.state = withoutNamespace(this.state, namespace)
    this.changed.add(name)
    this.events.add('dropped', { namespace: name, generation }, {})
  }

  /**
   * Puts the finished draft in place of the namespace, if it changes anything.
   *
   * @param changes what the draft does to members that are in the table; none when it is only the
   *   shape that changes
   */
  replace(before: NamespaceState, draft: NamespaceDraft, changes: readonly MemberChange[]): void {
    const after = draft.finish()
    const generationMade = after.newest !== before.newest
    if (!generationMade && after.fields.digests === before.fields.digests) return
    this.put(after)
    if (generationMade) this.#addEvents(before, after, changes)
  }

  /** One event for each member that changed, or one for the shape alone. */
  #addEvents(
    before: NamespaceState,
    after: NamespaceState,
    changes: readonly MemberChange[],
  ): void {
    const { name: namespace, newest: generation } = after
    const { digest, factor, level } = after.newestTable
    const { factor: factorBefore, level: levelBefore } = before.newestTable
    const frame = { digest, factor, factorBefore, level, levelBefore }
    if (changes.length === 0) {
      const kind = level === levelBefore ? 'factor' : 'reshaped'
      this.events.add(kind, { namespace, generation }, { ...frame, before: null, after: null })
    }
    for (const { name: member, kind } of changes) {
      const [was, is] = [before.member(member), after.member(member)]
      const ended = was !== undefined && was.epoch !== is?.epoch
      const reason = ended ? (after.removedWhy(member, was.epoch)?.reason ?? null) : null
      this.events.add(
        kind,
        { namespace, generation, member, reason },
        { ...frame, before: eventMember(was), after: eventMember(is) },
      )
    }
  }
}
