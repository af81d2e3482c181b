/**
 * Entity tags: `"<generation>-<state>"`. The generation is the one that the body shows; the state
 * is a hash of everything else that the body is made from. So a client reads the generation off
 * the tag, and two bodies that differ in anything have different tags (RFC 9110 §8.8.3).
 */
import { createHash } from 'node:crypto'

/**
 * @param generation null for a body that shows none: the tag is the state alone
 * @param state all that the body depends on beside its URL and the generation
 */
export function entityTag(generation: number | null, state: unknown): string {
  const hash = createHash('blake2b512').update(JSON.stringify(state)).digest('hex').slice(0, 16)
  return generation === null ? `"${hash}"` : `"${generation}-${hash}"`
}

/** Whether an `If-None-Match` names this tag; compared weakly (RFC 9110 §13.1.2). */
export function matches(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  return ifNoneMatch.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag)
}
