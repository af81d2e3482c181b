/** Reads one namespace of a snapshot back; see snapshot-format.ts for the order of its records. */
import type { Member } from '../table/member.js'
import type { Edit } from '../table/sorted-map.js'
import { Table, type TableShape } from '../table/table.js'
import type { TableContext } from '../table/table-context.js'
import type { TypeSet } from '../wire/messages.js'
import { NamespaceState, namespaceDigests, removalKey, type Step } from './namespace-state.js'
import type { MemberRecord, SnapshotRecord } from './snapshot-format.js'
import type { Admission, PartDigests, Removal } from './state-digest.js'

/** Members that are put into the table at once. */
const membersAtOnce = 1024

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
  private readonly head: Head
  private readonly parts: PartDigests
  private readonly empty: NamespaceState
  private readonly typeSets = new Map<number, TypeSet>()
  private table: Table
  /** The table after the steps so far; undefined while the disseminated one is read. */
  private newestTable: Table | undefined
  private waiting: Member[] = []
  private open: OpenStep | undefined
  private readonly steps: Edit<number, Step>[] = []
  private readonly admissions: Edit<string, Admission>[] = []
  private readonly removals: Edit<string, Removal>[] = []
  private readonly cordons: Edit<string, true>[] = []
  private readonly refusals: Edit<string, number>[] = []

  constructor(head: Head, context: TableContext, parts: PartDigests) {
    this.head = head
    this.parts = parts
    this.empty = NamespaceState.empty(head.name, Table.empty(context, head.shape))
    this.table = this.empty.table
  }

  read(record: SnapshotRecord): void {
    switch (record[0]) {
      case 'types':
        this.typeSets.set(record[1], { id: record[1], types: record[2] })
        break
      case 'member':
        this.waiting.push(this.member(record[1]))
        if (this.waiting.length >= membersAtOnce) this.addMembers()
        break
      case 'step': {
        this.endStep()
        const [, generation, factor, level, digest] = record
        this.open = { generation, shape: { factor, level }, digest, upserts: [], removes: [] }
        break
      }
      case 'upsert':
        this.step().upserts.push(this.member(record[1]))
        break
      case 'gone':
        this.step().removes.push(record[1])
        break
      case 'admission': {
        const [, name, instance, secretHash, level, generation, atMs] = record
        this.admissions.push([name, { instance, secretHash, level, generation, atMs }])
        break
      }
      case 'removal': {
        const [, name, epoch, secretHash, level, reason, generation, atMs] = record
        const removal = { name, epoch, secretHash, level, reason, generation, atMs }
        this.removals.push([removalKey(name, epoch), removal])
        break
      }
      case 'cordon':
        this.cordons.push([record[1], true])
        break
      case 'refusal':
        this.refusals.push([record[1], record[2]])
        break
      default:
        throw new Error(`a namespace has no record ${record[0]}`)
    }
  }

  finish(): NamespaceState {
    this.endStep()
    this.addMembers()
    const { parts } = this
    const newestTable = this.newestTable ?? this.table
    const { fields } = this.empty
    const read = {
      ...fields,
      table: this.table,
      newestTable,
      nextTypeSetId: this.head.nextTypeSetId,
      steps: fields.steps.edit(this.steps),
      admissions: fields.admissions.edit(this.admissions),
      removals: fields.removals.edit(this.removals),
      cordons: fields.cordons.edit(this.cordons),
      refusals: fields.refusals.edit(this.refusals),
      typeSetIds: fields.typeSetIds.edit(
        [...newestTable.typeSets.list()].map(({ id, types }) => [parts.typesKey(types), id]),
      ),
    }
    return new NamespaceState({ ...read, digests: namespaceDigests(read, parts) })
  }

  private member([name, epoch, appId, typeSetId, cordoned]: MemberRecord): Member {
    const typeSet = this.typeSets.get(typeSetId)
    if (typeSet === undefined) throw new Error(`the type set ${typeSetId} is not there`)
    return { name, epoch, appId, typeSet, cordoned }
  }

  private step(): OpenStep {
    if (this.open === undefined) throw new Error('a step does not begin')
    return this.open
  }

  private addMembers(): void {
    if (this.newestTable !== undefined) return
    const generation = this.head.disseminated
    this.table = this.table.edit({ generation, upserts: this.waiting, removes: [] })
    this.waiting = []
  }

  private endStep(): void {
    if (this.open === undefined) return
    const { generation, shape, digest, upserts, removes } = this.open
    this.addMembers()
    const before = this.newestTable ?? this.table
    this.newestTable = before.edit({ generation, shape, upserts, removes })
    if (generation !== before.generation + 1 || this.newestTable.digest !== digest) {
      throw new Error(`the step to generation ${generation} does not fit`)
    }
    this.steps.push([generation, { shape, digest, upserts, removes }])
    this.open = undefined
  }
}
