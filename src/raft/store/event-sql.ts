/**
 * The event projection as SQL: writing it together with its cursor, reading it, and deleting what
 * retention lets go. Events are ordered by (index, position); `ordinal` numbers the rows of this
 * table without gaps. A `gap` stands for events that an installed snapshot skipped and matches
 * every query, as nobody knows what it hides.
 */

import { BerthError } from '../../errors/berth-error.js'
import type { ProjectedEvent, StorageOperation } from '../node/disk/storage.js'
import type { Row, Statement } from './connection.js'
import { FencedStatement } from './fence.js'
import type { ReadConnection } from './read-connection.js'

export interface EventPosition {
  readonly index: number
  readonly position: number
}

/** All that is given must match; gaps always do. */
export interface EventQuery {
  readonly namespace?: string
  readonly generationFrom?: number
  /** Inclusive. */
  readonly generationTo?: number
  readonly member?: string
  readonly kind?: string
  /** Raft indexes, inclusive. */
  readonly indexFrom?: number
  readonly indexTo?: number
  /** Wall-clock milliseconds, inclusive. */
  readonly fromMs?: number
  /** Wall-clock milliseconds, inclusive. */
  readonly toMs?: number
  /** Where the page before ended. */
  readonly after?: EventPosition
  /** `newest` begins with the newest and goes back; `oldest` is the default. */
  readonly order?: 'oldest' | 'newest'
  /** 1 to 1000 */
  readonly limit: number
}

type Project = Extract<StorageOperation, { kind: 'project' }>

const columns = 'index, position, namespace, generation, kind, member, reason, at_ms, detail'

/** Events up to the cursor are there already and are left out. */
export function projectStatement({ through, events }: Project, incarnation: number): Statement {
  const sql = new FencedStatement(incarnation)
  const array = (of: (event: ProjectedEvent) => unknown, type: string) =>
    `${sql.value(events.map(of))}::${type}[]`
  const rows = [
    array((event) => event.index, 'bigint'),
    array((event) => event.position, 'bigint'),
    array((event) => toText(event.namespace), 'text'),
    array((event) => event.generation, 'bigint'),
    array((event) => toText(event.kind), 'text'),
    array((event) => toText(event.member), 'text'),
    array((event) => toText(event.reason), 'text'),
    array((event) => event.atMs, 'bigint'),
    array((event) => JSON.stringify(event.detail ?? null), 'text'),
  ].join(', ')
  sql.with(
    'written',
    `insert into event (${columns}, ordinal)
      select event.index, position, namespace, generation, kind, member, reason, at_ms,
        detail::json, projection.ordinal + row_number() over (order by event.index, position)
      from projection, unnest(${rows}) as event (${columns})
      where event.index > projection.projected and exists (select from fence)
      returning 1`,
  )
  sql.with(
    'moved',
    `update projection set projected = greatest(projected, ${sql.value(through)}),
      ordinal = ordinal + (select count(*) from written) where exists (select from fence)`,
  )
  return sql.numbered('project')
}

/** One more row than asked for tells whether there is a next page. */
function eventsStatement(query: EventQuery): Statement {
  const values: unknown[] = []
  const value = (of: unknown) => `$${values.push(of)}`
  const filters: string[] = []
  if (query.namespace !== undefined) filters.push(`namespace = ${value(query.namespace)}`)
  if (query.generationFrom !== undefined)
    filters.push(`generation >= ${value(query.generationFrom)}`)
  if (query.generationTo !== undefined) filters.push(`generation <= ${value(query.generationTo)}`)
  if (query.member !== undefined) filters.push(`member = ${value(query.member)}`)
  if (query.kind !== undefined) filters.push(`kind = ${value(query.kind)}`)
  if (query.indexFrom !== undefined) filters.push(`index >= ${value(query.indexFrom)}`)
  if (query.indexTo !== undefined) filters.push(`index <= ${value(query.indexTo)}`)
  if (query.fromMs !== undefined) filters.push(`at_ms >= ${value(query.fromMs)}`)
  if (query.toMs !== undefined) filters.push(`at_ms <= ${value(query.toMs)}`)
  const backwards = query.order === 'newest'
  const page =
    query.after === undefined
      ? 'true'
      : `(index, position) ${backwards ? '<' : '>'}
        (${value(query.after.index)}, ${value(query.after.position)})`
  const order = backwards ? 'index desc, position desc' : 'index, position'
  const end = `order by ${order} limit ${value(query.limit + 1)}`
  const select = (where: readonly string[]) =>
    `(select ${columns} from event where ${where.join(' and ')} ${end})`
  const matching = select([...filters, page])
  // `union` drops the gaps that match the filters by themselves; without filters all of them do.
  const text =
    filters.length === 0
      ? matching
      : `select * from (${select([...filters, `kind <> 'gap'`, page])}
          union all ${select([`kind = 'gap'`, page])}) as event ${end}`
  return { text, values }
}

/** What is retained and how far the log has been projected. */
const boundsStatement: Statement = {
  name: 'event-bounds',
  text: `
    select projected, dropped_index, dropped_position,
      oldest.index as oldest_index, oldest.position as oldest_position,
      newest.index as newest_index, newest.position as newest_position
    from projection
      left join lateral (select index, position from event order by index, position limit 1)
        as oldest on true
      left join lateral (select index, position from event order by index desc, position desc
        limit 1) as newest on true`,
}

