/**
 * A schema that is compiled when the first value is held to it. A process knows more schemas than
 * it meets, and compiling them all took half of the time that a replica needs to start.
 */
import type { Ajv2020, AnySchema, ValidateFunction } from 'ajv/dist/2020.js'

export function compileLater(ajv: Ajv2020, schema: AnySchema): () => ValidateFunction {
  let validate: ValidateFunction | null = null
  return () => {
    validate ??= ajv.compile(schema)
    return validate
  }
}
