/**
 * Reads one namespace of a snapshot back, in slices; see snapshot-format.ts for the order of its
 * records. What is read is put into tables, maps and digests a batch at a time, so that neither a
 * record nor the end costs a pass over all.
 */
import { DigestSet } from '../hash/digest-set.js'
import type { Slices } from '../jobs/sliced-job.js'
import type { Member } from '../table/member.js'
import type { Edit, SortedMap } from '../table/sorted-map.js'
import { Table, type TableShape } from '../table/table.js'
import type { TableContext } from '../table/table-context.js'
import type { TableDraft } from '../table/table-draft.js'
import type { TypeSet } from '../wire/messages.js'
import { LevelCounts } from './level-counts.js'
import { NamespaceState, removalKey } from './namespace-state.js'
import type { MemberRecord, SnapshotRecord } from './snapshot-format.js'
import type { Admission, PartDigests } from './state-digest.js'

/** Items that are put into a table or a map at once. */
const itemsAtOnce = 128
/** Costs of such a batch, in units of a budget. */
const batchUnits = 50
const memberUnits = 6

interface Head {
  readonly name: string
  readonly disseminated: number
  readonly shape: TableShape
  readonly nextTypeSetId: number
}

/** A step whose members are being read. */
interface OpenStep {
  readonly generation: number
  readonly shape: TableShape
  readonly digest: string
  readonly upserts: Member[]
  readonly removes: string[]
}

export class NamespaceLoader {
  readonly #head: Head
  readonly #parts: PartDigests
  readonly #context: TableContext
  readonly #typeSets = new Map<number, TypeSet>()
  /** The table that is read; its draft takes the members that wait when there are some. */
  #draft: TableDraft<Table>
  #upserts: Member[] = []
  #removes: string[] = []
  /** The disseminated table; undefined while it is read. */
  #table: Table | undefined
  /** The table after the steps so far. */
  #newestTable: Table | undefined
  #open: OpenStep | undefined
  readonly #steps
  readonly #admissions
  readonly #removals
  readonly #cordons
  readonly #refusals
  readonly #digests = DigestSet.empty().change()
  readonly #levels = new LevelCounts()

  constructor(head: Head, context: TableContext, parts: PartDigests) {
    this.#head = head
    checkLevel(head.shape, context)
    this.#parts = parts
    this.#context = context
    const { fields } = NamespaceState.empty(head.name, Table.empty(context, head.shape))
    this.#draft = fields.table.draft()
    this.#steps = new Entries(fields.steps)
    this.#admissions = new Entries(fields.admissions)
    this.#removals = new Entries(fields.removals)
    this.#cordons = new Entries(fields.cordons)
    this.#refusals = new Entries(fields.refusals)
  }

