/** What flags say of an application: it wins over what the application says of itself. */
import { composeCallTarget } from '../../calls/http/call-target.js'
import { BerthError } from '../../errors/berth-error.js'

/** Null where the application may say. */
export interface ApplicationChoices {
  readonly types: readonly string[] | null
  readonly drainMs: number | null
  readonly idleMs: number | null
  readonly turns: readonly string[] | null
}

/**
 * Paths of the sidecar's own requests begin so; a type of this name would be taken for them, in any
 * case by frameworks that fold the case of paths.
 */
const reserved = /^berth$/i

/** @returns why no type of an application may be called so, as a sentence; null when all may */
export function typeNameFault(types: readonly string[]): string | null {
  const taken = types.find((type) => reserved.test(type))
  if (taken !== undefined) {
    return `a type cannot be called "${taken}": paths below /berth are the sidecar's own.`
  }
  const odd = types.find((type) => !hasPath(type))
  if (odd === undefined) return null
  return `a type cannot be called ${JSON.stringify(odd)}: the path of a call may have no such part.`
}

/** Whether a call can name the type: ".." is no part of a path, in any spelling. */
function hasPath(type: string): boolean {
  try {
    composeCallTarget(type, 'id', '')
    return true
  } catch (error) {
    if (error instanceof BerthError) return false
    throw error
  }
}
