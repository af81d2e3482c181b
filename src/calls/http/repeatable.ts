/** Which calls may reach an application twice without harm, by what their callers say. Pure. */

/** RFC 9110 §9.2.2. */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

/** @param idempotencyKey undefined for none; an empty one is none */
export function isRepeatable(method: string, idempotencyKey: string | undefined): boolean {
  return idempotentMethods.has(method) || (idempotencyKey ?? '').trim() !== ''
}
