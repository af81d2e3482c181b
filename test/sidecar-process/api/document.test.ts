import { describe, expect, test } from 'vitest'
import { catalogue, type ErrorCode } from '../../../src/errors/catalogue.js'
import { createRestAjv } from '../../../src/rest/validation.js'
import { document, operations } from './support/contract.js'

describe('the document', () => {
  const named = [
    ...document['x-problems'],
    ...operations.flatMap(({ operation }) => operation['x-problems'] ?? []),
  ]

  test('names codes of the catalogue, and says of each its status', () => {
    const { description } = document.info
    const rows = [...description.matchAll(/^\| `(\w+)` \| (\d+) \| .{10,} \|$/gm)]
    for (const [, code = '', status] of rows) {
      expect([code, catalogue[code as ErrorCode]?.status]).toEqual([code, Number(status)])
    }
    const listed = rows.map(([, code]) => code)
    expect([...new Set(named), 'not_found'].sort()).toEqual([...listed].sort())
  })

  test('gives every operation an id, a summary and a tag of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { operation } of operations) {
      expect(operation.summary.length).toBeGreaterThan(10)
      expect(operation.tags).toHaveLength(1)
    }
  })

  test('has schemas that are some, and bounds and words for each integer and pattern', () => {
    const ajv = createRestAjv({ validateSchema: true })
    ajv.addVocabulary(['components'])
    ajv.addSchema({ $id: 'sidecar', components: document.components })
    for (const name of Object.keys(document.components.schemas)) {
      const $ref = `sidecar#/components/schemas/${name}`
      expect(ajv.compile({ $ref })).toBeTypeOf('function')
    }
    const faults: unknown[] = []
    const look = (part: unknown): void => {
      if (typeof part !== 'object' || part === null) return
      const { type, minimum, maximum, pattern, 'x-form': form } = part as Record<string, unknown>
      const isBounded = Number.isSafeInteger(minimum) && Number.isSafeInteger(maximum)
      if ([type].flat().includes('integer') && !isBounded) faults.push(part)
      if (typeof pattern === 'string' && typeof form !== 'string') faults.push(part)
      for (const inner of Object.values(part)) look(inner)
    }
    look(document)
    expect(faults).toEqual([])
  })
})
