/** Reads the event projection for people: pages in order, and how far back the history goes. */
import { BerthError } from '../../errors/berth-error.js'
import type { ProjectedEvent } from '../node/disk/storage.js'
import type { Row } from './connection.js'
import {
  boundsStatement,
  type EventPosition,
  type EventQuery,
  eventsStatement,
  toEvent,
} from './event-sql.js'
import type { ReadConnection } from './read-connection.js'

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
