/**
 * Values that fit a schema, from a stream of chance: the same seed gives the same values. They are
 * drawn to the ends of what is allowed, and often from what is known of the cluster, so that they
 * get past the first question of whoever looks at them.
 */
import type { Random } from '../../simulation/kernel/random.js'
import { samplePattern } from './pattern.js'
import { type Schema, Schemas, type Tree, typesOf } from './schema.js'
import { address, text, wholeNumber } from './words.js'

/** Values that mean something here, by the name of the component or property; none: undefined. */
export type Known = (name: string, random: Random) => unknown

/** Texts without a limit of their own. */
const textUnitsMax = 300
/** Lists without one, and seldom longer even with one. */
const itemsUsualMax = 4
const depthMax = 6

export class Values {
  readonly schemas: Schemas
  readonly #known: Known

  constructor(document: Tree, known: Known = () => undefined) {
    this.schemas = new Schemas(document)
    this.#known = known
  }

  /** @param name of the property that it is for; empty for none */
  valid(from: Schema, random: Random, name = '', depth = 0): unknown {
    const { schema, name: component } = this.schemas.resolve(from)
    const known = this.#knownFor(schema, component, name, random)
    if (known !== undefined) return known
    if ('const' in schema) return schema.const
    if (schema.enum !== undefined) return random.pick(schema.enum)
    const variants = schema.oneOf ?? schema.anyOf
    if (variants !== undefined) return this.valid(random.pick(variants), random, name, depth)
    return this.#ofType(random.pick(typesOf(schema)), schema, random, depth)
  }

  /** Draws in any case, so that what is known does not shift what comes after. */
  #knownFor(schema: Schema, component: string, name: string, random: Random): unknown {
    const isWanted = random.chance(0.7)
    if ('const' in schema || !isWanted) return undefined
    return this.#known(component, random) ?? this.#known(name, random)
  }

  #ofType(type: string, schema: Schema, random: Random, depth: number): unknown {
    switch (type) {
      case 'null':
        return null
      case 'boolean':
        return random.chance(0.5)
      case 'integer':
        return wholeNumber(random, schema.minimum ?? 0, schema.maximum ?? Number.MAX_SAFE_INTEGER)
      case 'number':
        return random.pick([schema.minimum ?? 0, random.next() * 1_000, 1e9])
      case 'string':
        return this.#text(schema, random)
      case 'array':
        return this.#list(schema, random, depth)
      case 'object':
        return this.#map(schema, random, depth)
      default:
        throw new Error(`the generator does not know the type "${type}"`)
    }
  }

  #text({ pattern, ...schema }: Schema, random: Random): string {
    const { minLength = 0, maxLength = textUnitsMax } = schema
    if (schema['x-address'] === true || schema['x-peer-address'] === true) return address(random)
    if (pattern === undefined) {
      return text(random, minLength, maxLength, schema['x-max-bytes'] ?? maxLength * 3)
    }
    for (;;) {
      const sampled = samplePattern(pattern, random)
      if (sampled.length >= minLength && sampled.length <= maxLength) return sampled
    }
  }

  #list({ items = {}, ...schema }: Schema, random: Random, depth: number): unknown[] {
    const { minItems = 0, maxItems = 64 } = schema
    const usual = random.between(minItems, Math.min(maxItems, minItems + itemsUsualMax))
    const isLong = random.chance(0.04) && depth < 2
    const length = depth >= depthMax ? minItems : isLong ? maxItems : usual
    const list: unknown[] = []
    let left = schema['x-max-total-bytes'] ?? Number.POSITIVE_INFINITY
    while (list.length < length) {
      const item = this.valid(items, random, '', depth + 1)
      left -= typeof item === 'string' ? Buffer.byteLength(item) : 0
      if (left < 0) break
      list.push(item)
    }
    return list
  }

  #map(schema: Schema, random: Random, depth: number): object {
    const { properties = {}, required = [], minProperties = 0 } = schema
    const names = Object.keys(properties)
    const optional = names.filter((name) => !required.includes(name))
    const isFull = random.chance(0.2)
    const chosen = optional.filter(() => random.chance(depth >= depthMax ? 0 : isFull ? 1 : 0.4))
    if (chosen.length === 0 && minProperties > required.length) chosen.push(random.pick(optional))
    const wanted = new Set([...required, ...chosen])
    const entries = random
      .shuffled(names.filter((name) => wanted.has(name)))
      .map((name) => [name, this.valid(properties[name]!, random, name, depth + 1)])
    const map = Object.fromEntries(entries)
    if (schema['x-range'] !== true) return map
    const { oldest, newest } = map
    return { oldest: Math.min(oldest, newest), newest: Math.max(oldest, newest) }
  }
}