export interface RetentionLimits {
  /** Wall clock that can be deleted by, in ms; null for none: then only rows count. */
  readonly wallMs: number | null
  /** How old events may be, in ms. */
  readonly ageMs: number
  /** How many of them stay. */
  readonly rows: number
  /** What comes before was deleted already. */
  readonly afterOrdinal: number
}

/**
 * Deletes a few of the oldest events: those that are too old or beyond the newest `rows`, up to the
 * first that is to stay. Old is what is older than the newest event by `ageMs`: so nothing goes
 * because a cluster was at rest, nor because the clock of this replica alone is ahead. Those that
 * say they are later than the newest were written by a clock that was ahead, which tells nothing:
 * they go with the next that is too old. Answers how many, and through which ordinal.
 */
export function retentionStatement(
  limits: RetentionLimits,
  batchRows: number,
  incarnation: number,
): Statement {
  const sql = new FencedStatement(incarnation)
  // Without a clock that can be trusted it is 1970, and nothing is older.
  const wall = `${sql.value(limits.wallMs ?? 0)}::bigint`
  const ageMs = `${sql.value(limits.ageMs)}::bigint`
  const rows = `${sql.value(limits.rows)}::bigint`
  const after = `${sql.value(limits.afterOrdinal)}::bigint`
  const batch = sql.value(batchRows)
  sql
    .with(
      'newest',
      `select least(${wall}, (select at_ms from event order by ordinal desc limit 1)) as at_ms,
        (select ordinal from projection) - ${rows} as beyond`,
    )
    .with(
      'judged',
      `select ordinal, event.at_ms < newest.at_ms - ${ageMs} or ordinal <= beyond as goes
        from event, newest
        where ordinal > ${after} and (event.at_ms <= newest.at_ms or ordinal <= beyond)
        order by ordinal limit ${batch}`,
    )
    .with('kept', 'select min(ordinal) as ordinal from judged where not goes')
    .with(
      'border',
      `select max(ordinal) as ordinal from judged
        where ordinal < (select ordinal from kept) or (select ordinal from kept) is null`,
    )
    .with(
      'gone',
      `delete from event where exists (select from fence) and ordinal in (
        select ordinal from event
        where ordinal > ${after} and ordinal <= (select ordinal from border)
        order by ordinal limit ${batch})
        returning ordinal, index, position`,
    )
    .with('last', 'select index, position from gone order by ordinal desc limit 1')
    .with(
      'noted',
      `update projection set dropped_index = last.index, dropped_position = last.position
        from last where exists (select from fence)`,
    )
  return sql.repeatable(
    'retention',
    '(select count(*) from gone) as count, (select max(ordinal) from gone) as through',
  )
}

function toEvent(row: Row): ProjectedEvent {
  const { index, position, namespace, generation, kind, member, reason, detail } = row
  return {
    index: index as number,
    position: position as number,
    namespace: namespace as string | null,
    generation: generation as number | null,
    kind: kind as string,
    member: member as string | null,
    reason: reason as string | null,
    atMs: row.at_ms as number,
    detail,
  }
}

/** Postgres has no U+0000 in texts; an entry that holds one must not stop every replica. */
function toText(text: string | null): string | null {
  return text === null ? null : text.replaceAll('\u0000', '\uFFFD')
}

export interface EventPage {
  /** In the order asked for. A `gap` stands for events that a snapshot skipped. */
  readonly events: readonly ProjectedEvent[]
  /** Whether there are more behind the last of `events`. */
  readonly more: boolean
  /** The oldest and the newest event of all that are kept; null for none. */
  readonly oldest: EventPosition | null
  readonly newest: EventPosition | null
  /** The newest event that retention deleted: the history up to it is gone. null for none. */
  readonly dropped: EventPosition | null
  /** Raft index up to which events have been projected. */
  readonly projected: number
}

const limitMax = 1_000

/** @throws BerthError `invalid_request`, `unavailable`, `overloaded` */
export async function readEvents(reader: ReadConnection, query: EventQuery): Promise<EventPage> {
  if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > limitMax) {
    throw new BerthError('invalid_request', `limit must be 1 to ${limitMax}.`)
  }
  // The page first: what is dropped between the two is then said to be gone, never the reverse.
  const answers = await reader.queryAll([eventsStatement(query), boundsStatement])
  const rows = answers[0]!
  const bounds = answers[1]![0]
  if (bounds === undefined) throw new BerthError('storage_damaged', 'The projection has no row.')
  return {
    events: rows.slice(0, query.limit).map(toEvent),
    more: rows.length > query.limit,
    oldest: positionOf(bounds, 'oldest'),
    newest: positionOf(bounds, 'newest'),
    dropped: positionOf(bounds, 'dropped'),
    projected: bounds.projected as number,
  }
}

function positionOf(row: Row, which: string): EventPosition | null {
  const index = row[`${which}_index`]
  return index === null
    ? null
    : { index: index as number, position: row[`${which}_position`] as number }
}
