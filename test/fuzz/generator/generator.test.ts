import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { addressKeyword, peerAddressKeyword } from '../../../src/wire/address.js'
import { closed } from '../../../src/wire/closed.js'
import { maxBytesKeyword, maxTotalBytesKeyword } from '../../../src/wire/max-bytes.js'
import { rangeKeyword } from '../../../src/wire/range-keyword.js'
import { wellFormed, wellFormedKeyword } from '../../../src/wire/well-formed.js'
import { Random } from '../../simulation/kernel/random.js'
import { root } from '../../support/program.js'
import { withByteFaults } from './byte-faults.js'
import { withFault } from './faults.js'
import { toJson, twistedJson } from './json-text.js'
import { samplePattern } from './pattern.js'
import type { Schema, Tree } from './schema.js'
import { Values } from './values.js'

const documents = ['openapi.yaml', 'asyncapi.yaml'].map((name) => {
  const tree = JSON.parse(JSON.stringify(parse(readFileSync(`${root}${name}`, 'utf8')))) as Tree
  const { schemas } = tree.components as { schemas: Record<string, Schema> }
  return { name, tree, schemas, ajv: validatorsOf(tree) }
})
const schemasOfAll = documents.flatMap(({ name, tree, schemas, ajv }) =>
  Object.keys(schemas).map((component) => ({
    title: `${name} ${component}`,
    tree,
    ajv,
    component,
  })),
)

function validatorsOf(tree: Tree): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, validateSchema: false })
  ajv.addKeyword(addressKeyword)
  ajv.addKeyword(peerAddressKeyword)
  ajv.addKeyword(rangeKeyword)
  for (const keyword of [maxBytesKeyword, maxTotalBytesKeyword, wellFormedKeyword]) {
    ajv.addKeyword(keyword)
  }
  // A field that is not documented is a fault here: whoever receives it leaves it behind.
  const { components } = closed(wellFormed({ components: tree.components }))
  ajv.addSchema({ $id: 'doc', components })
  return ajv
}

describe.each(schemasOfAll)('$title', ({ tree, ajv, component }) => {
  const validate = ajv.compile({ $ref: `doc#/components/schemas/${component}` })
  const values = new Values(tree)
  const schema = { $ref: `#/components/schemas/${component}` }

  test('gets values that fit it', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const value = values.valid(schema, new Random(seed))
      expect(validate(value), `${seed}: ${JSON.stringify(validate.errors)}`).toBe(true)
    }
  })

  test('gets values with a fault, nearly all of which do not fit it', () => {
    const seeds = Array.from({ length: 30 }, (_, i) => i + 1)
    const fits = seeds.filter((seed) => {
      const random = new Random(seed)
      const value = values.valid(schema, random)
      return validate(withFault(value, schema, values.schemas, random))
    })
    // Some places take anything: a text without a pattern, say.
    expect(fits.length).toBeLessThan(seeds.length / 2)
  })
})

test('the same seed gives the same, another seed something else', () => {
  const { tree } = documents[1]!
  const hello = (seed: number) => {
    const random = new Random(seed)
    const schema = { $ref: '#/components/schemas/Hello' }
    const values = new Values(tree)
    const value = values.valid(schema, random)
    const faulty = withFault(value, schema, values.schemas, random)
    return `${toJson(value)} ${toJson(faulty)} ${twistedJson(value, random).toString('hex')}`
  }
  expect(hello(7)).toBe(hello(7))
  expect(hello(7)).not.toBe(hello(8))
})

test('what is known of the cluster comes in often, and not always', () => {
  const { tree } = documents[1]!
  const values = new Values(tree, (name) => (name === 'Namespace' ? 'known' : undefined))
  const names = Array.from({ length: 100 }, (_, seed) => {
    return values.valid({ $ref: '#/components/schemas/Namespace' }, new Random(seed))
  })
  const known = names.filter((name) => name === 'known')
  expect(known.length).toBeGreaterThan(40)
  expect(known.length).toBeLessThan(100)
})

test('a pattern that it does not understand is refused, not guessed at', () => {
  const sample = (pattern: string) => samplePattern(pattern, new Random(1))
  expect(sample('^[a-c]{3}(x|y)?$')).toMatch(/^[a-c]{3}(x|y)?$/)
  for (const pattern of ['abc', '^a', '^(?=a)a$', '^[^a]$', '^\\w$', '^.$', '^a)$']) {
    expect(() => sample(pattern), pattern).toThrow('does not know')
  }
})

test('JSON of it keeps what `JSON.stringify` loses', () => {
  expect(toJson({ a: [-0, Number.NaN, Number.POSITIVE_INFINITY, null, 'x'] })).toBe(
    '{"a":[-0,NaN,Infinity,null,"x"]}',
  )
})

test('bytes with faults are other bytes, nearly always', () => {
  const bytes = Buffer.from('a message of some length that has its faults in all places')
  const same = Array.from({ length: 200 }, (_, seed) => withByteFaults(bytes, new Random(seed)))
  expect(same.filter((faulty) => faulty.equals(bytes)).length).toBeLessThan(20)
})
