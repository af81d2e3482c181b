/**
 * Any past table from the event stream: from a table that is known, its events are followed forward
 * or taken back, generation by generation, and each table is held against the digest in the stream.
 */
import { BerthError } from '../errors/berth-error.js'
import type { Member } from '../table/member.js'
import type { Table } from '../table/table.js'
import type { EventMember, GenerationDetail, PlacementEvent } from './placement-event.js'
import { generationKinds } from './placement-event.js'

type StoredEvent = Pick<PlacementEvent, 'generation' | 'member' | 'detail'> & {
  readonly kind: string
}

/**
 * The table of a generation.
 *
 * @param known the table of any generation of the same namespace
 * @param events the namespace's events of all generations between the two: of those after the known
 *   one up to the wanted one, or of those after the wanted one up to the known one. In any order;
 *   others do no harm
 * @throws BerthError `compacted` when events are missing, `storage_damaged` when they do not give
 *   the digest that they name
 */
export function pastTable(known: Table, generation: number, events: readonly StoredEvent[]): Table {
  const byGeneration = new Map<number, StoredEvent[]>()
  const kinds = new Set<string>(generationKinds)
  for (const event of events) {
    if (!kinds.has(event.kind) || event.generation === null) continue
    const list = byGeneration.get(event.generation)
    if (list === undefined) byGeneration.set(event.generation, [event])
    else list.push(event)
  }
  const of = (at: number) => {
    const list = byGeneration.get(at)
    if (list === undefined) throw missing(at)
    return list
  }
  let table = known
  while (table.generation < generation) {
    const at = table.generation + 1
    table = check(turn(table, at, of(at), 'after'), of(at))
  }
  while (table.generation > generation) {
    const at = table.generation
    check(table, of(at))
    table = turn(table, at - 1, of(at), 'before')
  }
  return table
}

/** The table with each event's member as it was before or after it. */
function turn(
  table: Table,
  generation: number,
  events: readonly StoredEvent[],
  side: 'before' | 'after',
): Table {
  const upserts: Member[] = []
  const removes: string[] = []
  let { factor } = table
  for (const { member: name, detail } of events) {
    const frame = detail as GenerationDetail
    factor = side === 'after' ? frame.factor : frame.factorBefore
    if (name === null) continue
    const member = frame[side]
    if (member === null) removes.push(name)
    else upserts.push(tableMember(name, member))
  }
  return table.edit({ generation, factor, upserts, removes })
}

function tableMember(name: string, member: EventMember): Member {
  const { epoch, appId, cordoned, typeSet: id, types } = member
  return { name, epoch, appId, cordoned, typeSet: { id, types } }
}

function check(table: Table, events: readonly StoredEvent[]): Table {
  for (const { detail } of events) {
    const { digest } = detail as GenerationDetail
    if (digest === table.digest) continue
    const what = `Generation ${table.generation} by its events has the digest ${table.digest}`
    throw new BerthError('storage_damaged', `${what}, they name ${digest}.`)
  }
  return table
}

function missing(generation: number): BerthError {
  return new BerthError('compacted', `The events of generation ${generation} are not there.`)
}
