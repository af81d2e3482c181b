/**
 * Text that is well-formed Unicode: no half of a surrogate pair stands alone. JavaScript and the
 * escapes of JSON know such halves, UTF-8 has no bytes for them. Two texts that differ in them
 * alone become one when they are hashed or stored, and neither comes back as what it was. So the
 * checks of every door ask it of all text, by a keyword that is put into all schemas of text.
 */
import type { KeywordDefinition } from 'ajv/dist/2020.js'

const name = 'x-well-formed'

export const wellFormedKeyword: KeywordDefinition = {
  keyword: name,
  type: 'string',
  schemaType: 'boolean',
  validate: (_wanted: boolean, text: string) => text.isWellFormed(),
  error: { message: 'is not well-formed Unicode: half of a surrogate pair stands alone' },
}

/**
 * Whether an argument or a variable of this process came as UTF-8: Node puts U+FFFD where it did
 * not, and nobody means that.
 */
export function cameAsUtf8(text: string): boolean {
  return text.isWellFormed() && !text.includes('\ufffd')
}

/** The same schema, or whatever has schemas in it, with the keyword where text is asked for. */
export function wellFormed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(wellFormed) as T
  if (typeof schema !== 'object' || schema === null) return schema
  const parts = Object.entries(schema).map(([key, part]) => [key, wellFormed(part)])
  const same = Object.fromEntries(parts) as T & { readonly type?: unknown }
  const isText =
    same.type === 'string' || (Array.isArray(same.type) && same.type.includes('string'))
  return isText ? { ...same, [name]: true } : same
}
