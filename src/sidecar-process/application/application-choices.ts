/** What flags say of an application: it wins over what the application says of itself. */

/** Null where the application may say. */
export interface ApplicationChoices {
  readonly types: readonly string[] | null
  readonly drainMs: number | null
  readonly idleMs: number | null
  readonly turns: readonly string[] | null
}

/** Paths of the sidecar's own requests begin so; a type of this name would be taken for them. */
const reserved = 'berth'

/** @returns why no type may be called so; null when all may */
export function reservedFault(types: readonly string[]): string | null {
  if (!types.includes(reserved)) return null
  return `a type cannot be called "${reserved}": paths below /${reserved} are the sidecar's own.`
}
