/**
 * The next state of a namespace in the making. One command makes at most one draft, and a draft at
 * most one generation, whatever it changes in the table. The set of digests is kept here and
 * nowhere else: each part is taken out of it or put in where it is edited.
 *
 * Each name is changed at most once in a draft.
 */
import type { DigestSetDraft } from '../hash/digest-set.js'
import type { Member } from '../table/member.js'
import type { Edit } from '../table/sorted-map.js'
import { sameShape, type Table, type TableShape } from '../table/table.js'
import type { TypeSet } from '../wire/messages.js'
import type { RemovalReason } from './command.js'
import { LevelCounts } from './level-counts.js'
import { refusalsMax, typeSetIdMax } from './limits.js'
import { NamespaceState, removalKey } from './namespace-state.js'
import type { Admission, PartDigests, Removal, Retyped } from './state-digest.js'

export class NamespaceDraft {
  /** The generation that this draft makes, if it changes the table. */
  readonly generation: number
  readonly #before: NamespaceState
  readonly #parts: PartDigests
  readonly #digests: DigestSetDraft
  readonly #upserts: Member[] = []
  readonly #removes: string[] = []
  readonly #admissions: Edit<string, Admission>[] = []
  readonly #removals: Edit<string, Removal>[] = []
  readonly #typeSets = new Map<string, TypeSet>()
  #cordons
  #refusals
  #nextTypeSetId: number
  #shape: TableShape
  readonly #levels = new LevelCounts()

  constructor(before: NamespaceState, parts: PartDigests) {
    const { digests, cordons, refusals, nextTypeSetId, newestTable } = before.fields
    this.#before = before
    this.#parts = parts
    this.generation = before.newest + 1
    this.#digests = digests.change()
    this.#cordons = cordons
    this.#refusals = refusals
    this.#nextTypeSetId = nextTypeSetId
    this.#shape = newestTable.shape
  }

