/**
 * Takes a value that fits its schema and puts a fault into it: in one place, of one kind. Which
 * place and which kind is chance; a value with many faults has it done several times.
 *
 * A fault stays a value of JSON. What is wrong with the writing of it stands in json-text.ts and
 * msgpack-bytes.ts.
 */
import type { Random } from '../../simulation/kernel/random.js'
import type { Schema, Schemas } from './schema.js'
import { typesOf } from './schema.js'
import { illFormedTexts, oddAddresses, oddNumbers, text } from './words.js'

/** A place in a value: where it hangs, and what its schema says. */
interface Place {
  readonly schema: Schema
  readonly value: unknown
  /** Puts another value there. */
  readonly put: (value: unknown) => void
  /** Takes it out; undefined where that is no fault. */
  readonly drop?: () => void
}

/** Own fields that mean something to objects of JavaScript. */
const nastyNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'then',
  'toJSON',
]
const longUnits = 20_000
const manyItems = 3_000
const deepLevels = 900

/** @returns a copy with a fault, which is not what the schema wants */
export function withFault(value: unknown, schema: Schema, schemas: Schemas, random: Random) {
  const holder = { value: structuredClone(value) }
  const places: Place[] = []
  const put = (changed: unknown) => {
    holder.value = changed
  }
  collect({ schema, value: holder.value, put }, schemas, places)
  spoil(random.pick(places), random)
  return holder.value
}

/** The place itself and all within it. */
function collect(place: Place, schemas: Schemas, places: Place[]): void {
  const { schema } = schemas.resolve(place.schema)
  const known = { ...place, schema: variantFor(schema, place.value, schemas) }
  places.push(known)
  const { value } = place
  if (Array.isArray(value)) {
    // A few stand for all.
    value.slice(0, 6).forEach((item: unknown, i) => {
      const put = (changed: unknown) => {
        value[i] = changed
      }
      collect({ schema: known.schema.items ?? {}, value: item, put }, schemas, places)
    })
  } else if (typeof value === 'object' && value !== null) {
    const fields = value as Record<string, unknown>
    for (const [name, item] of Object.entries(fields)) {
      const put = (changed: unknown) => define(fields, name, changed)
      const isNeeded = known.schema.required?.includes(name) ?? false
      const drop = isNeeded ? { drop: () => void delete fields[name] } : {}
      const own = known.schema.properties?.[name] ?? {}
      collect({ schema: own, value: item, put, ...drop }, schemas, places)
    }
  }
}

/** Of a choice the variant that the value is of; else the schema itself. */
function variantFor(schema: Schema, value: unknown, schemas: Schemas): Schema {
  const variants = schema.oneOf ?? schema.anyOf
  if (variants === undefined) return schema
  const resolved = variants.map((variant) => schemas.resolve(variant).schema)
  const kind = typeOf(value)
  return resolved.find((variant) => typesOf(variant).includes(kind)) ?? schema
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function spoil(place: Place, random: Random): void {
  const { schema, value, put, drop } = place
  const kinds: (() => void)[] = [() => put(otherType(schema, random))]
  if (drop !== undefined) kinds.push(drop)
  if ('const' in schema || schema.enum !== undefined) {
    kinds.push(() => put(text(random, 0, 30, 90)))
  } else if (typeof value === 'number') kinds.push(() => put(beyond(schema, random)))
  else if (typeof value === 'string') kinds.push(() => put(wrongText(schema, value, random)))
  else if (Array.isArray(value)) kinds.push(() => spoilList(schema, value, random))
  else if (typeof value === 'object' && value !== null) kinds.push(() => addField(value, random))
  random.pick(kinds)()
}

function otherType(schema: Schema, random: Random): unknown {
  const deep = JSON.parse('['.repeat(deepLevels) + ']'.repeat(deepLevels)) as unknown
  const all: readonly unknown[] = [
    ...[null, true, false, 0, 1, 1.5, 'text', '1', [], {}, [[]], [{}], { kind: 'hello' }, deep],
    ...oddNumbers,
  ]
  const types = typesOf(schema)
  const isOther = (value: unknown) => {
    const type = typeOf(value)
    return !types.includes(type) && !(type === 'integer' && types.includes('number'))
  }
  const others = all.filter(isOther)
  return random.pick(others.length > 0 ? others : all)
}

function beyond({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema, random: Random) {
  const near = [minimum - 1, maximum + 1, maximum * 2, minimum - 0.5, -maximum]
  return random.chance(0.5) ? random.pick(near) : random.pick(oddNumbers)
}

function wrongText({ pattern, ...schema }: Schema, value: string, random: Random): string {
  const { minLength = 0, maxLength = longUnits } = schema
  const bytesMax = schema['x-max-bytes'] ?? maxLength
  const wrong = [random.pick(illFormedTexts), 'x'.repeat(maxLength + 1), 'x'.repeat(longUnits + 1)]
  if (minLength > 0) wrong.push('')
  wrong.push('漢'.repeat(Math.ceil((bytesMax + 1) / 3)))
  if (pattern !== undefined) {
    wrong.push(`${value}\n`, `${value}\u0000`, ` ${value}`, `\u0000${value}`, value.slice(1))
    wrong.push(value.toUpperCase(), text(random, 0, 40, 120), `${value}${value}`)
  }
  if (schema['x-address'] === true || schema['x-peer-address'] === true) wrong.push(...oddAddresses)
  return random.pick(wrong)
}

function spoilList(
  { maxItems = manyItems, minItems = 0 }: Schema,
  list: unknown[],
  random: Random,
) {
  if (minItems > 0 && random.chance(0.3)) {
    list.length = 0
    return
  }
  const one = list[0] ?? text(random, 0, 8, 24)
  const length = random.chance(0.5) ? maxItems + 1 : Math.max(manyItems, maxItems + 1)
  while (list.length < length) list.push(one)
}

function addField(fields: object, random: Random): void {
  const long = 'n'.repeat(longUnits)
  const name = random.pick([...nastyNames, 'extra', '', long, text(random, 0, 20, 60)])
  define(fields, name, random.pick([null, 1, 'x', [], {}, { polluted: true }]))
}

/** A field of any name, `__proto__` too. */
function define(fields: object, name: string, value: unknown): void {
  const how = { value, enumerable: true, configurable: true, writable: true }
  Object.defineProperty(fields, name, how)
}
