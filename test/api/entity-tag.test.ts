import { expect, test } from 'vitest'
import { entityTag, matches } from '../../src/api/entity-tag.js'

test('a tag begins with the generation and differs with everything else', () => {
  const tag = entityTag(12, ['lineage', 13, 'digest'])
  expect(tag).toMatch(/^"12-[0-9a-f]{16}"$/)
  expect(entityTag(12, ['lineage', 13, 'digest'])).toBe(tag)
  expect(entityTag(13, ['lineage', 13, 'digest'])).not.toBe(tag)
  expect(entityTag(12, ['lineage', 14, 'digest'])).not.toBe(tag)
  expect(entityTag(null, ['x'])).toMatch(/^"[0-9a-f]{16}"$/)
})

test.for([
  ['"12-ab"', true],
  ['W/"12-ab"', true],
  ['"1", "12-ab"', true],
  ['"1",W/"12-ab" ', true],
  ['*', true],
  ['"12-abc"', false],
  ['12-ab', false],
  ['"12"', false],
  [undefined, false],
] as const)('If-None-Match %s', ([header, same]) => {
  expect(matches(header, '"12-ab"')).toBe(same)
})