  /** Whether the draft makes a generation. */
  get changesTable(): boolean {
    const isReshaped = !sameShape(this.#shape, this.#before.newestTable.shape)
    return this.#upserts.length > 0 || this.#removes.length > 0 || isReshaped
  }

  /** Admits a host, in place of an earlier admission if there is one. */
  admit(member: Omit<Member, 'cordoned'>, admission: Admission): Member {
    const { name } = member
    const old = this.#before.newestTable.member(name)
    if (old !== undefined) this.#endAdmission(old, 'replaced', admission.atMs)
    const admitted = { ...member, cordoned: this.#cordons.has(name) }
    this.#upserts.push(admitted)
    this.#admissions.push([name, admission])
    this.#levels.add(admission.level, 1)
    this.#digests.add(this.#parts.admission(name, admission))
    return admitted
  }

  /**
   * Gives a member other types, under its epoch.
   * @param types none withdraws those that it has
   */
  retype(member: Member, types: readonly string[], number: number): void {
    const { name } = member
    const withdrawn = types.length === 0
    const typeSet = withdrawn ? member.typeSet : this.typeSet(types)
    const cordoned = withdrawn || this.#cordons.has(name)
    this.#upserts.push({ ...member, typeSet, cordoned })
    this.#alterAdmission(name, { number, withdrawn })
  }

  /** The member has the types of this change already. */
  renumber(name: string, number: number): void {
    const withdrawn = this.#admissionOf(name).retyped?.withdrawn ?? false
    this.#alterAdmission(name, { number, withdrawn })
  }

  remove(member: Member, reason: RemovalReason, atMs: number): void {
    this.#removes.push(member.name)
    this.#endAdmission(member, reason, atMs)
    this.#admissions.push([member.name, undefined])
  }

  /** Sets or lifts the cordon of a name, and of the member that has it. */
  cordon(name: string, cordoned: boolean): void {
    if (cordoned === this.#cordons.has(name)) return
    if (cordoned) this.#digests.add(this.#parts.cordon(name))
    else this.#digests.remove(this.#parts.cordon(name))
    this.#cordons = cordoned ? this.#cordons.with(name, true) : this.#cordons.without(name)
    const member = this.#before.newestTable.member(name)
    if (member === undefined) return
    const withdrawn = this.#admissionOf(name).retyped?.withdrawn ?? false
    this.#upserts.push({ ...member, cordoned: cordoned || withdrawn })
  }

  /** Refuses a name until the cluster is so old. */
  refuse(name: string, untilAgedMs: number): void {
    this.#forgetRefusal(name)
    if (this.#refusals.size >= refusalsMax) this.#forgetRefusal(this.#firstToEnd())
    this.#refusals = this.#refusals.with(name, untilAgedMs)
    this.#digests.add(this.#parts.refusal(name, untilAgedMs))
  }

  /** Refuses a name no longer. */
  lift(name: string): void {
    this.#forgetRefusal(name)
  }

  /** Forgets the refusals whose time is over. */
  expireRefusals(agedMs: number): void {
    const over = [...this.#refusals.entries()].filter(([, untilAgedMs]) => untilAgedMs <= agedMs)
    for (const [name, untilAgedMs] of over) {
      this.#digests.remove(this.#parts.refusal(name, untilAgedMs))
    }
    this.#refusals = this.#refusals.edit(over.map(([name]) => [name, undefined]))
  }

  reshape(shape: TableShape): void {
    this.#shape = shape
  }

  /** Whether a member has exactly these types, before the draft or in it. */
  hasTypeSet(types: readonly string[]): boolean {
    const key = this.#parts.typesKey(types)
    return this.#typeSets.has(key) || this.#before.hasTypeSet(key)
  }

  /** The one object for these types, with a new id when no member of the newest table has them. */
  typeSet(types: readonly string[]): TypeSet {
    const key = this.#parts.typesKey(types)
    const drafted = this.#typeSets.get(key)
    if (drafted !== undefined) return drafted
    const { typeSetIds, newestTable } = this.#before.fields
    const known = newestTable.typeSet(typeSetIds.get(key) ?? 0)
    if (known !== undefined) return known
    if (this.#nextTypeSetId > typeSetIdMax) throw new Error('all type-set ids were used')
    const set = { id: this.#nextTypeSetId, types }
    this.#nextTypeSetId += 1
    this.#typeSets.set(key, set)
    return set
  }

  finish(): NamespaceState {
    const [before, digests] = [this.#before, this.#digests]
    const { fields } = before
    const kept = {
      ...fields,
      admissions: fields.admissions.edit(this.#admissions),
      cordons: this.#cordons,
      refusals: this.#refusals,
      nextTypeSetId: this.#nextTypeSetId,
    }
    if (!this.changesTable) {
      return new NamespaceState({ ...kept, digests: digests.finish() }, before)
    }
    const { generation } = this
    const [shape, upserts, removes] = [this.#shape, this.#upserts, this.#removes]
    const newestTable = fields.newestTable.edit({ generation, shape, upserts, removes })
    const step = { shape, digest: newestTable.digest, upserts, removes }
    digests.add(this.#parts.step(generation, step.digest))
    const typeSetIds = fields.typeSetIds.edit(this.#typeSetEdits(newestTable))
    return new NamespaceState(
      {
        ...kept,
        newestTable,
        steps: fields.steps.with(generation, step),
        removals: fields.removals.edit(this.#removals),
        typeSetIds,
        levels: this.#levels.appliedTo(fields.levels),
        digests: digests.finish(),
      },
      before,
    )
  }

  #admissionOf(name: string): Admission {
    const admission = this.#before.fields.admissions.get(name)
    if (admission === undefined) throw new Error(`member ${name} was never admitted`)
    return admission
  }

  #alterAdmission(name: string, retyped: Retyped): void {
    const before = this.#admissionOf(name)
    const after = { ...before, retyped }
    this.#admissions.push([name, after])
    this.#digests.remove(this.#parts.admission(name, before))
    this.#digests.add(this.#parts.admission(name, after))
  }

  #endAdmission({ name, epoch }: Member, reason: RemovalReason, atMs: number): void {
    const admission = this.#admissionOf(name)
    this.#digests.remove(this.#parts.admission(name, admission))
    const { secretHash, level } = admission
    // As many know its level as before: the removal takes the place of the admission.
    const removal = { name, epoch, secretHash, level, reason, generation: this.generation, atMs }
    this.#removals.push([removalKey(name, epoch), removal])
    this.#digests.add(this.#parts.removal(removal))
  }

  /** The refused name whose time ends first. */
  #firstToEnd(): string {
    let first = ''
    let firstMs = Number.POSITIVE_INFINITY
    for (const [name, untilAgedMs] of this.#refusals.entries()) {
      if (untilAgedMs >= firstMs) continue
      first = name
      firstMs = untilAgedMs
    }
    return first
  }

  #forgetRefusal(name: string): void {
    const untilAgedMs = this.#refusals.get(name)
    if (untilAgedMs === undefined) return
    this.#digests.remove(this.#parts.refusal(name, untilAgedMs))
    this.#refusals = this.#refusals.without(name)
  }

  /** Sets that came into use, and sets that no member of the newest table has any more. */
  #typeSetEdits(newestTable: Table): Edit<string, number>[] {
    const edits = new Map<string, number | undefined>()
    for (const [key, { id }] of this.#typeSets) {
      edits.set(key, id)
      this.#digests.add(this.#parts.typeSet(key, id))
    }
    const { newestTable: old } = this.#before
    for (const name of [...this.#upserts.map((member) => member.name), ...this.#removes]) {
      const set = old.member(name)?.typeSet
      if (set === undefined || newestTable.typeSet(set.id) !== undefined) continue
      const key = this.#parts.typesKey(set.types)
      if (edits.has(key)) continue // two members that had it went at once
      edits.set(key, undefined)
      this.#digests.remove(this.#parts.typeSet(key, set.id))
    }
    return [...edits]
  }
}

/** The namespace after the round to a generation was recorded; it is one of its steps. */
export function disseminate(
  before: NamespaceState,
  generation: number,
  parts: PartDigests,
): NamespaceState {
  const table = before.tableAt(generation)
  if (table === undefined) throw new Error(`generation ${generation} is not between the tables`)
  const { fields } = before
  const digests = fields.digests.change()
  const steps: Edit<number, never>[] = []
  for (const [at, { digest }] of fields.steps.entries()) {
    if (at > generation) break
    steps.push([at, undefined])
    digests.remove(parts.step(at, digest))
  }
  const removals: Edit<string, never>[] = []
  const levels = new LevelCounts()
  for (const [key, removal] of fields.removals.entries()) {
    if (removal.generation > generation) continue
    removals.push([key, undefined])
    levels.add(removal.level, -1)
    digests.remove(parts.removal(removal))
  }
  return new NamespaceState(
    {
      ...fields,
      table,
      digests: digests.finish(),
      steps: fields.steps.edit(steps),
      removals: fields.removals.edit(removals),
      levels: levels.appliedTo(fields.levels),
    },
    before,
  )
}
