/**
 * Opaque cursors of paged lists: where the page before ended, and a mark of the query that it
 * belongs to, so that a cursor used with other filters is refused instead of skipping items.
 * Nothing in it is secret and nothing in it is trusted.
 */
import { createHash } from 'node:crypto'
import { BerthError } from '../errors/berth-error.js'

/** Position of the last item of a page: its name, or (index, position) of an event. */
export type Position = readonly (string | number)[]

/** @param query what the cursor is bound to: the list and its filters, in a fixed order */
export function encodeCursor(query: readonly unknown[], position: Position): string {
  return Buffer.from(JSON.stringify([markOf(query), ...position])).toString('base64url')
}

/**
 * @param shape the types of the position's parts
 * @throws BerthError `invalid_request` when it is not one of ours or belongs to another query
 */
export function decodeCursor(
  query: readonly unknown[],
  cursor: string,
  shape: readonly ('string' | 'number')[],
): Position {
  const [mark, ...position] = parse(cursor)
  const fits =
    position.length === shape.length && position.every((part, i) => isPart(part, shape[i]))
  if (!fits) throw new BerthError('invalid_request', 'This cursor was not given by Berth.')
  if (mark !== markOf(query)) {
    const detail = 'The cursor belongs to another list or other filters: start without a cursor.'
    throw new BerthError('invalid_request', detail)
  }
  return position as Position
}

/** A number is an index or a place; what else JSON knows as one was not given by Berth. */
function isPart(part: unknown, type: 'string' | 'number' | undefined): boolean {
  if (typeof part === 'number') return type === 'number' && Number.isSafeInteger(part) && part >= 0
  return typeof part === 'string' && type === 'string' && part.isWellFormed()
}

/** The name behind which a page of a list by name begins; undefined for the first page. */
export function nameAfter(
  query: readonly unknown[],
  cursor: string | undefined,
): string | undefined {
  return cursor === undefined ? undefined : String(decodeCursor(query, cursor, ['string'])[0])
}

function parse(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function markOf(query: readonly unknown[]): string {
  return createHash('blake2b512').update(JSON.stringify(query)).digest('base64url').slice(0, 8)
}
