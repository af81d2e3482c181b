import { expect, test } from 'vitest'
import { readConfig } from '../../../src/sidecar-process/application/config-document.js'

const free = { types: null, drainMs: null, idleMs: null, turns: null }
const read = (document: unknown) => readConfig(JSON.stringify(document), free, () => null)

test('an application without a document has defaults', () => {
  const nothing = {
    ...{ types: [], drainMs: null, idleMs: null, turns: [], health: null },
    ...{ release: 'each', fenced: false },
  }
  expect(readConfig(null, free, () => null)).toEqual({ config: nothing, unknown: [] })
  expect(read({}).config).toEqual(nothing)
  const nulls = { types: null, drainMs: null, idleMs: null, turns: null, health: null }
  expect(read({ ...nulls, release: null, fenced: null }).config).toEqual(nothing)
})

test('what it says is taken, each type once', () => {
  const said = {
    ...{ types: ['Cart', 'Order', 'Cart'], drainMs: 0, idleMs: 1, turns: ['Cart'] },
    ...{ health: '/healthz?deep=1', release: 'together', fenced: true },
  }
  expect(read(said).config).toEqual({ ...said, types: ['Cart', 'Order'] })
})

test('flags win over what it says', () => {
  const choices = { types: ['Flag'], drainMs: 7, idleMs: 8, turns: ['Flag'] }
  const text = JSON.stringify({ types: ['Cart'], drainMs: 1, idleMs: 2, turns: ['Cart'] })
  expect(readConfig(text, choices, () => null).config).toMatchObject(choices)
})

test('unknown keys mean nothing, and are told, cut and not too many', () => {
  const odd = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`.padEnd(99, 'x'), 1]))
  const { config, unknown } = read({ types: ['Cart'], ...odd, __proto__: { types: ['Odd'] } })
  expect(config.types).toEqual(['Cart'])
  expect(unknown).toHaveLength(10)
  expect(Math.max(...unknown.map((key) => key.length))).toBe(40)
})

test.for([
  ['no JSON', '{', 'it is not JSON; an application without one answers with 404'],
  ['HTML', '<html>', 'it is not JSON; an application without one answers with 404'],
  ['nothing', '', 'it is not JSON; an application without one answers with 404'],
  ['a list', '[]', 'it is no JSON object'],
  ['null', 'null', 'it is no JSON object'],
  ['types as a text', '{"types":"Cart"}', '"types" must be a list of texts'],
  ['types with a number', '{"types":[1]}', '"types" must be a list of texts'],
  [
    'a type that no path can name',
    '{"types":["Cart",".."]}',
    /"types": a type cannot be called ".."/,
  ],
  ['a type with such a part', '{"types":["a/./b"]}', /"types": a type cannot be called "a\/.\/b"/],
  ['a type called berth', '{"types":["berth"]}', /"types": a type cannot be called "berth"/],
  ['so in any case', '{"types":["A","Berth"]}', /"types": a type cannot be called "Berth"/],
  ['turns of another type', '{"types":["A"],"turns":["B"]}', /"turns" has a type that is not/],
  ['drainMs below 0', '{"drainMs":-1}', /"drainMs" must be a whole number from 0 to 2147483647/],
  ['drainMs in halves', '{"drainMs":1.5}', /"drainMs" must be a whole number/],
  ['drainMs as a text', '{"drainMs":"1"}', /"drainMs" must be a whole number/],
  ['idleMs of 0', '{"idleMs":0}', /"idleMs" must be a whole number from 1/],
  ['idleMs beyond timers', '{"idleMs":2147483648}', /"idleMs" must be a whole number/],
  ['a health of elsewhere', '{"health":"http://x/"}', /"health" must be a path/],
  ['a health of another host', '{"health":"//x/"}', /"health" must be a path/],
  ['a health with a line break', '{"health":"/a\\r\\nb"}', /"health" must be a path/],
  ['a health with a fragment', '{"health":"/a#b"}', /"health" must be a path/],
  ['an unknown release', '{"release":"all"}', '"release" must be one of each, together, none'],
  ['fenced as a text', '{"fenced":"yes"}', '"fenced" must be true or false'],
] as const)('is refused: %s', ([_, text, message]) => {
  expect(() => readConfig(text, free, () => null)).toThrow(
    expect.objectContaining({ code: 'invalid_config', message: expect.stringMatching(message) }),
  )
})

test('types that no host may have are refused with the reason', () => {
  const fault = (types: readonly string[]) => (types.includes('') ? 'one is empty' : null)
  expect(() => readConfig('{"types":[""]}', free, fault)).toThrow('"types": one is empty')
})
