/**
 * Shapes of what lies in a log or a snapshot: plain values read from bytes that somebody wrote, a
 * year ago or on another machine. A shape says of a value what is wrong with it.
 */

/** Says what is wrong with a value at a path; undefined when it is right. */
export type Shape = (value: unknown, path: string) => string | undefined

/** Text that has no bytes in UTF-8 would be another one once it is read back. */
export const text: Shape = (value, path) => {
  if (typeof value !== 'string') return `${path} is no text`
  return value.isWellFormed() ? undefined : `${path} is not well-formed Unicode`
}
export const flag: Shape = (value, path) =>
  typeof value === 'boolean' ? undefined : `${path} is no boolean`
export const count: Shape = (value, path) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? undefined : `${path} is no count`
/** What the digest of the state holds in four bytes. */
export const uint32: Shape = (value, path) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff
    ? undefined
    : `${path} is no uint32`
export const number: Shape = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : `${path} is no number`

/** How a fault begins whose field no version up to this one has. */
export const unknownField = 'unknown field'

export function record(
  required: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape {
  const shapes = new Map([...Object.entries(required), ...Object.entries(optional)])
  const names = Object.keys(required)
  return (value, path) => {
    if (!isPlainMap(value)) return `${path} is no map`
    const fields = value as Readonly<Record<string, unknown>>
    for (const name of Object.keys(fields)) {
      if (!shapes.has(name)) return `${unknownField} ${path}.${name}`
    }
    for (const name of names) if (!Object.hasOwn(fields, name)) return `${path}.${name} is missing`
    for (const [name, field] of Object.entries(fields)) {
      const fault = shapes.get(name)?.(field, `${path}.${name}`)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}

function isPlainMap(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  )
}

export function list(shape: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path} is no list`
    for (let i = 0; i < value.length; i += 1) {
      const fault = shape(value[i], `${path}[${i}]`)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}

/** A list of as many values as there are shapes, each of its own. */
export function tuple(...shapes: readonly Shape[]): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path} is no list`
    if (value.length !== shapes.length) return `${path} has ${value.length} values`
    for (const [i, shape] of shapes.entries()) {
      const fault = shape(value[i], `${path}[${i}]`)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}
