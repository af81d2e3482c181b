/** A range of versions names the oldest one first: JSON Schema has no word for that. */
import type { KeywordDefinition } from 'ajv/dist/2020.js'
import { isRange } from '../versions/range.js'

export const rangeKeyword: KeywordDefinition = {
  keyword: 'x-range',
  type: 'object',
  schemaType: 'boolean',
  validate: (_wanted: boolean, value: object) => isRange(value),
  error: { message: 'is no range of versions, from the oldest to the newest' },
}
