/**
 * Holds requests and responses to the document of a server. Bodies are taken as they are; paths,
 * queries and headers are text, so numbers and booleans are read from it, each in one form alone.
 * What the document does not name is refused, and text that is not well-formed Unicode. A response
 * that does not fit is a bug: it is logged and answered as `internal`.
 */
import { Ajv2020, type ErrorObject, type Options, type ValidateFunction } from 'ajv/dist/2020.js'
import type { FastifySchema } from 'fastify'
import type { Logger } from 'pino'
import { BerthError } from '../errors/berth-error.js'
import { addressKeyword, peerAddressKeyword } from '../wire/address.js'
import { compileLater } from '../wire/compile-later.js'
import { formInWords, formKeyword } from '../wire/form-words.js'
import { maxBytesKeyword } from '../wire/max-bytes.js'
import { wellFormed, wellFormedKeyword } from '../wire/well-formed.js'
import { parseWholeNumber } from '../wire/whole-number.js'
import type { RequestError } from './problem.js'

/** Mark of a body that may be left out. */
export const optionalBody = 'x-optional-body'

/** Most errors that one problem lists. */
const errorsMax = 20

type Validate = (data: unknown) => boolean | { error: ErrorObject[] }

export interface SchemaCompilers {
  readonly request: (part: { schema: unknown; httpPart?: string }) => Validate
  readonly response: (part: ResponsePart) => (data: unknown) => string
}

interface ResponsePart {
  readonly schema: unknown
  readonly method?: string
  readonly url?: string
  readonly httpStatus?: string
}

/**
 * Each distinct schema is compiled once, when it is first needed: routes share most of theirs.
 * @param document its file name, for the log
 */
export function createSchemaCompilers(
  log: Pick<Logger, 'error'>,
  document: string,
): SchemaCompilers {
  const incoming = compilerOf({ allErrors: true, useDefaults: true, verbose: true })
  const outgoing = compilerOf({ allErrors: false })
  return {
    request: ({ schema, httpPart }) => {
      const validate = check(incoming(wellFormed(schema)))
      if (httpPart !== 'body') return (values) => validate(readTexts(schema, values))
      const optional = optionalBody in (schema as object)
      return (body) => (optional && body === null) || validate(body)
    },
    response: ({ schema, method, url, httpStatus }) => {
      const validator = outgoing(schema)
      return (body) => {
        const validate = validator()
        if (validate(body)) return JSON.stringify(body)
        log.error(
          { method, url, httpStatus, errors: validate.errors },
          `the response does not fit ${document}`,
        )
        throw new BerthError('internal', `The answer was not as ${document} promises: a bug.`)
      }
    },
  }
}

/** Takes the schemas to be right: a test holds them to their own schema, which takes long. */
export function createRestAjv(options: Options): Ajv2020 {
  const own = { strict: true, strictRequired: false, allowUnionTypes: true, validateSchema: false }
  const ajv = new Ajv2020({ ...own, ...options })
  ajv.addVocabulary([optionalBody, formKeyword])
  ajv.addKeyword(addressKeyword)
  ajv.addKeyword(peerAddressKeyword)
  ajv.addKeyword(maxBytesKeyword)
  ajv.addKeyword(wellFormedKeyword)
  return ajv
}

function compilerOf(options: Options): (schema: unknown) => () => ValidateFunction {
  const ajv = createRestAjv(options)
  const known = new Map<string, () => ValidateFunction>()
  return (schema) => {
    const key = JSON.stringify(schema)
    const validator = known.get(key) ?? compileLater(ajv, schema as object)
    known.set(key, validator)
    return validator
  }
}

interface TextsSchema {
  readonly properties?: Readonly<Record<string, { readonly type?: unknown }>>
}

