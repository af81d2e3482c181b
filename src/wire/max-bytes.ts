/**
 * The keyword `x-max-bytes` of our schemas: the longest a text may be in UTF-8. JSON Schema counts
 * characters only, but wires and logs are limited in bytes.
 */
import { _, type KeywordDefinition, str } from 'ajv/dist/2020.js'
import { utf8Bytes } from './utf8-bytes.js'

export const maxBytesKeyword: KeywordDefinition = {
  keyword: 'x-max-bytes',
  type: 'string',
  schemaType: 'number',
  validate: (limitBytes: number, text: string) => utf8Bytes(text) <= limitBytes,
  error: {
    message: ({ schemaCode }) => str`is longer than ${schemaCode} bytes`,
    params: ({ schemaCode }) => _`{limitBytes: ${schemaCode}}`,
  },
}
