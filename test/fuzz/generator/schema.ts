/**
 * The part of JSON Schema that openapi.yaml and asyncapi.yaml are written in, and how a reference
 * in a document is followed.
 */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly minProperties?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly 'x-max-bytes'?: number
  readonly 'x-max-total-bytes'?: number
  readonly 'x-address'?: boolean
  readonly 'x-peer-address'?: boolean
  readonly 'x-range'?: boolean
  readonly default?: unknown
}

/** Whatever is read from a YAML document. */
export type Tree = Readonly<Record<string, unknown>>

/** What this understands; a document that says more needs more here. */
const understood: ReadonlySet<string> = new Set([
  ...['$ref', 'type', 'const', 'enum', 'oneOf', 'anyOf', 'properties', 'required'],
  ...['additionalProperties', 'minProperties', 'items', 'minItems', 'maxItems'],
  ...['minimum', 'maximum', 'minLength', 'maxLength', 'pattern'],
  ...['x-max-bytes', 'x-max-total-bytes', 'default', 'description', 'readOnly'],
  ...['x-address', 'x-form', 'x-range', 'x-peer-address'],
])

export class Schemas {
  readonly #document: Tree

  constructor(document: Tree) {
    this.#document = document
  }

  /**
   * Follows references until there is none.
   * @returns the schema, and the name of the component that it is; empty for none
   */
  resolve(schema: Schema, name = ''): { readonly schema: Schema; readonly name: string } {
    for (const key of Object.keys(schema)) {
      if (!understood.has(key)) throw new Error(`the generator does not know "${key}"`)
    }
    const { $ref, ...own } = schema
    if ($ref === undefined) return { schema, name }
    const { schema: target } = this.resolve(this.at($ref) as Schema)
    return { schema: { ...target, ...own }, name: $ref.slice($ref.lastIndexOf('/') + 1) }
  }

  /** What stands at `#/a/b/c`. */
  at(pointer: string): unknown {
    let found: unknown = this.#document
    for (const part of pointer.split('/').slice(1)) {
      found = (found as Tree)[part.replaceAll('~1', '/').replaceAll('~0', '~')]
    }
    if (found === undefined) throw new Error(`there is no ${pointer}`)
    return found
  }
}

/** The types that a value may have; all of them where the schema does not say. */
export function typesOf({ type }: Schema): readonly string[] {
  if (typeof type === 'string') return [type]
  return type ?? ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null']
}
