/** What a credential lets its bearer do. Pure. */

/**
 * `host` is a member of a namespace, or looks up; `observer` looks up alone. `reader` reads all
 * that REST shows; `operator` also steers namespaces; `admin` also settings, replicas and
 * credentials.
 */
export const roles = ['observer', 'host', 'reader', 'operator', 'admin'] as const

export type Role = (typeof roles)[number]

/** What each role includes, itself among it. */
const included: Readonly<Record<Role, readonly Role[]>> = {
  observer: ['observer'],
  host: ['observer', 'host'],
  reader: ['observer', 'reader'],
  operator: ['observer', 'reader', 'operator'],
  admin: ['observer', 'host', 'reader', 'operator', 'admin'],
}

export function includesRole(role: Role, needed: Role): boolean {
  return included[role].includes(needed)
}
