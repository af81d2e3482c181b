/** Requests of operations of openapi.yaml: as it wants them, and with faults in their values. */
import type { Random } from '../../simulation/kernel/random.js'
import { withFault } from '../generator/faults.js'
import { toJson, twistedJson } from '../generator/json-text.js'
import type { Schema } from '../generator/schema.js'
import { typesOf } from '../generator/schema.js'
import type { Values } from '../generator/values.js'
import { illFormedTexts, oddNumberTexts, text } from '../generator/words.js'
import { harmless, isHarmful } from './known.js'
import type { Operation, Parameter } from './operations.js'

export interface MadeRequest {
  readonly method: string
  /** Path and query as they are sent. */
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer | null
}

export interface RequestSources {
  readonly operations: readonly Operation[]
  readonly reading: Values
  readonly writing: Values
}

/** Operations that are asked for less often: they take long, or move the leader. */
const seldom: Readonly<Record<string, number>> = {
  ...{ transferLeadership: 0.01, takeSnapshot: 0.05, changeSettings: 0.3, addReplica: 0.1 },
  ...{ removeReplica: 0.2, changeReplicas: 0.1, leaveJoint: 0.1, metrics: 0.2 },
  ...{ openapiDocument: 0.1, asyncapiDocument: 0.1 },
}
const targetUnitsMax = 12_000

export function pickOperation(operations: readonly Operation[], random: Random): Operation {
  for (;;) {
    const operation = random.pick(operations)
    if (random.chance(seldom[operation.id] ?? 1)) return operation
  }
}

/** @param faults how many of its values are wrong, about */
export function makeRequest(
  { operations, reading, writing }: RequestSources,
  random: Random,
  faults: number,
): MadeRequest {
  for (;;) {
    const operation = pickOperation(operations, random)
    const values = operation.method === 'GET' ? reading : writing
    const made = requestOf(operation, values, random, faults)
    if (!isHarmful(made.method, made.target) && made.target.length < targetUnitsMax) return made
  }
}

function requestOf(
  operation: Operation,
  values: Values,
  random: Random,
  faults: number,
): MadeRequest {
  const { parameters, template, body } = operation
  const isFaulty = () => random.chance(faults / (parameters.length + 1))
  let path = template
  const query: string[] = []
  const headers: [string, string][] = []
  for (const parameter of parameters) {
    const { name, in: place, required } = parameter
    const isGiven = required ? !(place === 'query' && isFaulty()) : random.chance(0.35)
    const value = textOf(parameter, values, random, isFaulty())
    if (place === 'path') path = path.replace(`{${name}}`, () => encoded(value, random, isFaulty()))
    else if (!isGiven) continue
    else if (place === 'query') query.push(`${name}=${encoded(value, random, isFaulty())}`)
    else headers.push([name, headerText(value)])
  }
  if (isFaulty()) query.push(random.pick(strangeQueries))
  const method = random.chance(faults / 12) ? random.pick(otherMethods) : operation.method
  const written = body === null ? null : writtenBody(operation, values, random, isFaulty())
  const bytes = written ?? (isFaulty() && method !== 'GET' ? Buffer.from('{}') : null)
  if (bytes !== null) headers.push(['Content-Type', 'application/json'])
  const target = query.length === 0 ? path : `${path}?${query.join('&')}`
  return { method, target, headers, body: bytes }
}

const otherMethods = [
  'HEAD',
  'HEAD',
  'HEAD',
  'OPTIONS',
  'PUT',
  'TRACE',
  'GET',
  'DELETE',
  'PROPFIND',
]
const strangeQueries = [
  ...['limit=1&limit=2', 'x=1', '=', '&&', 'consistency=stale&consistency=default', '__proto__=1'],
  ...['constructor[prototype]=1', 'limit[]=1', 'a%00b=1', '%ff=1', 'x=%', 'x=%zz', 'x=%ED%A0%80'],
  ...['consistency', 'consistency=', 'limit=+1', 'forward=TRUE', 'toString=1', ';limit=1', '?'],
]

function textOf(parameter: Parameter, values: Values, random: Random, faulty: boolean): string {
  const { schema, name } = parameter
  const value = values.valid(schema, random, name)
  if (!faulty) return String(value)
  const { schema: own } = values.schemas.resolve(schema)
  if (typesOf(own).includes('integer') && random.chance(0.7)) return random.pick(oddNumberTexts)
  if (random.chance(0.3)) return random.pick(illFormedTexts)
  return plain(withFault(value, schema, values.schemas, random))
}

function plain(value: unknown): string {
  return (typeof value === 'string' ? value : toJson(value)).slice(0, 6_000)
}

/** Percent-encoded, as much as is needed or more, or as it must not be. */
function encoded(value: string, random: Random, faulty: boolean): string {
  if (!value.isWellFormed()) {
    const wtf8 = [...Buffer.from('eda080', 'hex')].map(percent).join('')
    return encodeURIComponent(value.toWellFormed()).replaceAll('%EF%BF%BD', wtf8)
  }
  if (faulty) return random.pick(['%', '%z', '%ff', '%c0%af', '%E0%80', '..', '%2e%2e', '%00', ''])
  if (random.chance(0.1)) return [...Buffer.from(value)].map(percent).join('')
  return encodeURIComponent(value)
}

function percent(byte: number): string {
  return `%${byte.toString(16).padStart(2, '0')}`
}

/** Only what a header can hold: the rest is for whoever writes raw bytes. */
function headerText(value: string): string {
  return Buffer.from(value)
    .toString('latin1')
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '?')
    .slice(0, 4_000)
}

function writtenBody(
  { id, body }: Operation,
  values: Values,
  random: Random,
  faulty: boolean,
): Buffer | null {
  const { schema, required } = body as { schema: Schema; required: boolean }
  if (!required && random.chance(0.3)) return null
  const value = values.valid(schema, random)
  if (!faulty) return Buffer.from(toJson(harmless(id, value)))
  if (random.chance(0.4)) return twistedJson(harmless(id, value), random)
  if (random.chance(0.1)) return Buffer.from(text(random, 0, 400, 1_200))
  const spoiled = harmless(id, withFault(value, schema, values.schemas, random))
  return Buffer.from(toJson(spoiled))
}
