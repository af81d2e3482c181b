/**
 * Any past table from the event stream: from a table that is known, its events are followed forward
 * or taken back, generation by generation, and each table is held against the digest in the stream.
 *
 * A namespace that was empty for a while was not there, and came back with a higher generation:
 * between its lives there are no generations, so the empty table is the one on both sides.
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
 * @param events the namespace's events (`generationKinds`, and `dropped`) of all generations
 *   between the two: of those after the known one up to the wanted one, or of those from the
 *   wanted one up to the known one (its own are needed where it is the last one of a life). In any
 *   order; others do no harm
 * @throws BerthError `compacted` when events are missing, `storage_damaged` when they do not give
 *   the digest that they name
 */
export function pastTable(known: Table, generation: number, events: readonly StoredEvent[]): Table {
  const byGeneration = new Map<number, StoredEvent[]>()
  const kinds = new Set<string>(generationKinds)
  /** The last generations of lives of the namespace that are over. */
  const ends = new Set<number>()
  for (const event of events) {
    if (event.kind === 'dropped' && event.generation !== null) ends.add(event.generation)
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
  /** Of the generations with events, the nearest one on either side. */
  const below = (at: number) => Math.max(...[...byGeneration.keys()].filter((each) => each < at))
  const above = (at: number) => Math.min(...[...byGeneration.keys()].filter((each) => each > at))
  let table = known
  while (table.generation < generation) {
    const at = table.generation + 1
    const next = above(table.generation)
    const isOver = ends.has(table.generation) && at < next && next <= generation
    if (isOver) table = anotherLife(table, next - 1)
    else table = check(turn(table, at, of(at), 'after'), of(at))
  }
  /** A life may begin at the number at which the one before it ended, by another factor. */
  const settle = () => {
    const at = table.generation
    if (ends.has(at) && byGeneration.has(at)) table = anotherLife(table, at, of(at))
  }
  settle()
  while (table.generation > generation) {
    const at = table.generation
    const last = byGeneration.has(at) ? at : below(at)
    if (last < at && ends.has(last) && generation <= last) {
      table = check(anotherLife(table, last, of(last)), of(last))
    } else {
      check(table, of(at))
      table = turn(table, at - 1, of(at), 'before')
      settle()
    }
  }
  return table
}

/** The empty table at the end, or before the beginning, of another life of the namespace. */
function anotherLife(table: Table, generation: number, events: readonly StoredEvent[] = []): Table {
  const shape = (events[0]?.detail as GenerationDetail | undefined) ?? table.shape
  const { factor, level } = shape
  return table.edit({ generation, shape: { factor, level }, upserts: [], removes: [] })
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
  let { shape } = table
  for (const { member: name, detail } of events) {
    const frame = detail as GenerationDetail
    const { factor, factorBefore, level, levelBefore } = frame
    shape = side === 'after' ? { factor, level } : { factor: factorBefore, level: levelBefore }
    if (name === null) continue
    const member = frame[side]
    if (member === null) removes.push(name)
    else upserts.push(tableMember(name, member))
  }
  return table.edit({ generation, shape, upserts, removes })
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
