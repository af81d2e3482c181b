/**
 * Schemas that say of each object which fields it has. A contract leaves its objects open, for a
 * later version says more; a receiver takes out what it does not know (`removeAdditional` of ajv).
 * One with `unevaluatedProperties: false` is left as it is: nothing else may be said there.
 */
export function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T
  if (typeof schema !== 'object' || schema === null) return schema
  const parts = Object.entries(schema).map(([key, part]) => [key, closed(part)])
  const same = Object.fromEntries(parts) as T & {
    readonly type?: unknown
    readonly properties?: unknown
    readonly unevaluatedProperties?: unknown
  }
  const isExact = same.unevaluatedProperties === false
  const isObject = same.type === 'object' && same.properties !== undefined && !isExact
  return isObject ? { ...same, additionalProperties: false } : same
}