/** At most so many digits that nothing is infinite. */
const decimal = /^(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?$/

/**
 * Puts in place of text the number or boolean that its schema asks for. What is not in the one form
 * of these stays text, and the schema refuses it. (The conversions of ajv take `Infinity`, `+1`,
 * `1e3` and ` 1` for integers, and `Infinity` past every maximum.)
 */
function readTexts(schema: unknown, values: unknown): unknown {
  const texts = (values ?? {}) as Record<string, unknown>
  for (const [name, { type }] of Object.entries((schema as TextsSchema).properties ?? {})) {
    const text = texts[name]
    if (typeof text !== 'string') continue
    if (type === 'integer') texts[name] = parseWholeNumber(text) ?? text
    else if (type === 'number' && decimal.test(text)) texts[name] = Number(text)
    else if (type === 'boolean' && /^(true|false)$/.test(text)) texts[name] = text === 'true'
  }
  return values
}

function check(validator: () => ValidateFunction): Validate {
  return (data) => {
    const validate = validator()
    return validate(data) || { error: validate.errors ?? [] }
  }
}

/**
 * Makes a route's schema as strict as the file means it: no query names and no body but its own,
 * and one body schema whatever the content type says.
 *
 * @param body whether the method can have a body at all, and the operation must or may have one
 */
export function tightenSchema(
  schema: FastifySchema,
  body: 'impossible' | 'none' | 'optional' | 'required',
): void {
  const query = (schema.querystring ?? { type: 'object', properties: {} }) as object
  schema.querystring = { ...query, additionalProperties: false }
  schema.headers = lowerCaseNames(schema.headers)
  if (body === 'none') schema.body = { type: 'null' }
  if (body === 'impossible' || body === 'none') return
  const { content } = schema.body as { content?: Record<string, { schema: object }> }
  const only = content?.['application/json']?.schema
  if (only === undefined) throw new Error('a body is described as application/json')
  schema.body = body === 'required' ? only : { ...only, [optionalBody]: true }
}

/** Node gives header names in lower case, whatever the file and the client write. */
function lowerCaseNames(headers: unknown): object {
  const { properties = {}, ...rest } = (headers ?? {}) as { properties?: object }
  const lowered = Object.entries(properties).map(([name, schema]) => [name.toLowerCase(), schema])
  return { type: 'object', ...rest, properties: Object.fromEntries(lowered) }
}

const places = { params: 'path', querystring: 'query', headers: 'header', body: 'body' } as const

/** One sentence for each thing that was wrong, with where it is. */
export function requestErrors(
  errors: readonly ErrorObject[],
  context: string | undefined,
): RequestError[] {
  const place = places[(context ?? 'body') as keyof typeof places] ?? 'body'
  const found = errors.slice(0, errorsMax).map((error) => {
    const at = place === 'body' ? error.instancePath : error.instancePath.slice(1)
    return { in: place, at, detail: sentenceOf(error, place) }
  })
  // A pattern, and what it cannot say, come to the same words.
  return found.filter(
    ({ at, detail }, i) => found.findIndex((one) => one.at === at && one.detail === detail) === i,
  )
}

function sentenceOf(error: ErrorObject, place: RequestError['in']): string {
  const params = error.params as Readonly<Record<string, unknown>>
  switch (error.keyword) {
    case 'additionalProperties': {
      const what = place === 'query' ? 'query name' : 'field'
      return `There is no ${what} "${params.additionalProperty}".`
    }
    case 'required':
      return `"${params.missingProperty}" is missing.`
    case 'enum':
      return `It must be one of: ${(params.allowedValues as unknown[]).join(', ')}.`
    case 'pattern':
    case 'x-address':
    case 'x-peer-address':
      return `It has not the form ${formInWords(error)}.`
    case 'type':
      if (place === 'body' && params.type === 'null') return 'This operation takes no body.'
      return `It must be ${article(String(params.type))}${formOf(params.type, place)}.`
    default:
      return `It ${error.message ?? 'is not valid'}.`
  }
}

/** How the value is to be written, where it is written as text. */
function formOf(type: unknown, place: RequestError['in']): string {
  if (place === 'body') return ''
  if (type === 'boolean') return ': true or false'
  if (type === 'number') return ' in decimal digits, such as 2.5: no sign, exponent or leading zero'
  return type === 'integer' ? ' in decimal digits: no sign, point, exponent or leading zero' : ''
}

function article(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`
}
