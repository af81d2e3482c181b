/**
 * The keywords `x-max-bytes` and `x-max-total-bytes` of our schemas: the longest that a text, or
 * all texts of a list together, may be in UTF-8. JSON Schema counts characters only, but wires and
 * logs are limited in bytes.
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

export const maxTotalBytesKeyword: KeywordDefinition = {
  keyword: 'x-max-total-bytes',
  type: 'array',
  schemaType: 'number',
  validate: (limitBytes: number, texts: readonly unknown[]) => {
    let bytes = 0
    for (const text of texts) if (typeof text === 'string') bytes += utf8Bytes(text)
    return bytes <= limitBytes
  },
  error: {
    message: ({ schemaCode }) => str`take more than ${schemaCode} bytes together`,
    params: ({ schemaCode }) => _`{limitBytes: ${schemaCode}}`,
  },
}