  *read(record: SnapshotRecord): Slices<void> {
    const parts = this.#parts
    switch (record[0]) {
      case 'types':
        this.#typeSets.set(record[1], { id: record[1], types: record[2] })
        break
      case 'member':
        if (this.#table !== undefined) throw new Error('a member stands behind a step')
        this.#upserts.push(this.#member(record[1]))
        yield* this.#put(itemsAtOnce)
        break
      case 'step': {
        yield* this.#endTable()
        this.#draft = this.#newestTable!.draft()
        const [, generation, factor, level, digest] = record
        const shape = { factor, level }
        checkLevel(shape, this.#context)
        this.#open = { generation, shape, digest, upserts: [], removes: [] }
        break
      }
      case 'upsert': {
        const member = this.#member(record[1])
        this.#upserts.push(member)
        this.#step().upserts.push(member)
        yield* this.#put(itemsAtOnce)
        break
      }
      case 'gone':
        this.#removes.push(record[1])
        this.#step().removes.push(record[1])
        yield* this.#put(itemsAtOnce)
        break
      case 'admission': {
        const [, name, instance, secretHash, level, generation, atMs] = record
        yield* this.#admitted(name, { instance, secretHash, level, generation, atMs })
        break
      }
      case 'retyped': {
        const [, name, instance, secretHash, level, generation, atMs, number, withdrawn] = record
        const admission = { instance, secretHash, level, generation, atMs }
        yield* this.#admitted(name, { ...admission, retyped: { number, withdrawn } })
        break
      }
      case 'removal': {
        const [, name, epoch, secretHash, level, reason, generation, atMs] = record
        const removal = { name, epoch, secretHash, level, reason, generation, atMs }
        this.#levels.add(level, 1)
        yield* this.#removals.put(removalKey(name, epoch), removal)
        this.#digests.add(parts.removal(removal))
        break
      }
      case 'cordon':
        yield* this.#cordons.put(record[1], true)
        this.#digests.add(parts.cordon(record[1]))
        break
      case 'refusal':
        yield* this.#refusals.put(record[1], record[2])
        this.#digests.add(parts.refusal(record[1], record[2]))
        break
      default:
        throw new Error(`a namespace has no record ${record[0]}`)
    }
  }

  /** The namespace, its digest taken. */
  *finish(): Slices<NamespaceState> {
    yield* this.#endTable()
    const newestTable = this.#newestTable!
    const { fields } = NamespaceState.empty(this.#head.name, this.#table!)
    const typeSetIds = new Entries(fields.typeSetIds)
    for (const { id, types } of newestTable.typeSets.list()) {
      const key = this.#parts.typesKey(types)
      yield* typeSetIds.put(key, id)
      this.#digests.add(this.#parts.typeSet(key, id))
      yield memberUnits
    }
    const digests = yield* this.#digests.finishInSlices()
    yield* digests.digestInSlices(this.#context.hasher)
    const namespace = new NamespaceState({
      ...fields,
      newestTable,
      nextTypeSetId: this.#head.nextTypeSetId,
      steps: this.#steps.finish(),
      admissions: this.#admissions.finish(),
      removals: this.#removals.finish(),
      cordons: this.#cordons.finish(),
      refusals: this.#refusals.finish(),
      typeSetIds: typeSetIds.finish(),
      levels: this.#levels.appliedTo(fields.levels),
      digests,
    })
    namespace.digest(this.#parts)
    yield batchUnits
    return namespace
  }

  *#admitted(name: string, admission: Admission): Slices<void> {
    this.#levels.add(admission.level, 1)
    yield* this.#admissions.put(name, admission)
    this.#digests.add(this.#parts.admission(name, admission))
  }

  #member([name, epoch, appId, typeSetId, cordoned]: MemberRecord): Member {
    const typeSet = this.#typeSets.get(typeSetId)
    if (typeSet === undefined) throw new Error(`the type set ${typeSetId} is not there`)
    return { name, epoch, appId, typeSet, cordoned }
  }

  #step(): OpenStep {
    if (this.#open === undefined) throw new Error('a step does not begin')
    return this.#open
  }

  /** Puts what waits into the table that is read, when there are so many. */
  *#put(atLeast: number): Slices<void> {
    const count = this.#upserts.length + this.#removes.length
    if (count < atLeast) return
    this.#draft.put(this.#upserts, this.#removes)
    this.#upserts = []
    this.#removes = []
    yield batchUnits + count * memberUnits
  }

  /** Ends the table that is read: the disseminated one, or that of a step. */
  *#endTable(): Slices<void> {
    yield* this.#put(1)
    if (this.#open === undefined) {
      if (this.#table !== undefined) return
      const { disseminated, shape } = this.#head
      this.#table = yield* this.#draft.finish(disseminated, shape)
      yield* this.#table.digestInSlices()
      this.#newestTable = this.#table
      return
    }
    const { generation, shape, digest, upserts, removes } = this.#open
    const before = this.#newestTable!
    this.#newestTable = yield* this.#draft.finish(generation, shape)
    const found = yield* this.#newestTable.digestInSlices()
    if (generation !== before.generation + 1 || found !== digest) {
      throw new Error(`the step to generation ${generation} does not fit`)
    }
    yield* this.#steps.put(generation, { shape, digest, upserts, removes })
    this.#digests.add(this.#parts.step(generation, digest))
    this.#open = undefined
  }
}

/** Levels that do not concern hosts are no levels of tables, and have the digests of others. */
function checkLevel({ level }: TableShape, { levels }: TableContext): void {
  if (!levels.knowsTable(level)) throw new Error(`no table is of feature level ${level}`)
}

/** A sorted map that grows by batches. */
class Entries<K, V> {
  #map: SortedMap<K, V>
  #waiting: Edit<K, V>[] = []

  constructor(empty: SortedMap<K, V>) {
    this.#map = empty
  }

  *put(key: K, value: V): Slices<void> {
    this.#waiting.push([key, value])
    if (this.#waiting.length < itemsAtOnce) return
    this.finish()
    yield batchUnits
  }

  finish(): SortedMap<K, V> {
    this.#map = this.#map.edit(this.#waiting)
    this.#waiting = []
    return this.#map
  }
}
